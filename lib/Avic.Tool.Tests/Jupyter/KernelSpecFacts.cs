using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>Installing the kernel, and connection files that must not be obeyed.</summary>
public sealed class KernelSpecFacts : IDisposable
{
    private readonly Workplace _place = new();

    private string Kernels => _place.Path("share/jupyter/kernels");

    private string Copies => _place.Path("share/avic/kernel");

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task An_installed_kernel_is_a_copy_of_the_tool_with_absolute_paths()
    {
        Assert.Equal(0, (await Jupyter("install")).Exit);

        var spec = Spec("avic");
        var argv = spec["argv"]!.AsArray().Select(word => (string)word!).ToArray();
        Assert.All(argv[..2], path => Assert.True(Path.IsPathFullyQualified(path) && File.Exists(path), path));
        Assert.StartsWith(Copies, argv[1]);
        Assert.Equal(["jupyter", "{connection_file}"], argv[2..]);
        Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(argv[1])!, "engine", "avic-cells.dll")));
        Assert.Equal(("C# (avic)", "C#", "message"), ((string?)spec["display_name"], (string?)spec["language"], (string?)spec["interrupt_mode"]));
    }

    [Fact]
    public async Task Another_makers_kernel_stays_unless_forced()
    {
        const string Theirs = """{"argv": ["dotnet-interactive"], "display_name": ".NET (C#)", "language": "C#"}""";
        Directory.CreateDirectory(Path.Combine(Kernels, ".net-csharp"));
        File.WriteAllText(Path.Combine(Kernels, ".net-csharp", "kernel.json"), Theirs);

        var refused = await Jupyter("install", "--as", ".net-csharp");
        Assert.Equal(2, refused.Exit);
        Assert.Contains("another maker's kernel (.NET (C#)) has this name; --force puts ours in its place", refused.Error);
        Assert.Equal(2, (await Jupyter("uninstall", "--as", ".net-csharp")).Exit);
        Assert.Equal(Theirs, _place.Text("share/jupyter/kernels/.net-csharp/kernel.json"));

        Assert.Equal(0, (await Jupyter("install", "--as", ".net-csharp", "--force", "--name", "C# mit Ä")).Exit);
        Assert.Equal("C# mit Ä", (string?)Spec(".net-csharp")["display_name"]);
    }

    [Fact]
    public async Task Our_own_is_updated_and_copies_that_nothing_needs_go()
    {
        await Jupyter("install");
        var copy = Directory.GetDirectories(Copies).Single();
        var (old, running) = (Path.Combine(Copies, "0.0.1-old"), Path.Combine(Copies, "0.0.1-running"));
        foreach (var folder in new[] { old, running })
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, ".in-use"), "");
        }
        using (KernelFiles.MarkInUse(running))
            Assert.StartsWith("updated", (await Jupyter("install", "--as", "avic")).Output);

        Assert.Equal(new[] { copy, running }.Order(StringComparer.Ordinal), Directory.GetDirectories(Copies).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Two_names_share_a_copy_and_the_last_to_go_takes_it_along()
    {
        await Jupyter("install");
        await Jupyter("install", "--as", "second");
        Assert.Single(Directory.GetDirectories(Copies));
        Assert.Equal(2, (await Jupyter("list")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        await Jupyter("uninstall");
        Assert.Single(Directory.GetDirectories(Copies));
        await Jupyter("uninstall", "--as", "second");
        Assert.Empty(Directory.GetDirectories(Copies));
        Assert.Contains("avic jupyter install", (await Jupyter("list")).Output);
    }

    [Fact]
    public void A_kernel_uninstalled_from_one_data_folder_leaves_that_of_another_alone()
    {
        foreach (var (word, data) in (ReadOnlySpan<(string, string)>)[("install", "one"), ("install", "two"), ("uninstall", "two")])
        {
            var start = new ProcessStartInfo(Platform.Dotnet, [Path.Combine(AppContext.BaseDirectory, "avic.dll"), "jupyter", word]) { RedirectStandardOutput = true };
            start.Environment["JUPYTER_DATA_DIR"] = _place.Path(data);
            start.Environment["XDG_DATA_HOME"] = _place.Path("home");
            using var avic = Process.Start(start)!;
            avic.StandardOutput.ReadToEnd();
            avic.WaitForExit();
            Assert.Equal(0, avic.ExitCode);
        }

        var argv = JsonNode.Parse(_place.Text("one/kernels/avic/kernel.json"))!["argv"]!;
        Assert.True(File.Exists((string?)argv[1]));
        Assert.Empty(Directory.GetDirectories(_place.Path("two/avic")));
    }

    [Theory]
    [InlineData("--as", "..")]
    [InlineData("--as", "../evil")]
    [InlineData("--as", "a b")]
    [InlineData("--user")]
    public async Task Names_and_places_that_cannot_be_are_one_clear_line(params string[] words)
    {
        var said = await Jupyter(["install", .. words]);
        Assert.Equal(2, said.Exit);
        Assert.DoesNotContain("   at ", said.Error);
        Assert.False(Directory.Exists(Copies));
    }

    [Fact]
    public async Task What_is_told_to_do_about_a_prefix_is_told_with_the_prefix()
    {
        Assert.Contains($"; avic jupyter install --prefix \"{_place.Folder}\"\n", (await Jupyter("list")).Output);
        Assert.Contains($"; avic jupyter list --prefix \"{_place.Folder}\" shows", (await Jupyter("uninstall")).Error);
    }

    [Theory]
    [InlineData("ip", "\"0.0.0.0\"", "listens on 127.0.0.1 or ::1 only")]
    [InlineData("ip", "\"192.168.1.5\"", "listens on 127.0.0.1 or ::1 only")]
    [InlineData("transport", "\"ipc\"", "transport")]
    [InlineData("signature_scheme", "\"hmac-md5\"", "signature_scheme is not hmac-sha256")]
    [InlineData("shell_port", "70000", "its shell_port is no port")]
    [InlineData("key", "5", "not a Jupyter connection file")]
    public async Task A_connection_file_that_cannot_be_obeyed_is_one_clear_line(string name, string value, string words)
    {
        var file = Connection();
        file[name] = JsonNode.Parse(value);
        File.WriteAllText(_place.Path("c.json"), file.ToJsonString());

        var said = await Workplace.Avic("jupyter", _place.Path("c.json"));

        Assert.Equal(2, said.Exit);
        Assert.Contains(words, Assert.Single(said.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("::1")]
    public void Every_name_of_this_machine_will_do(string ip)
    {
        var file = Connection();
        file["ip"] = ip;
        File.WriteAllText(_place.Path("c.json"), file.ToJsonString());
        Assert.True(System.Net.IPAddress.IsLoopback(KernelConnection.Read(_place.Path("c.json")).Address));
    }

    [Fact]
    public async Task Without_a_file_the_remedy_is_told()
    {
        Assert.Contains("avic jupyter install", (await Workplace.Avic("jupyter")).Error);
        Assert.Contains("Try: avic jupyter install --help", (await Jupyter("install", "--bogus")).Error);
        Assert.Contains("no such file", (await Workplace.Avic("jupyter", _place.Path("nowhere.json"))).Error);
    }

    private static JsonObject Connection() => JsonNode.Parse("""
        {"ip": "127.0.0.1", "transport": "tcp", "key": "k", "signature_scheme": "hmac-sha256",
         "shell_port": 5001, "iopub_port": 5002, "stdin_port": 5003, "control_port": 5004, "hb_port": 5005}
        """)!.AsObject();

    private JsonObject Spec(string name) => JsonNode.Parse(_place.Text($"share/jupyter/kernels/{name}/kernel.json"))!.AsObject();

    private Task<Said> Jupyter(params string[] words) => Workplace.Avic(["jupyter", words[0], "--prefix", _place.Folder, .. words[1..]]);
}
