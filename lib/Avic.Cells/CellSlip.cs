using Avic.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Avic.Cells;

/// <summary>What somebody may have meant by a name that the compiler does not know where it stands.</summary>
internal static class CellSlip
{
    private const string UnknownStatic = "CS0117", UnknownMember = "CS1061", OfAnotherType = "CS1929", UnknownName = "CS0103", UnknownType = "CS0246", OfItsType = "CS0176";

    /// <summary>A sentence to follow the compiler's; empty where nothing is near.</summary>
    public static string Remedy(Diagnostic error, Compilation compilation)
    {
        if (error.Location.SourceTree is not { } tree || Name(error.Id, tree.GetRoot().FindNode(error.Location.SourceSpan, getInnermostNodeForTie: true)) is not { } name)
            return "";
        var word = name.Identifier.ValueText;
        var draft = new Draft(compilation.GetSemanticModel(tree), tree.GetRoot(), compilation);
        if (error.Id == OfItsType)
            return draft.Model.GetSymbolInfo(name).CandidateSymbols.FirstOrDefault() is { ContainingType: { } type } ? $". Did you mean {type.Name}.{word}?" : "";
        var known = CodeCompletion.Symbols(draft, name.SpanStart).Where(symbol => symbol.CanBeReferencedByName && !symbol.IsImplicitlyDeclared).ToList();
        return name.Parent is MemberAccessExpressionSyntax access && access.Name == name && Owner(word, known, draft, name.SpanStart) is { } owner ? $". Did you mean {access.Expression}.{owner}.{word}?"
            : error.Id is UnknownName or UnknownType && Space(word, compilation.GlobalNamespace) is { } space ? $". It needs: using {space};"
            : Nearest.Like(word, known.Select(symbol => symbol.Name).Where(other => Math.Abs(other.Length - word.Length) <= Math.Max(1, word.Length / 3)).Distinct()) is { } near ? $". Did you mean {near}?"
            : "";
    }

    private static SimpleNameSyntax? Name(string error, SyntaxNode at) => error switch
    {
        OfAnotherType => (at.Parent as MemberAccessExpressionSyntax)?.Name,   // the place is that of the receiver
        OfItsType => (at as MemberAccessExpressionSyntax)?.Name,
        UnknownStatic or UnknownMember => at is MemberBindingExpressionSyntax binding ? binding.Name : at.Parent is MemberAccessExpressionSyntax ? at as SimpleNameSyntax : null,
        UnknownName or UnknownType => at as SimpleNameSyntax,
        _ => null,
    };

    /// <summary>The property whose value has the word: a verdict has no lanes, its counterexample does.</summary>
    private static string? Owner(string word, IEnumerable<ISymbol> members, Draft draft, int at) => members.OfType<IPropertySymbol>()
        .FirstOrDefault(property => property is { IsIndexer: false, Type.SpecialType: SpecialType.None } && !draft.Model.LookupSymbols(at, property.Type, word, includeReducedExtensionMethods: true).IsEmpty)?.Name;

    /// <summary>The namespace of a type that is referenced and has no using.</summary>
    private static string? Space(string word, INamespaceSymbol space) =>
        !space.IsGlobalNamespace && space.GetTypeMembers(word).Any(type => type.DeclaredAccessibility == Accessibility.Public) ? space.ToDisplayString()
            : space.GetNamespaceMembers().Select(inner => Space(word, inner)).FirstOrDefault(found => found is not null);
}
