using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Avic.Cells;

/// <summary>What could stand at a place of a cell: members after a dot, elsewhere names in scope and keywords.</summary>
internal static class CodeCompletion
{
    /// <summary>With nothing typed everything in scope fits, thousands of types; nobody reads so far.</summary>
    private const int Most = 500;

    private static readonly string[] Keywords =
    [
        .. SyntaxFacts.GetReservedKeywordKinds().Select(SyntaxFacts.GetText),
        "and", "async", "await", "dynamic", "from", "get", "global", "init", "nameof", "not", "or", "orderby", "record", "required", "scoped", "select", "set", "unmanaged",
        "var", "when", "where", "with", "yield",
    ];

    public static Completed Of(Complete question, Func<string, Draft> draftOf, Documentation documentation)
    {
        var code = CellSource.CSharpOnly(question.Code);
        var cursor = Math.Clamp(question.Cursor, 0, code.Length);
        var start = cursor;
        while (start > 0 && SyntaxFacts.IsIdentifierPartCharacter(question.Code[start - 1]))
            start--;
        var none = new Completed(question.Request, cursor, cursor, []);
        var from = Math.Max(0, start - 1);
        if (code[from..cursor] != question.Code[from..cursor] || start < cursor && !SyntaxFacts.IsIdentifierStartCharacter(code[start]))
            return none;   // another language, or a number
        var draft = draftOf(code);
        if (IsText(draft.Root, start))
            return none;
        var typed = code[start..cursor];
        var proposals = Symbols(draft, start)
            .Where(s => s.CanBeReferencedByName && s.Name.StartsWith(typed, StringComparison.OrdinalIgnoreCase) && s is not IMethodSymbol { MethodKind: not (MethodKind.Ordinary or MethodKind.ReducedExtension or MethodKind.LocalFunction) })
            .GroupBy(s => s.Name, StringComparer.Ordinal)
            .Select(same => Of([.. same], draft, documentation))
            .Concat(typed.Length > 0 && !IsMember(draft.Root, start, out _) ? Keywords.Where(k => k.StartsWith(typed, StringComparison.Ordinal)).Select(k => new Proposal(k, "Keyword", null)) : [])
            .OrderByDescending(p => p.Text.StartsWith(typed, StringComparison.Ordinal))
            .ThenBy(p => p.Text, StringComparer.OrdinalIgnoreCase).ThenBy(p => p.Text, StringComparer.Ordinal)
            .Take(Most);
        return new Completed(question.Request, start, cursor, [.. proposals]);
    }

    private static Proposal Of(ISymbol[] same, Draft draft, Documentation documentation)
    {
        var overloads = same.Length == 1 || same[0] is not IMethodSymbol ? "" : $" (+ {same.Length - 1} more)";
        var about = documentation.Summary(same[0], draft.Compilation) is { Length: > 0 } summary ? $" · {summary.ReplaceLineEndings(" ")}" : "";
        var name = SyntaxFacts.GetKeywordKind(same[0].Name) == SyntaxKind.None ? same[0].Name : "@" + same[0].Name;
        return new Proposal(name, SymbolWords.Kind(same[0]), SymbolWords.Signature(same[0]) + overloads + about);
    }

    // Nothing is proposed inside a string, a comment or a preprocessor line.
    private static bool IsText(SyntaxNode root, int at)
    {
        if (at == 0)
            return false;
        var trivia = root.FindTrivia(at - 1);
        if (trivia.IsDirective || trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.DisabledTextTrivia or SyntaxKind.SkippedTokensTrivia
            || trivia.Kind() is SyntaxKind.MultiLineCommentTrivia && (at < trivia.Span.End || trivia.ContainsDiagnostics))
            return true;
        var token = root.FindToken(at - 1);
        return token.Kind() is SyntaxKind.StringLiteralToken or SyntaxKind.CharacterLiteralToken or SyntaxKind.InterpolatedStringTextToken or SyntaxKind.Utf8StringLiteralToken
                or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken
            && at > token.SpanStart && (at < token.Span.End || token.ContainsDiagnostics || token.IsKind(SyntaxKind.InterpolatedStringTextToken));
    }

    private static bool IsMember(SyntaxNode root, int start, out SyntaxNode? of)
    {
        of = null;
        if (start == 0)
            return false;
        var before = root.FindToken(start - 1);
        if (before.SpanStart >= start || before.IsKind(SyntaxKind.EndOfFileToken))
            before = before.GetPreviousToken();
        if (before.Kind() is not (SyntaxKind.DotToken or SyntaxKind.MinusGreaterThanToken) || before.Span.End > start)
            return false;
        of = before.Parent switch
        {
            MemberAccessExpressionSyntax access => access.Expression,
            QualifiedNameSyntax name => name.Left,
            MemberBindingExpressionSyntax binding => binding.FirstAncestorOrSelf<ConditionalAccessExpressionSyntax>()?.Expression,
            _ => null,
        };
        return true;
    }

    internal static IEnumerable<ISymbol> Symbols(Draft draft, int start)
    {
        if (!IsMember(draft.Root, start, out var of))
            return draft.Model.LookupSymbols(start);
        if (of is null)
            return [];
        if (draft.Model.GetSymbolInfo(of).Symbol is INamespaceSymbol space)
            return draft.Model.LookupSymbols(start, space);
        if (draft.Model.GetSymbolInfo(of).Symbol is INamedTypeSymbol type)
            return draft.Model.LookupSymbols(start, type).Where(s => s.IsStatic || s is ITypeSymbol);
        var value = draft.Model.GetTypeInfo(of).Type;
        if (value is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable && of.Parent is ConditionalAccessExpressionSyntax)
            value = nullable.TypeArguments[0];
        return value is null or IErrorTypeSymbol ? []
            : draft.Model.LookupSymbols(start, value is IPointerTypeSymbol pointer ? pointer.PointedAtType : value, includeReducedExtensionMethods: true)
                .Where(s => !s.IsStatic && s is not ITypeSymbol);
    }
}
