using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Avic.Tool;

namespace Avic.Benchmarks;

/// <summary>How long somebody at a Jupyter client waits: from the start of the kernel's process to its replies.</summary>
internal static class Kernel
{
    private const int Cells = 200;
    private static readonly byte[] Key = "benchmark"u8.ToArray();

    public static async Task Measure(int rounds)
    {
        if (!File.Exists(Benchmarks.Cells.Tool))
        {
            Console.WriteLine("\nkernel: build lib/Avic.Tool in the same configuration first.");
            return;
        }
        List<Round> measured = [];
        for (var round = 0; round < rounds; round++)
            measured.Add(await One(cells: round == 0 ? Cells : 20));
        Console.WriteLine($"\n| Jupyter kernel, best of {rounds} (a loaded machine tells of its load) | |\n|---|---|");
        Console.WriteLine($"| process start to kernel_info_reply | {measured.Min(r => r.Ready).TotalSeconds:0.00} s |");
        Console.WriteLine($"| process start to the first cell's reply | {measured.Min(r => r.First).TotalSeconds:0.00} s |");
        Console.WriteLine($"| a later cell, median | {measured.Min(r => r.Later).TotalMilliseconds:0} ms |");
        Console.WriteLine($"| memory after {Cells} cells, engine and front together | {measured[0].Memory / (1 << 20)} MiB |");
        Console.WriteLine($"| `avic run` of 15 cells: a scenario, its verdict, its pictures | {Enumerable.Range(0, rounds).Min(_ => Notebook()).TotalSeconds:0.00} s |");
    }

    // What a short notebook does: the libraries, a scenario, a check, a picture, and small cells between them.
    private static TimeSpan Notebook()
    {
        string[] opening =
        [
            $"#r \"{typeof(Notebook.Figure).Assembly.Location}\"\nusing Avic.Model; using Avic.Notebook;",
            "var race = Scenario.On(Linux.VcpuStatus, vcpus: 2).Guest(1, g => g.Write(Apic.Tpr, 0x20)).Host(h => h.SetInhibit(Reason.PitReinject));",
            "var verdict = race.Check(Property.ApicAccessIsNeverLost);\nverdict",
            "verdict.Counterexample.Lanes()",
            "verdict.Counterexample.Plot(\"apicv_inhibit_reasons\")",
        ];
        var folder = Directory.CreateTempSubdirectory("avic-run").FullName;
        var notebook = Path.Combine(folder, "fifteen.ipynb");
        File.WriteAllText(notebook, JsonSerializer.Serialize(new
        {
            cells = opening.Concat(Enumerable.Range(0, 15 - opening.Length).Select(i => $"var n{i} = {i};\nConsole.WriteLine(n{i});\nn{i} * n{i}"))
                .Select(source => new { cell_type = "code", execution_count = (int?)null, metadata = new { }, outputs = Array.Empty<object>(), source }),
            metadata = new { kernelspec = new { display_name = ".NET (C#)", language = "C#", name = ".net-csharp" } },
            nbformat = 4,
            nbformat_minor = 5,
        }));
        var clock = Stopwatch.StartNew();
        using var run = Process.Start(new ProcessStartInfo("dotnet", [Benchmarks.Cells.Tool, "run", notebook]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var said = run.StandardError.ReadToEnd() + run.StandardOutput.ReadToEnd();
        run.WaitForExit();
        var took = clock.Elapsed;
        Directory.Delete(folder, recursive: true);
        return run.ExitCode == 0 ? took : throw new InvalidOperationException(said);
    }

    private sealed record Round(TimeSpan Ready, TimeSpan First, TimeSpan Later, long Memory);

    private static async Task<Round> One(int cells)
    {
        var ports = FreePorts(5);
        var file = Path.GetTempFileName();
        File.WriteAllText(file, new JsonObject
        {
            ["ip"] = "127.0.0.1",
            ["transport"] = "tcp",
            ["key"] = "benchmark",
            ["signature_scheme"] = "hmac-sha256",
            ["shell_port"] = ports[0],
            ["iopub_port"] = ports[1],
            ["stdin_port"] = ports[2],
            ["control_port"] = ports[3],
            ["hb_port"] = ports[4],
        }.ToJsonString());
        var clock = Stopwatch.StartNew();
        using var kernel = Process.Start(new ProcessStartInfo("dotnet", [Benchmarks.Cells.Tool, "jupyter", file]) { WorkingDirectory = Path.GetTempPath() })!;
        var session = new WireSession(Key);
        await using (var shell = await Dial(ports[0], kernel))
        {
            await Ask(shell, session, "kernel_info_request", []);
            var ready = clock.Elapsed;
            await Run(shell, session, "1 + 1");
            var first = clock.Elapsed;
            List<TimeSpan> later = [];
            for (var i = 0; i < cells; i++)
            {
                var start = clock.Elapsed;
                await Run(shell, session, string.Create(CultureInfo.InvariantCulture, $"var squares{i} = Enumerable.Range(0, {i}).Select(n => n * n).ToList();\nConsole.WriteLine(squares{i}.Count);\nsquares{i}.Sum()"));
                later.Add(clock.Elapsed - start);
            }
            var reply = await Run(shell, session, "", new() { ["memory"] = "Environment.WorkingSet" });
            kernel.Refresh();
            var engine = long.Parse(reply.GetProperty("user_expressions").GetProperty("memory").GetProperty("data").GetProperty("text/plain").GetString()!, CultureInfo.InvariantCulture);
            var memory = engine + kernel.WorkingSet64;
            await Ask(shell, session, "shutdown_request", []);
            await kernel.WaitForExitAsync();
            File.Delete(file);
            return new(ready, first, later.Order().ElementAt(later.Count / 2), memory);
        }
    }

    private static Task<JsonElement> Run(ZmtpConnection shell, WireSession session, string code, JsonObject? expressions = null) =>
        Ask(shell, session, "execute_request", new() { ["code"] = code, ["user_expressions"] = expressions ?? [] });

    private static async Task<JsonElement> Ask(ZmtpConnection shell, WireSession session, string type, JsonObject content)
    {
        shell.Send(session.Write([], type, null, content));
        var frames = await shell.Receive(CancellationToken.None) ?? throw new InvalidOperationException("the kernel went away");
        var reply = JsonElement.Parse(frames[5]);
        return reply.GetProperty("status").GetString() == "ok" ? reply : throw new InvalidOperationException(reply.ToString());
    }

    // The kernel is looked for until it listens, as Jupyter does.
    private static async Task<ZmtpConnection> Dial(int port, Process kernel)
    {
        while (!kernel.HasExited)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port);
                return await ZmtpConnection.Open(socket, "DEALER", [], CancellationToken.None);
            }
            catch (SocketException)
            {
                socket.Dispose();
                await Task.Delay(5);
            }
        }
        throw new InvalidOperationException("the kernel ended before it listened: is lib/Avic.Tool built in this configuration?");
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        var ports = listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port).ToArray();
        listeners.ForEach(l => l.Dispose());
        return ports;
    }
}
