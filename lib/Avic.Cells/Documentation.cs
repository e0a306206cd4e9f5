using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace Avic.Cells;

/// <summary>Doc comments, from the .xml that lies beside a library.</summary>
internal sealed partial class Documentation
{
    private readonly Dictionary<string, Dictionary<string, XElement>> _files = [];

    /// <summary>The summary on one line; empty where there is none.</summary>
    public string Summary(ISymbol symbol, Compilation compilation) => Of(symbol, compilation)?.Element("summary") is { } summary ? Plain(summary) : "";

    /// <summary>Summary, parameters, result, exceptions and remarks, a paragraph each.</summary>
    public string Text(ISymbol symbol, Compilation compilation)
    {
        if (Of(symbol, compilation) is not { } about)
            return "";
        IEnumerable<string> parts =
        [
            .. about.Elements("summary").Select(Plain),
            string.Join('\n', about.Elements("typeparam").Concat(about.Elements("param")).Select(p => $"{p.Attribute("name")?.Value}: {Plain(p)}")),
            .. about.Elements("returns").Select(r => $"Returns: {Plain(r)}"),
            .. about.Elements("exception").Select(e => $"Throws {Short(e.Attribute("cref")?.Value)}: {Plain(e)}"),
            .. about.Elements("remarks").Select(Plain),
        ];
        return string.Join("\n\n", parts.Where(p => p.Length > 0));
    }

    private XElement? Of(ISymbol symbol, Compilation compilation)
    {
        var original = symbol is IMethodSymbol { ReducedFrom: { } extension } ? extension.OriginalDefinition : symbol.OriginalDefinition;
        return original.ContainingAssembly is { } assembly
            && compilation.GetMetadataReference(assembly) is PortableExecutableReference { FilePath: { } file }
            && original.GetDocumentationCommentId() is { } id
            ? File(Path.ChangeExtension(file, ".xml")).GetValueOrDefault(id)
            : null;
    }

    private Dictionary<string, XElement> File(string path)
    {
        if (!_files.TryGetValue(path, out var members))
            _files[path] = members = Read(path);
        return members;
    }

    private static Dictionary<string, XElement> Read(string path)
    {
        try
        {
            return !System.IO.File.Exists(path) ? []
                : XDocument.Load(path).Descendants("member").Where(m => m.Attribute("name") is not null)
                    .DistinctBy(m => m.Attribute("name")!.Value).ToDictionary(m => m.Attribute("name")!.Value);
        }
        catch (Exception e) when (e is XmlException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Plain(XElement element)
    {
        var text = new StringBuilder();
        Add(text, element);
        return Blanks().Replace(text.ToString(), " ").Trim();
    }

    private static void Add(StringBuilder text, XElement element)
    {
        foreach (var node in element.Nodes())
            if (node is XText words)
                text.Append(words.Value);
            else if (node is XElement { HasElements: false, IsEmpty: true } reference)
                text.Append(reference.Attribute("name")?.Value ?? reference.Attribute("langword")?.Value ?? Short(reference.Attribute("cref")?.Value));
            else if (node is XElement inner)
            {
                text.Append(inner.Name.LocalName is "para" or "item" ? " " : "");
                Add(text, inner);
            }
    }

    // M:Avic.Model.Scenario.Check(Avic.Model.Property,Avic.Model.Limits) is Check to who reads.
    private static string Short(string? cref) => cref?.Split('(')[0].Split('.', ':')[^1].Split('`')[0] ?? "";

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
