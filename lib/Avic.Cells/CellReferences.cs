using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Scripting;

namespace Avic.Cells;

/// <summary>Which file a cell's <c>#r</c> names.</summary>
/// <remarks>
/// Paths are relative to the notebook. Our two libraries, when they are not there (a notebook that was moved or sent by mail),
/// are taken from the tool's own folder, and the person at the terminal is told.
/// </remarks>
internal sealed class CellReferences(string notebookFolder, string toolFolder, Action<string> note) : MetadataReferenceResolver
{
    private static readonly string[] Ours = ["Avic.Notebook.dll", "Avic.Model.dll"];

    private readonly ScriptMetadataResolver _scripts = ScriptMetadataResolver.Default.WithBaseDirectory(notebookFolder);
    private readonly HashSet<string> _told = [];
    private readonly ConcurrentDictionary<string, ImmutableArray<PortableExecutableReference>> _packages = [];

    public override bool ResolveMissingAssemblies => true;

    public override ImmutableArray<PortableExecutableReference> ResolveReference(
        string reference, string? baseFilePath, MetadataReferenceProperties properties)
    {
        if (_packages.TryGetValue(reference, out var package))
            return package[..1];   // the compiler takes one from a directive; the others come beside it
        var found = _scripts.ResolveReference(reference, baseFilePath, properties);
        return found.IsEmpty && FromTool(Path.GetFileName(reference), reference) is { } file
            ? [MetadataReference.CreateFromFile(file, properties)]
            : found;
    }

    /// <summary>True once <see cref="Brings"/> has said what this <c>#r "nuget: …"</c> stands for.</summary>
    public bool Knows(string reference) => _packages.ContainsKey(reference);

    /// <param name="reference">As the directive writes it.</param>
    /// <param name="assemblies">The package's own first. Without any, the directive still has to stand for something.</param>
    public void Brings(string reference, IEnumerable<string> assemblies) =>
        _packages[reference] = [.. assemblies.DefaultIfEmpty(typeof(CellDisplay).Assembly.Location).Select(file => MetadataReference.CreateFromFile(file))];

    public override PortableExecutableReference? ResolveMissingAssembly(MetadataReference definition, AssemblyIdentity identity) =>
        _scripts.ResolveMissingAssembly(definition, identity);

    /// <summary>
    /// The libraries lying beside those that the directives name and needed by them. The compiler finds these by itself, but
    /// hides their names from the cell: <c>#r "bin/Avic.Notebook.dll"</c> alone must make <c>using Avic.Model;</c> work.
    /// </summary>
    public IEnumerable<MetadataReference> Beside(IEnumerable<ReferenceDirectiveTriviaSyntax> directives, string cellPath)
    {
        foreach (var directive in directives)
            if (_packages.TryGetValue(directive.File.ValueText, out var package))
                foreach (var other in package[1..])
                    yield return other;
        HashSet<string> seen = [];
        Queue<string> files = new(directives.Where(r => !Knows(r.File.ValueText)).SelectMany(r => ResolveReference(r.File.ValueText, cellPath, MetadataReferenceProperties.Assembly))
            .Select(r => r.FilePath).OfType<string>());
        while (files.TryDequeue(out var file))
            foreach (var name in NeededBy(file))
            {
                var beside = Path.Combine(Path.GetDirectoryName(file)!, name);
                var needed = File.Exists(beside) ? beside : FromTool(name, beside);
                if (needed is null || !seen.Add(needed))
                    continue;
                files.Enqueue(needed);
                yield return MetadataReference.CreateFromFile(needed);
            }
    }

    private static List<string> NeededBy(string file)
    {
        try
        {
            using var image = new PEReader(File.OpenRead(file));
            var metadata = image.GetMetadataReader();
            return [.. metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name) + ".dll")];
        }
        catch (Exception e) when (e is BadImageFormatException or InvalidOperationException or IOException)
        {
            return [];   // the compiler says it better, with the cell's line
        }
    }

    private string? FromTool(string name, string wanted)
    {
        if (!Ours.Contains(name, StringComparer.OrdinalIgnoreCase) || Path.Combine(toolFolder, name) is var file && !File.Exists(file))
            return null;
        bool first;
        lock (_told)
            first = _told.Add(name);   // cells run and questions are answered at the same time
        if (first)
            note($"{Path.GetRelativePath(notebookFolder, Path.GetFullPath(wanted, notebookFolder))} is missing beside the notebook; using {file}");
        return file;
    }

    public override bool Equals(object? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => 0;
}
