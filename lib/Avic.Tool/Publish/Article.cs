using System.Globalization;
using System.Text;
using Markdig.Syntax;

namespace Avic.Tool;

/// <summary>A notebook as the inside of a page.</summary>
/// <param name="Page">The page's name without its extension.</param>
/// <param name="Title">Plain, not yet encoded.</param>
/// <param name="Abstract">The first paragraph, as HTML within a line; empty if there is none.</param>
internal sealed record Article(string Page, string Title, string Abstract, IReadOnlyList<Heading> Headings, string Html, IReadOnlyList<SiteFile> Figures, TracePages Traces)
{
    /// <summary>What the page's steppers walk on, each a script.</summary>
    public IReadOnlyList<SiteFile> Maps { get; init; } = [];

    /// <summary>What the front page shows of it, if it has a cell that is tagged so.</summary>
    public Cover? Cover { get; init; }
}

/// <summary>The picture that a cell tagged <c>front-page</c> ends with.</summary>
/// <param name="Html">The picture.</param>
/// <param name="Under">The heading it stands under, plain.</param>
/// <param name="Cell">The cell's number.</param>
internal sealed record Cover(string Html, string Under, int Cell);

/// <summary>Turns the cells of one notebook into an article.</summary>
internal sealed class ArticleWriter
{
    private const string CoverTag = "front-page";

    private readonly SavedNotebook _notebook;
    private readonly string _page;
    private readonly PageLinks _links;
    private readonly Figures _figures;
    private readonly Steppers _steppers;
    private readonly TracePages _traces;
    private readonly Headings _headings = new();
    private readonly StringBuilder _html = new();
    private readonly OutputHtml _outputs;
    private readonly TermLinks _terms;
    private string? _abstract;
    private Cover? _cover;

    private ArticleWriter(SavedNotebook notebook, string page, PageLinks links, Glossary? glossary, CancellationToken cancel)
    {
        (_notebook, _page, _links, _figures, _steppers, _traces) = (notebook, page, links, new Figures(page), new Steppers(page, cancel), new TracePages(page, cancel));
        _terms = new TermLinks(glossary);
        var said = new Prose(null, links.Link, (address, alt) => null);
        _outputs = new OutputHtml(_figures, _steppers, _traces, text => said.Html(Prose.Parse(text)));
    }

    /// <exception cref="NotebookException">Markdown nested deeper than anybody writes.</exception>
    public static Article Write(SavedNotebook notebook, string page, PageLinks links, Glossary? glossary, CancellationToken cancel) =>
        new ArticleWriter(notebook, page, links, glossary, cancel).Write();

    private Article Write()
    {
        foreach (var cell in _notebook.Cells)
            if (cell.Kind == "markdown")
                Text(cell, _notebook.Markdown(cell));
            else if (cell.Kind == "code")
                Code(cell);
            else if (cell.Source.Length > 0)
                _html.Append(CultureInfo.InvariantCulture, $"<pre tabindex=\"0\">{PageText.Encode(cell.Source)}</pre>\n");
        if (_notebook.IsWithoutOutputs)
            _html.Insert(0, "<p class=\"note\">This notebook was published before it was run, so its cells show no results.</p>\n");
        if (_headings.All.Count == 0)
        {
            var heading = _headings.Add(1, PageText.Clean(Path.GetFileNameWithoutExtension(_notebook.Path)));
            _html.Insert(0, $"<h1 id=\"{heading.Id}\">{PageText.Encode(heading.Text)}</h1>\n");
        }
        return new(_page, _headings.All[0].Text, _abstract ?? "", _headings.All, _html.ToString(), _figures.Files, _traces) { Maps = _steppers.Files, Cover = _cover };
    }

    private void Text(SavedCell cell, MarkdownDocument document)
    {
        _html.Append("<div class=\"text\">\n").Append(new Prose(_headings, _links.Link, (address, alt) => Picture(cell, address, alt), _terms).Html(document)).Append("</div>\n");
        // On the index a link would lie within the link to the page.
        _abstract ??= new Prose(null, _ => null, (_, _) => null).FirstParagraph(document);
    }

    private void Code(SavedCell cell)
    {
        var pictures = _figures.Files.Count;
        var outputs = string.Concat(cell.Outputs.Select(o => _outputs.Of(o, cell.Number)));
        if (cell.Tags.Contains(CoverTag) && _figures.Ending(pictures) is { } ending)
            _cover ??= new(ending, _headings.All is [.., var heading] ? heading.Text : "", cell.Number);
        if (string.IsNullOrWhiteSpace(cell.Source) && outputs.Length == 0)
            return;
        var isCSharp = NotebookRun.IsCSharp(cell.Language);
        var code = cell.Source.Trim('\n');
        _html.Append(CultureInfo.InvariantCulture, $"<div class=\"cell\" id=\"cell-{cell.Number}\">\n");
        if (!string.IsNullOrWhiteSpace(code))
            _html.Append(CultureInfo.InvariantCulture, $"""
                <details class="code"{(cell.Tags.Contains("hide-input") ? "" : " open")}><summary>{PageText.Encode(isCSharp ? "C#" : cell.Language)}<span class="aside"> of cell</span> {cell.Number}</summary>
                <pre tabindex="0"><code>{(isCSharp ? SyntaxColours.Html(code) : PageText.Encode(code))}</code></pre></details>

                """);
        if (outputs.Length > 0)
            _html.Append("<div class=\"output\">").Append(outputs).Append("</div>\n");
        _html.Append("</div>\n");
    }

    private string? Picture(SavedCell cell, string address, string alt)
    {
        if (address.StartsWith("attachment:", StringComparison.Ordinal))
            return cell.Attachments.TryGetValue(Uri.UnescapeDataString(address["attachment:".Length..]), out var attached)
                ? _figures.Html("picture", attached.Type, attached.Base64, alt) : null;
        return _links.Picture(address) is { } file && Type(file) is { } type && File.ReadAllBytes(file) is var bytes
            ? _figures.Html("picture", type, Convert.ToBase64String(bytes), alt) : null;
    }

    private static string? Type(string file) => Path.GetExtension(file).ToUpperInvariant() switch
    {
        ".SVG" => "image/svg+xml",
        ".PNG" => "image/png",
        ".JPG" or ".JPEG" => "image/jpeg",
        ".GIF" => "image/gif",
        _ => null,
    };
}
