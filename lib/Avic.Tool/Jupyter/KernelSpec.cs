using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Avic.Tool;

/// <summary>The small file by which Jupyter knows a kernel: what to start, and what to call it.</summary>
internal static partial class KernelSpec
{
    /// <summary>Where notebooks of Polyglot Notebooks ask for this name, they ask for .NET Interactive's kernel.</summary>
    private const string Polyglot = ".net-csharp";

    /// <exception cref="NotebookException">With the remedy.</exception>
    public static void Install(KernelPlace place, string name, string title, bool force, Action<string> say)
    {
        if (!Name().IsMatch(name))
            throw new NotebookException($"--as {name}: a kernel's name has letters, digits, '.', '_' and '-' only");
        var spec = place.Spec(name);
        var isThere = File.Exists(spec);
        if (isThere && !force && Copy(spec) is null)
            throw new NotebookException($"{spec}: another maker's kernel ({Title(spec)}) has this name; --force puts ours in its place");
        OutFolder.Try(place.Specs, "--prefix");
        OutFolder.Try(place.Copies, "--prefix");
        var copy = KernelFiles.Copy(AppContext.BaseDirectory, place.Copies);
        Directory.CreateDirectory(Path.GetDirectoryName(spec)!);
        AtomicFile.Write(spec, Encoding.UTF8.GetBytes(JupyterJson.Write(Content(copy, title), JsonLayout.Jupyter, 0) + "\n"));
        KernelFiles.Sweep(place.Copies, folder => Ours(place).Any(s => s.Copy == folder));
        say($"{(isThere ? "updated" : "installed")}: {title}, {Path.GetDirectoryName(spec)}");
        if (name != Polyglot && !isThere)
            say($"Notebooks made in Polyglot Notebooks ask for {Polyglot}: {place.Command("install")} --as {Polyglot}");
    }

    public static void List(KernelPlace place, Action<string> say)
    {
        var ours = Ours(place).ToList();
        foreach (var (name, copy) in ours)
            say($"{name}   {Title(place.Spec(name))}   {copy}{(Directory.Exists(copy) ? "" : $" (missing: {place.Command("install")})")}");
        if (ours.Count == 0)
            say($"none in {place.Specs}; {place.Command("install")}");
    }

    /// <exception cref="NotebookException">It is not there, or not ours.</exception>
    public static void Uninstall(KernelPlace place, string name, Action<string> say)
    {
        var spec = place.Spec(name);
        if (!Name().IsMatch(name) || !File.Exists(spec))
            throw new NotebookException($"{place.Specs}: no kernel {name}; {place.Command("list")} shows what there is");
        if (Copy(spec) is null)
            throw new NotebookException($"{spec}: another maker's kernel; it stays");
        Directory.Delete(Path.GetDirectoryName(spec)!, recursive: true);
        KernelFiles.Sweep(place.Copies, folder => Ours(place).Any(s => s.Copy == folder));
        say($"uninstalled: {name}");
    }

    private static JsonObject Content(string copy, string title) => new()
    {
        ["argv"] = new JsonArray(Platform.Dotnet, Path.Combine(copy, "avic.dll"), "jupyter", "{connection_file}"),
        ["display_name"] = title,
        ["interrupt_mode"] = "message",
        ["language"] = "C#",
        ["metadata"] = new JsonObject { ["avic"] = new JsonObject { ["copy"] = copy }, ["debugger"] = false },
    };

    private static IEnumerable<(string Name, string Copy)> Ours(KernelPlace place) =>
        (Directory.Exists(place.Specs) ? Directory.GetDirectories(place.Specs) : []).Order(StringComparer.Ordinal)
            .Select(folder => (Name: Path.GetFileName(folder), Copy: Copy(Path.Combine(folder, "kernel.json"))))
            .Where(s => s.Copy is not null).Select(s => (s.Name, s.Copy!));

    // Null if it is not ours.
    private static string? Copy(string spec) => (Read(spec)?["metadata"] as JsonObject)?["avic"] is JsonObject ours && ours["copy"] is JsonValue copy && copy.TryGetValue(out string? folder) ? folder : null;

    private static string Title(string spec) => Read(spec)?["display_name"]?.ToString() ?? "unreadable";

    private static JsonObject? Read(string spec)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(spec), documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\A(?!\.+\z)[A-Za-z0-9._-]+\z")]
    private static partial Regex Name();
}
