using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Avic.Cells;

/// <summary>Answers about code that is being written.</summary>
internal sealed class CellQuestions(CellSession session)
{
    private const string Indent = "    ";

    private readonly Documentation _documentation = new();

    /// <summary>Null for what is no question. An answer comes always: somebody waits for it.</summary>
    public Message? Answer(Message question)
    {
        try
        {
            return question switch
            {
                IsWhole whole => Judge(whole),
                Complete complete => CodeCompletion.Of(complete, session.Draft, _documentation),
                Inspect inspect => new Inspected(inspect.Request, CodeInspection.Of(inspect, session.Draft, _documentation)),
                _ => null,
            };
        }
        catch (Exception)
        {
            return question switch
            {
                IsWhole whole => new Judged(whole.Request, "complete", ""),   // running it will tell what is wrong
                Complete complete => new Completed(complete.Request, complete.Cursor, complete.Cursor, []),
                Inspect inspect => new Inspected(inspect.Request, null),
                _ => null,
            };
        }
    }

    internal static Judged Judge(IsWhole question)
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
        var text = code.TrimEnd();
        var line = text[(text.LastIndexOf('\n') + 1)..];
        var indent = line[..^line.TrimStart().Length];
        return root?.EndOfFileToken.GetPreviousToken().IsKind(SyntaxKind.OpenBraceToken) == true ? indent + Indent : indent;
    }
}

/// <summary>A cell that is being written, bound to the cells that ran.</summary>
internal sealed record Draft(SemanticModel Model, SyntaxNode Root, Compilation Compilation);
