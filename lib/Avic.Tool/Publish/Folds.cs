using System.Text.RegularExpressions;
using Markdig;
using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;

namespace Avic.Tool;

/// <summary>What stands between &lt;details&gt; and &lt;/details&gt;, each on a line of its own: the one piece of HTML that our notebooks' Markdown uses.</summary>
internal sealed class Fold(BlockParser parser) : ContainerBlock(parser)
{
    public bool HasSummary => Count > 0 && this[0] is FoldSummary;
}

/// <summary>The line of a fold that is always seen.</summary>
internal sealed class FoldSummary : LeafBlock
{
    public FoldSummary(string text) : base(null)
    {
        Lines = new StringLineGroup(text);
        ProcessInlines = true;
        IsOpen = false;
    }
}

/// <summary>Reads folds while every other HTML stays text.</summary>
internal sealed partial class FoldParser : BlockParser
{
    public FoldParser() => OpeningCharacters = ['<'];

    public override BlockState TryOpen(BlockProcessor processor)
    {
        if (processor.IsCodeIndent || Opening().Match(processor.Line.ToString()) is not { Success: true } opening)
            return BlockState.None;
        var fold = new Fold(this) { Column = processor.Column, Span = { Start = processor.Start } };
        if (opening.Groups[1] is { Success: true } summary)
            fold.Add(new FoldSummary(summary.Value));
        processor.NewBlocks.Push(fold);
        return BlockState.ContinueDiscard;
    }

    public override BlockState TryContinue(BlockProcessor processor, Block block)
    {
        var fold = (Fold)block;
        var line = processor.Line.ToString().Trim();
        if (fold.Count == 0 && Summary().Match(line) is { Success: true } summary)
        {
            fold.Add(new FoldSummary(summary.Groups[1].Value));
            return BlockState.ContinueDiscard;
        }
        return line == "</details>" && IsInnermost(fold, processor.CurrentBlock) ? BlockState.BreakDiscard : BlockState.Continue;
    }

    // The end belongs to the innermost fold; inside a code block it is code.
    private static bool IsInnermost(Fold fold, Block? innermost)
    {
        for (var block = innermost; block is not null && block != fold; block = block.Parent)
            if (block is Fold or FencedCodeBlock)
                return false;
        return true;
    }

    [GeneratedRegex(@"^\s*<details(?:\s+open)?>\s*(?:<summary>(.*)</summary>)?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Opening();

    [GeneratedRegex("^<summary>(.*)</summary>$", RegexOptions.CultureInvariant)]
    private static partial Regex Summary();
}

internal sealed class FoldHtml : HtmlObjectRenderer<Fold>
{
    protected override void Write(HtmlRenderer to, Fold fold)
    {
        to.EnsureLine();
        to.WriteLine("<details class=\"fold\">");
        if (!fold.HasSummary)
            to.WriteLine("<summary>More</summary>");
        to.WriteChildren(fold);
        to.EnsureLine();
        to.WriteLine("</details>");
    }
}

internal sealed class FoldSummaryHtml : HtmlObjectRenderer<FoldSummary>
{
    protected override void Write(HtmlRenderer to, FoldSummary summary)
    {
        to.Write("<summary>");
        to.WriteLeafInline(summary);
        to.WriteLine("</summary>");
    }
}

internal sealed class FoldExtension : IMarkdownExtension
{
    public void Setup(MarkdownPipelineBuilder pipeline) => pipeline.BlockParsers.Insert(0, new FoldParser());

    public void Setup(MarkdownPipeline pipeline, IMarkdownRenderer renderer)
    {
        renderer.ObjectRenderers.Add(new FoldHtml());
        renderer.ObjectRenderers.Add(new FoldSummaryHtml());
    }
}
