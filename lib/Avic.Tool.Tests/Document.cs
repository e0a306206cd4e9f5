using System.Diagnostics;
using System.Text.RegularExpressions;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Avic.Tool.Tests;

/// <summary>A text that says what to type, and where else to look.</summary>
internal sealed partial class Document(string path)
{
    private const string Tool = "dotnet run --project lib/Avic.Tool -- ";

    /// <summary>What is not typed here, by how it begins, and why not.</summary>
    private static readonly (string Start, string Why)[] NotTyped =
    [
        ("dotnet test", "it is what runs this"),
        ("dotnet build ", "it would build what is running; its folder is looked for"),
        ("code --install-extension ", "the facts about VS Code install it in a VS Code of their own; its file is looked for"),
    ];

    public static readonly string House = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../.."));

    /// <param name="name">Below the house.</param>
    public static Document Of(string name) => new(Path.Combine(House, name));

    public string Text { get; } = File.ReadAllText(path).ReplaceLineEndings("\n");

    public IReadOnlyList<(string Language, string Text)> Blocks => [.. Fenced().Matches(Text).Select(block => (block.Groups["language"].Value, block.Groups["text"].Value))];

    public IEnumerable<string> BlocksOf(string language) => Blocks.Where(block => block.Language == language).Select(block => block.Text);

    /// <summary>Addresses of links and pictures in Markdown.</summary>
    public static IEnumerable<string> Links(string markdown) => Prose.Parse(markdown).Descendants().Select(part => part switch
    {
        LinkInline link => link.Url,
        AutolinkInline { IsEmail: false } link => link.Url,
        _ => null,
    }).OfType<string>();

    /// <summary>Types every line of its shell blocks, in a folder of its own; what cannot be typed must have what it needs.</summary>
    public async Task Type(Workplace place, Action<string, string>? said = null)
    {
        foreach (var line in BlocksOf("sh").SelectMany(block => block.Split('\n', StringSplitOptions.RemoveEmptyEntries)))
            if (NotTyped.Any(not => line.StartsWith(not.Start, StringComparison.Ordinal)))
                Assert.True(line == "dotnet test" || Directory.Exists(Path.Combine(House, line.Split(' ')[^1])) || File.Exists(place.Path(line.Split(' ')[^1])), line);
            else
            {
                var answer = await Avic(place, line);
                said?.Invoke(line, answer);
            }
    }

    // Jupyter's folder of this user is left alone.
    private static async Task<string> Avic(Workplace place, string line)
    {
        var start = new[] { Tool, "avic " }.FirstOrDefault(start => line.StartsWith(start, StringComparison.Ordinal));
        Assert.True(start is not null, $"{line}: neither a command of the tool nor one that is known not to be typed here");
        using var process = Process.Start(new ProcessStartInfo(Platform.Dotnet, [Path.Combine(AppContext.BaseDirectory, "avic.dll"), .. line[start.Length..].Split(' ').Select(word => word.Trim('\''))])
        {
            WorkingDirectory = place.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["JUPYTER_DATA_DIR"] = place.Path("jupyter") },
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{line}: {await output}{await error}");
        return await output;
    }

    [GeneratedRegex("^```(?<language>\\w*)\n(?<text>.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fenced();
}
