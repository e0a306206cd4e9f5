using System.Net;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Avic.Cells;

/// <summary>What the name at a place of a cell is: its signature and its documentation.</summary>
internal static class CodeInspection
{
    public static Dictionary<string, string>? Of(Inspect question, Func<string, Draft> draftOf, Documentation documentation)
    {
        var code = CellSource.CSharpOnly(question.Code);
        var cursor = Math.Clamp(question.Cursor, 0, code.Length);
        var draft = draftOf(code);
        if (NameAt(draft.Root, cursor) is not { } name || SymbolOf(draft.Model, name) is not { } symbol || symbol is IErrorTypeSymbol)
            return null;
        var signature = SymbolWords.Signature(symbol);
        var text = documentation.Text(symbol, draft.Compilation);
        return new()
        {
            ["text/plain"] = text.Length == 0 ? signature : $"{signature}\n\n{text}",
            ["text/html"] = $"<code>{WebUtility.HtmlEncode(signature)}</code>{(text.Length == 0 ? "" : $"<pre>{WebUtility.HtmlEncode(text)}</pre>")}",
        };
    }

    // The name under the cursor or ending at it; behind an opening parenthesis, that of the method being called.
    private static SyntaxToken? NameAt(SyntaxNode root, int cursor)
    {
        foreach (var at in new[] { cursor, cursor - 1 })
            if (at >= 0 && at < root.FullSpan.End && root.FindToken(at) is var token && token.Span.Contains(at) && IsName(token))
                return token;
        if (cursor == 0)
            return null;
        var before = root.FindToken(cursor - 1);
        if (before.SpanStart >= cursor || before.IsKind(SyntaxKind.EndOfFileToken))
            before = before.GetPreviousToken();
        var list = before.Parent?.FirstAncestorOrSelf<ArgumentListSyntax>();
        var called = list?.OpenParenToken.GetPreviousToken();
        return called is { } name && IsName(name) ? name : null;
    }

    private static bool IsName(SyntaxToken token) => token.IsKind(SyntaxKind.IdentifierToken) || SyntaxFacts.IsPredefinedType(token.Kind());

    private static ISymbol? SymbolOf(SemanticModel model, SyntaxToken name)
    {
        if (name.Parent is not { } node)
            return null;
        var info = model.GetSymbolInfo(node);
        return info.Symbol ?? info.CandidateSymbols.FirstOrDefault() ?? model.GetDeclaredSymbol(node) ?? model.GetTypeInfo(node).Type as INamedTypeSymbol;
    }
}
