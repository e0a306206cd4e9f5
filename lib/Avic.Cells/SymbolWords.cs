using Microsoft.CodeAnalysis;

namespace Avic.Cells;

/// <summary>A symbol in the words of who writes a cell.</summary>
internal static class SymbolWords
{
    private static readonly SymbolDisplayFormat Full = SymbolDisplayFormat.MinimallyQualifiedFormat
        .WithKindOptions(SymbolDisplayKindOptions.IncludeTypeKeyword | SymbolDisplayKindOptions.IncludeNamespaceKeyword);

    // Cells' own variables and methods are members of the compiler's Submission#7, and that is nobody's business.
    private static readonly SymbolDisplayFormat Own = Full.RemoveMemberOptions(SymbolDisplayMemberOptions.IncludeContainingType);

    public static string Signature(ISymbol symbol) => symbol.ToDisplayString(IsOfCell(symbol) ? Own : Full);

    public static string Kind(ISymbol symbol) => symbol switch
    {
        IFieldSymbol { ContainingType.TypeKind: TypeKind.Enum } => "EnumMember",
        IFieldSymbol { IsConst: true } => "Constant",
        IFieldSymbol when IsOfCell(symbol) => "Local",
        INamedTypeSymbol type => type.TypeKind.ToString(),
        _ => symbol.Kind.ToString(),
    };

    private static bool IsOfCell(ISymbol symbol) => symbol.ContainingType is { IsScriptClass: true };
}
