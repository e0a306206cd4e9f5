using System.Text;
using Markdig;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Renderers.Html.Inlines;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Avic.Tool;

/// <summary>Markdown as HTML: its own HTML stays text, and addresses go only where a page may lead.</summary>
/// <param name="headings">Takes the headings; null where Markdown has no part in the page's outline.</param>
/// <param name="link">The address for a link; null for none, and the link's text stays.</param>
/// <param name="picture">The HTML of a picture from its address and alternative text; null for none.</param>
/// <param name="terms">Takes a text and says which words of it are to lead to what they mean; null for none.</param>
internal sealed class Prose(Headings? headings, Func<string, string?> link, Func<string, string, string?> picture, TermLinks? terms = null)
{
    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().DisableHtml().UsePipeTables().UseAutoLinks().Use<FoldExtension>().Build();

    /// <exception cref="ArgumentException">Nested deeper than anybody writes.</exception>
    public static MarkdownDocument Parse(string text) => Markdown.Parse(text, Pipeline);

    public string Html(MarkdownDocument document) => Rendered(renderer => renderer.Render(document));

    /// <summary>The first paragraph, as HTML within a line.</summary>
    public string? FirstParagraph(MarkdownDocument document) =>
        document.OfType<ParagraphBlock>().FirstOrDefault() is { } first ? Rendered(renderer => renderer.WriteLeafInline(first)).Trim() : null;

    private string Rendered(Action<HtmlRenderer> render)
    {
        using var html = new StringWriter { NewLine = "\n" };
        var renderer = new HtmlRenderer(html);
        Pipeline.Setup(renderer);
        renderer.ObjectRenderers.Replace<HeadingRenderer>(new HeadingHtml(headings));
        renderer.ObjectRenderers.Replace<LinkInlineRenderer>(new LinkHtml(link, picture));
        renderer.ObjectRenderers.Replace<AutolinkInlineRenderer>(new AutolinkHtml(link));
        if (terms is not null)
            renderer.ObjectRenderers.Replace<LiteralInlineRenderer>(new LiteralHtml(terms));
        renderer.ObjectRenderers.Replace<CodeBlockRenderer>(new CodeHtml());
        renderer.ObjectRenderers.Replace<Markdig.Extensions.Tables.HtmlTableRenderer>(new TableHtml());
        render(renderer);
        return html.ToString();
    }

    public static string PlainText(Inline? inline) => inline switch
    {
        LiteralInline literal => literal.Content.ToString(),
        CodeInline code => code.Content,
        HtmlEntityInline entity => entity.Transcoded.ToString(),
        LineBreakInline => " ",
        ContainerInline container => string.Concat(container.Select(PlainText)),
        _ => "",
    };

    private static void Anchor(HtmlRenderer to, string address, Action text)
    {
        // Who is asked for a page from outside need not know which page sent the reader.
        to.Write($"<a href=\"{PageText.Encode(address)}\"{(address.Contains(':') ? " rel=\"noopener noreferrer\"" : "")}>");
        text();
        to.Write("</a>");
    }

    private sealed class HeadingHtml(Headings? headings) : HtmlObjectRenderer<HeadingBlock>
    {
        protected override void Write(HtmlRenderer to, HeadingBlock block)
        {
            var text = PlainText(block.Inline).Trim();
            if (text.Length == 0)
                return;   // a place on the map without a name
            var heading = headings?.Add(block.Level, text);
            to.EnsureLine();
            to.Write(heading is null ? "<p class=\"heading\">" : $"<h{heading.Level} id=\"{heading.Id}\">");
            to.WriteLeafInline(block);
            to.WriteLine(heading is null ? "</p>" : $"</h{heading.Level}>");
        }
    }

    private sealed class LinkHtml(Func<string, string?> link, Func<string, string, string?> picture) : HtmlObjectRenderer<LinkInline>
    {
        protected override void Write(HtmlRenderer to, LinkInline inline)
        {
            if (inline.IsImage)
                to.Write(PlainText(inline) is var alt && picture(inline.Url ?? "", alt) is { } html ? html : PageText.Encode(alt));
            else if (link(inline.Url ?? "") is { } address)
                Anchor(to, address, () => to.WriteChildren(inline));
            else
                to.WriteChildren(inline);
        }
    }

    private sealed class LiteralHtml(TermLinks terms) : HtmlObjectRenderer<LiteralInline>
    {
        protected override void Write(HtmlRenderer to, LiteralInline inline)
        {
            var text = inline.Content.ToString();
            var at = 0;
            if (IsRunningText(inline))
                foreach (var (start, length, address) in terms.FirstUses(text))
                {
                    to.WriteEscape(text.AsSpan(at, start - at));
                    to.Write($"<a class=\"term\" href=\"{PageText.Encode(address)}\">").WriteEscape(text.AsSpan(start, length));
                    to.Write("</a>");
                    at = start + length;
                }
            to.WriteEscape(text.AsSpan(at));
        }

        // A heading is a place to lead to, the line of a fold is to be clicked, and a link leads elsewhere already.
        private static bool IsRunningText(Inline inline)
        {
            for (var above = inline.Parent; above is not null; above = above.Parent)
                if (above is LinkInline)
                    return false;
                else if (above.Parent is null)
                    return above.ParentBlock is ParagraphBlock;
            return false;
        }
    }

    private sealed class AutolinkHtml(Func<string, string?> link) : HtmlObjectRenderer<AutolinkInline>
    {
        protected override void Write(HtmlRenderer to, AutolinkInline inline)
        {
            if (link(inline.IsEmail ? $"mailto:{inline.Url}" : inline.Url) is { } address)
                Anchor(to, address, () => to.WriteEscape(inline.Url));
            else
                to.WriteEscape(inline.Url);
        }
    }

    private sealed class CodeHtml : HtmlObjectRenderer<CodeBlock>
    {
        protected override void Write(HtmlRenderer to, CodeBlock block)
        {
            var code = block.Lines.ToString();
            var isCSharp = block is FencedCodeBlock { Info: { } info } && info.ToUpperInvariant() is "C#" or "CS" or "CSHARP";
            to.EnsureLine();
            to.WriteLine($"<pre tabindex=\"0\"><code>{(isCSharp ? SyntaxColours.Html(code) : PageText.Encode(code))}</code></pre>");
        }
    }

    private sealed class TableHtml : Markdig.Extensions.Tables.HtmlTableRenderer
    {
        protected override void Write(HtmlRenderer to, Markdig.Extensions.Tables.Table table)
        {
            // A column's alignment would be an inline style, which a strict page does not obey.
            foreach (var column in table.ColumnDefinitions)
                column.Alignment = null;
            to.EnsureLine();
            to.WriteLine("<div class=\"scroll\" role=\"group\" aria-label=\"Table\" tabindex=\"0\">");
            base.Write(to, table);
            to.WriteLine("</div>");
        }
    }
}
