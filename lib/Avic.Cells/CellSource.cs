using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Avic.Cells;

/// <summary>A stretch of a cell in one language.</summary>
/// <param name="Language">"csharp", or what followed the <c>#!</c>.</param>
/// <param name="Text">C# with everything before it blanked, so that lines keep their numbers; of other languages the text alone.</param>
/// <param name="Ignored">Lines within it that addressed another host.</param>
internal sealed record CellPart(string Language, string Text, IReadOnlyList<string> Ignored)
{
    public const string CSharp = "csharp";
}

/// <summary>A cell's text as the C# compiler should see it.</summary>
internal static class CellSource
{
    public static readonly CSharpParseOptions Dialect = new(LanguageVersion.Preview, DocumentationMode.None, SourceCodeKind.Script);

    // What .NET Interactive calls its languages, and what they are here.
    private static readonly Dictionary<string, string> Languages = new(StringComparer.OrdinalIgnoreCase)
    {
        ["csharp"] = CellPart.CSharp, ["c#"] = CellPart.CSharp, ["markdown"] = "markdown", ["md"] = "markdown", ["html"] = "html", ["mermaid"] = "mermaid",
        ["fsharp"] = "fsharp", ["f#"] = "fsharp", ["pwsh"] = "pwsh", ["powershell"] = "pwsh", ["javascript"] = "javascript", ["js"] = "javascript",
        ["sql"] = "sql", ["kql"] = "kql", ["http"] = "http", ["value"] = "value", ["python"] = "python", ["r"] = "r",
    };

    /// <summary>
    /// Cuts a cell where lines such as <c>#!markdown</c> change its language. Other lines that begin with <c>#!</c> are blanked.
    /// In C# the parser decides what such a line is: inside a raw string, <c>#!/bin/sh</c> is text.
    /// </summary>
    public static IReadOnlyList<CellPart> Parts(string code)
    {
        if (!code.Contains("#!", StringComparison.Ordinal))
            return [new(CellPart.CSharp, code, [])];
        List<CellPart> parts = [];
        var language = CellPart.CSharp;
        for (var start = 0; start < code.Length;)
        {
            var isCSharp = language == CellPart.CSharp;
            List<string> ignored = [];
            var text = code.ToCharArray();
            var (end, next, after) = (code.Length, "", code.Length);
            foreach (var at in isCSharp ? Directives(code, start) : MarkedLines(code, start))
            {
                var line = LineAt(code, at);
                var word = line[2..].Split([' ', '\t'], 2)[0];
                if (Languages.TryGetValue(word, out var known) && !(isCSharp && known == language))
                {
                    (end, next, after) = (at, known, at + line.Length);
                    break;
                }
                if (!isCSharp)
                    continue;   // text of that language
                if (known is null && !word.StartsWith('/'))
                    ignored.Add(line.TrimEnd());
                text.AsSpan(at, line.Length).Fill(' ');
            }
            var part = isCSharp ? Blank(code[..start]) + new string(text, start, end - start) : code[start..end].Trim('\r', '\n');
            if (!string.IsNullOrWhiteSpace(part) || ignored.Count > 0)
                parts.Add(new(language, part, ignored));
            (start, language) = (after, next);
        }
        return parts;
    }

    /// <summary>All of a cell's C#, with everything else blanked.</summary>
    public static string CSharpOnly(string code)
    {
        var text = Blank(code).ToCharArray();
        foreach (var part in Parts(code).Where(p => p.Language == CellPart.CSharp))
            for (var i = 0; i < part.Text.Length; i++)
                if (text[i] is not ('\r' or '\n') && part.Text[i] != ' ')
                    text[i] = part.Text[i];
        return new string(text);
    }

    /// <summary>The last expression, when no semicolon ends it: what the cell shows.</summary>
    public static ExpressionSyntax? TrailingExpression(SyntaxNode root) =>
        root is CompilationUnitSyntax { Members: [.., GlobalStatementSyntax { Statement: ExpressionStatementSyntax { SemicolonToken.IsMissing: true } last }] }
            ? last.Expression
            : null;

    // At the very start the parser takes #! as a shebang, which it does not list as an error; elsewhere as a bad directive.
    private static IEnumerable<int> Directives(string code, int start) =>
        CSharpSyntaxTree.ParseText(code[start..], Dialect).GetRoot().DescendantTrivia()
            .Where(t => t.IsKind(SyntaxKind.BadDirectiveTrivia) || t.IsKind(SyntaxKind.ShebangDirectiveTrivia))
            .Select(t => start + t.SpanStart)
            .Where(at => code.AsSpan(at) is ['#', '!', ..]);

    private static IEnumerable<int> MarkedLines(string code, int start)
    {
        for (var at = start; at < code.Length; at++)
        {
            at += code.AsSpan(at).IndexOfAnyExcept(' ', '\t') is >= 0 and var blanks ? blanks : 0;
            if (code.AsSpan(at) is ['#', '!', ..])
                yield return at;
            at = code.IndexOf('\n', at) is >= 0 and var lineEnd ? lineEnd : code.Length;
        }
    }

    private static string LineAt(string code, int at) =>
        code.AsSpan(at).IndexOfAny('\r', '\n') is >= 0 and var length ? code.Substring(at, length) : code[at..];

    private static string Blank(string code) => string.Create(code.Length, code, (blank, text) =>
    {
        for (var i = 0; i < text.Length; i++)
            blank[i] = text[i] is '\r' or '\n' or '\u0085' or '\u2028' or '\u2029' ? text[i] : ' ';
    });
}
