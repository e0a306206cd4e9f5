using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Avic.Cells;

/// <summary>A cell's text as the C# compiler should see it.</summary>
internal static class CellSource
{
    public static readonly CSharpParseOptions Dialect = new(LanguageVersion.Preview, DocumentationMode.None, SourceCodeKind.Script);

    /// <summary>
    /// Blanks lines such as <c>#!csharp</c>, which address other hosts, and keeps their line breaks, so that error lines stay right.
    /// The parser decides what such a line is: inside a raw string, <c>#!/bin/sh</c> is text.
    /// </summary>
    public static string WithoutHostDirectives(string code)
    {
        if (!code.Contains("#!", StringComparison.Ordinal))
            return code;
        // At the very start the parser takes #! as a shebang, which it does not list as an error; elsewhere as a bad directive.
        var root = CSharpSyntaxTree.ParseText(code, Dialect).GetRoot();
        var text = code.ToCharArray();
        foreach (var trivia in root.DescendantTrivia().Where(t => t.IsKind(SyntaxKind.BadDirectiveTrivia) || t.IsKind(SyntaxKind.ShebangDirectiveTrivia)))
        {
            if (code.AsSpan(trivia.SpanStart).TrimStart() is not ['#', '!', ..])
                continue;
            for (var i = trivia.SpanStart; i < text.Length && text[i] is not ('\r' or '\n'); i++)
                text[i] = ' ';
        }
        return new string(text);
    }

    /// <summary>The last expression, when no semicolon ends it: what the cell shows.</summary>
    public static ExpressionSyntax? TrailingExpression(SyntaxNode root) =>
        root is CompilationUnitSyntax { Members: [.., GlobalStatementSyntax { Statement: ExpressionStatementSyntax { SemicolonToken.IsMissing: true } last }] }
            ? last.Expression
            : null;
}
