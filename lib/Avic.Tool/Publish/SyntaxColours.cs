using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Avic.Tool;

/// <summary>C# as HTML with its keywords, strings, numbers, comments and directives marked: k, s, n, c, d.</summary>
/// <remarks>The compiler that reads it is the engine's, loaded from the engine's folder when the first cell is coloured: the tool ships no second one.</remarks>
internal static class SyntaxColours
{
    static SyntaxColours() => AssemblyLoadContext.Default.Resolving += (context, name) =>
        Path.Combine(AppContext.BaseDirectory, "engine", $"{name.Name}.dll") is var file && File.Exists(file) ? context.LoadFromAssemblyPath(file) : null;

    /// <summary>Nobody reads more in one cell.</summary>
    private const int MostCode = 100_000;

    // The lexer descends into strings within strings; of so much code, never deeper than this.
    private const int Stack = 256 << 20;

    public static string Html(string code)
    {
        if (code.Length > MostCode)
            return PageText.Encode(code);
        var html = "";
        var thread = new Thread(() => html = Coloured(code), Stack);
        thread.Start();
        thread.Join();
        return html;
    }

    // Not inlined: its types must not be looked for before the static constructor has said where.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string Coloured(string code)
    {
        var html = new StringBuilder();
        // Tokens and the trivia around them are the whole text, in order, whatever is wrong with it.
        foreach (var token in SyntaxFactory.ParseTokens(code, options: new CSharpParseOptions(LanguageVersion.Latest, kind: SourceCodeKind.Script)))
        {
            Trivia(html, token.LeadingTrivia);
            Mark(html, token.Text, Class(token));
            Trivia(html, token.TrailingTrivia);
        }
        return html.ToString();
    }

    private static void Trivia(StringBuilder html, SyntaxTriviaList list)
    {
        foreach (var trivia in list)
            Mark(html, trivia.ToFullString(), trivia switch
            {
                { IsDirective: true } => "d",
                _ when IsComment(trivia.Kind()) => "c",
                _ => null,
            });
    }

    private static bool IsComment(SyntaxKind kind) => kind is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia
        or SyntaxKind.SingleLineDocumentationCommentTrivia or SyntaxKind.MultiLineDocumentationCommentTrivia or SyntaxKind.DisabledTextTrivia;

    private static string? Class(SyntaxToken token) => token.Kind() switch
    {
        SyntaxKind.NumericLiteralToken => "n",
        SyntaxKind.StringLiteralToken or SyntaxKind.CharacterLiteralToken or SyntaxKind.Utf8StringLiteralToken
            or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken
            or SyntaxKind.Utf8SingleLineRawStringLiteralToken or SyntaxKind.Utf8MultiLineRawStringLiteralToken
            or SyntaxKind.InterpolatedStringToken => "s",
        // Words that are keywords only in their place; these are hardly ever anything else.
        SyntaxKind.IdentifierToken => token.Text is "var" or "async" or "await" or "record" or "yield" or "nameof" ? "k" : null,
        var kind => SyntaxFacts.IsReservedKeyword(kind) ? "k" : null,
    };

    private static void Mark(StringBuilder html, string text, string? mark)
    {
        if (text.Length > 0)
            html.Append(mark is null ? PageText.Encode(text) : $"<span class=\"{mark}\">{PageText.Encode(text)}</span>");
    }
}
