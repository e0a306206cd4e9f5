using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Avic.Cells;

/// <summary>A package cannot be had; the message is one line and names it.</summary>
internal sealed class PackageException(string message) : Exception(message);

/// <summary>What one <c>#r "nuget: …"</c> brings.</summary>
/// <param name="Assemblies">The package's and those of the packages it needs.</param>
/// <param name="Usings">What its extension.dib would import, were this .NET Interactive.</param>
internal sealed record CellPackage(IReadOnlyList<string> Assemblies, IReadOnlyList<string> Usings);

/// <summary>Packages by a restore of the .NET SDK, from the sources that the notebook's folder and its user name.</summary>
internal sealed partial class CellPackages(string notebookFolder, Action<string> note)
{
    // Asked from whatever thread loads a library.
    private readonly ConcurrentDictionary<string, string> _native = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Name, string? Version)> _wanted = [];

    /// <summary>The name and version that a reference asks for; null if it is none to a package.</summary>
    public static (string Name, string? Version)? Asked(string reference) =>
        Reference().Match(reference) is { Success: true } match
            ? (match.Groups["name"].Value, match.Groups["version"] is { Success: true, Value: var version } ? version.Trim() : null)
            : reference.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase)
            ? throw new PackageException($"{reference}: this is not #r \"nuget: Name, Version\"")
            : null;

    /// <exception cref="PackageException">It cannot be had.</exception>
    public async Task<CellPackage> Restore(string name, string? version, CancellationToken cancel)
    {
        // Together with those of earlier cells: what all of them need comes in one version.
        (string Name, string? Version)[] wanted = [.. _wanted.Where(w => !w.Name.Equals(name, StringComparison.OrdinalIgnoreCase)), (name, version)];
        var folder = Directory.CreateTempSubdirectory("avic-packages-").FullName;
        try
        {
            var (exit, said) = await PackageRestore.Run(folder, notebookFolder, wanted, cancel);
            if (exit != 0)
                throw new PackageException($"the package {(version is null ? name : $"{name} {version}")} cannot be had: {Why(ErrorCode().Match(said).Value)}");
            var (package, found) = Read(Path.Combine(folder, "obj", "project.assets.json"), name);
            if (version is null)
                note($"{name} {found} is the newest");
            _wanted.Clear();
            _wanted.AddRange([.. wanted[..^1], (name, found)]);
            return package;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Why(string code) => code switch
    {
        "NU1101" => "your package sources have none of that name",
        "NU1102" or "NU1103" => "your package sources do not have that version",
        "NU1202" or "NU1213" => "it is not made for this .NET",
        "NU1107" or "NU1605" or "NU1608" => "it needs other versions of packages that the notebook uses",
        "NU1301" or "NU1302" or "NU1303" => "a package source cannot be reached",
        "" => "`dotnet restore` failed; is the .NET SDK installed?",
        _ => $"`dotnet restore` failed with {code}",
    };

    private (CellPackage Package, string Version) Read(string assets, string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(assets));
        string[] folders = [.. json.RootElement.GetProperty("packageFolders").EnumerateObject().Select(f => f.Name)];
        List<string> assemblies = [], usings = [];
        var version = "";
        // The last target is the one for this platform.
        foreach (var library in json.RootElement.GetProperty("targets").EnumerateObject().Last().Value.EnumerateObject())
        {
            var path = json.RootElement.GetProperty("libraries").GetProperty(library.Name).TryGetProperty("path", out var found) ? found.GetString()! : "";
            var folder = folders.Select(f => Path.Combine(f, path)).FirstOrDefault(Directory.Exists);
            if (folder is null)
                continue;
            var isIt = library.Name.Split('/')[0].Equals(name, StringComparison.OrdinalIgnoreCase);
            assemblies.InsertRange(isIt ? 0 : assemblies.Count, Files(library.Value, "runtime", folder));
            foreach (var native in Files(library.Value, "native", folder))
                _native[Path.GetFileNameWithoutExtension(native)] = native;
            if (isIt)
            {
                version = library.Name.Split('/')[1];
                usings.AddRange(Usings(Path.Combine(folder, "interactive-extensions", "dotnet", "extension.dib")));
            }
        }
        return (new CellPackage(assemblies, usings), version);
    }

    private static IEnumerable<string> Files(JsonElement library, string kind, string folder) =>
        !library.TryGetProperty(kind, out var files) ? []
            : files.EnumerateObject().Select(f => Path.GetFullPath(Path.Combine(folder, f.Name))).Where(f => Path.GetFileName(f) != "_._" && File.Exists(f));

    private static IEnumerable<string> Usings(string extension) =>
        !File.Exists(extension) ? [] : File.ReadAllLines(extension).Select(line => Using().Match(line)).Where(m => m.Success).Select(m => m.Groups[1].Value);

    /// <summary>Lets packages find the native libraries they bring.</summary>
    public void FindNativeLibraries() => AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
        _native.TryGetValue(name, out var file) || _native.TryGetValue("lib" + name, out file) || _native.TryGetValue(Path.GetFileNameWithoutExtension(name), out file)
            ? NativeLibrary.Load(file) : 0;

    [GeneratedRegex(@"^nuget:\s*(?<name>[A-Za-z0-9_.\-]+)\s*(,\s*(?<version>[A-Za-z0-9.*+\-\[\](), ]+))?$", RegexOptions.IgnoreCase)]
    private static partial Regex Reference();

    [GeneratedRegex(@"\b(NU|NETSDK|MSB)\d{4}\b")]
    private static partial Regex ErrorCode();

    [GeneratedRegex(@"^\s*using\s+((static\s+)?[A-Za-z_][\w.]*)\s*;\s*$")]
    private static partial Regex Using();
}
