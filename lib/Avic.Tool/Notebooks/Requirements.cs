using System.Text.RegularExpressions;
using Avic.Cells;

namespace Avic.Tool;

/// <summary>
/// What notebooks say that they need (<c>avic.requires</c> in their metadata), looked for once a run: a program on the PATH, or a NuGet package
/// that a restore against this user's sources brings.
/// </summary>
/// <remarks>
/// "nuget: Name" or "nuget: Name, Version" is a package, as in a cell's <c>#r</c>; "program: name" a program. A bare word is a program if the PATH has it, else a package if it
/// looks like one (a dot or a capital in it): for "spin" no package source is asked.
/// </remarks>
internal sealed partial class Requirements(Func<string, string?, string, CancellationToken, Task<bool>>? canRestore = null)
{
    private static readonly TimeSpan RestoreTimeout = TimeSpan.FromSeconds(60);

    private readonly Func<string, string?, string, CancellationToken, Task<bool>> _canRestore = canRestore ?? CanRestore;
    private readonly Dictionary<(string Need, string Folder), bool> _known = [];

    /// <summary>Those that are missing here, for a notebook in this folder.</summary>
    public async Task<List<string>> Missing(IEnumerable<string> needs, string folder, CancellationToken cancel)
    {
        List<string> missing = [];
        foreach (var need in needs)
        {
            if (!_known.TryGetValue((need, folder), out var there))
                _known[(need, folder)] = there = await IsThere(need, folder, cancel);
            if (!there)
                missing.Add(need);
        }
        return missing;
    }

    private async Task<bool> IsThere(string need, string folder, CancellationToken cancel)
    {
        var parts = need.Split(':', 2, StringSplitOptions.TrimEntries);
        var (kind, what) = parts is [var before, var after] ? (before.ToLowerInvariant(), after) : ("", need.Trim());
        if (kind != "nuget" && IsFileName(what) && Platform.Find(what) is not null)
            return true;
        if (kind == "program" || Package().Match(what) is not { Success: true } package || kind == "" && !what.Any(c => c == '.' || char.IsUpper(c)))
            return false;
        return await _canRestore(package.Groups["name"].Value, package.Groups["version"] is { Success: true, Value: var version } ? version : null, folder, cancel);
    }

    // The only honest answer: what a source lists may still not be had, and what is at hand needs no source.
    private static async Task<bool> CanRestore(string name, string? version, string folder, CancellationToken cancel)
    {
        var place = Platform.NewTemporaryFolder();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(RestoreTimeout);
        try
        {
            return (await PackageRestore.Run(place, folder, [(name, version)], limit.Token)).Exit == 0;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    private static bool IsFileName(string text) => text.Length > 0 && text.IndexOfAny(Path.GetInvalidFileNameChars()) < 0;

    [GeneratedRegex(@"^(?<name>[\w.-]+)(\s*,\s*(?<version>[\w.*+-]+))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Package();
}
