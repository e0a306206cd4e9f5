using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Avic.Cells;

/// <summary>Answers about code that is being written: is it whole?</summary>
internal static class CellQuestions
{
    private const string Indent = "    ";

    public static Judged Judge(IsWhole question)
    {
        var code = CellSource.CSharpOnly(question.Code);
        var tree = CSharpSyntaxTree.ParseText(code, CellSource.Dialect);
        if (!SyntaxFactory.IsCompleteSubmission(tree))
            return new Judged(question.Request, "incomplete", IndentAfter(question.Code, tree.GetRoot() as CompilationUnitSyntax));
        var isWrong = tree.GetDiagnostics().Any(d => d.Severity == DiagnosticSeverity.Error);
        return new Judged(question.Request, isWrong ? "invalid" : "complete", "");
    }

    // As the last line, and one step further in after an open brace.
    private static string IndentAfter(string code, CompilationUnitSyntax? root)
    {
        var line = code.TrimEnd()[(code.TrimEnd().LastIndexOf('\n') + 1)..];
        var indent = line[..^line.TrimStart().Length];
        return root?.EndOfFileToken.GetPreviousToken().IsKind(SyntaxKind.OpenBraceToken) == true ? indent + Indent : indent;
    }
}
