using System.Net;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Scripting;

namespace Avic.Cells;

/// <summary>The cells of one notebook, run one after the other on each other's variables.</summary>
internal sealed class CellSession
{
    /// <summary>The usings that .NET Interactive gives a C# cell, and nothing of ours.</summary>
    private static readonly string[] Imports =
        ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Text", "System.Threading.Tasks"];

    // Runs through what most cells need, so that the first of them does not wait for the compiler to be compiled.
    // A block: its names must not be seen by the cells.
    private const string WarmUp = """
        {
            var squares = Enumerable.Range(1, 3).Select(i => i * i).ToList();
            foreach (var square in squares) Console.Write($"");
            await Task.CompletedTask;
        }
        """;

    private readonly string _folder;
    private readonly Outbox _outbox;
    private readonly CellTurns _turns;
    private readonly CellReferences _references;
    private readonly CellFailure _failure;
    private readonly CellPackages _packages;
    private readonly LaterVersions _laterVersions = new();
    private volatile ScriptOptions _options;
    private volatile ScriptState<object> _state = null!;

    private CellSession(string folder, string toolFolder, Outbox outbox, CellTurns turns)
    {
        _folder = folder;
        _outbox = outbox;
        _turns = turns;
        _references = new CellReferences(folder, toolFolder, text => outbox.Send(new Note(text)));
        _failure = new CellFailure(folder);
        _packages = new CellPackages(folder, text => outbox.Send(new Note(text)));
        _packages.FindNativeLibraries();
        _options = ScriptOptions.Default
            .WithReferences([.. Framework.References, MetadataReference.CreateFromFile(typeof(CellDisplay).Assembly.Location)])
            .WithImports([.. Imports, typeof(CellDisplay).FullName!])
            .WithLanguageVersion(LanguageVersion.Preview)
            .WithOptimizationLevel(OptimizationLevel.Release)   // unoptimised scripts are twenty times slower
            .WithEmitDebugInformation(true)                     // line numbers
            .WithFileEncoding(Encoding.UTF8)
            .WithMetadataResolver(_references)
            .WithSourceResolver(ScriptSourceResolver.Default.WithBaseDirectory(folder));
    }

    public static async Task<CellSession> Start(string folder, string toolFolder, Outbox outbox, CellTurns turns)
    {
        var session = new CellSession(folder, toolFolder, outbox, turns);
        session._state = await CSharpScript.Create<object>(WarmUp, session._options).RunAsync();
        return session;
    }

    /// <summary>Runs one cell; whatever happens is said to the outbox.</summary>
    public async Task Run(Execute cell)
    {
        try
        {
            var parts = CellSource.Parts(cell.Code);
            foreach (var part in parts)
                if (!await Run(cell.Cell, part, isLast: ReferenceEquals(part, parts[^1])))
                    break;
        }
        catch (Exception e)
        {
            _outbox.Send(Told(e));   // a value whose ToHtml or enumerator throws
        }
    }

    private async Task<bool> Run(int cell, CellPart part, bool isLast)
    {
        foreach (var line in part.Ignored)
            _outbox.Send(new Note($"cell {cell}: {line} is for another host, ignored", IsOfCell: true));
        switch (part.Language)
        {
            case CellPart.CSharp:
                return await Run(part.Text, Path.Combine(_folder, CellFailure.FileOf(cell)), isLast);
            case "markdown" or "html":
                _outbox.Send(new Shown(Rendering.Of(new Markup(part.Text, "text/" + part.Language)), IsResult: false));
                return true;
            case "mermaid":
                _outbox.Send(new Note($"cell {cell}: a Mermaid diagram is shown as its source", IsOfCell: true));
                _outbox.Send(new Shown(new() { ["text/html"] = $"<pre>{WebUtility.HtmlEncode(part.Text)}</pre>", ["text/plain"] = part.Text }, IsResult: false));
                return true;
            default:
                _outbox.Send(new Note($"cell {cell}: #!{part.Language} is skipped: only C# runs here", IsOfCell: true));
                return true;
        }
    }

    /// <summary>A cell that is being written, after those that ran; nothing of it is run.</summary>
    public Draft Draft(string code)
    {
        var path = Path.Combine(_folder, "draft");
        var compilation = _state.Script.ContinueWith<object>(code, Options(CSharpSyntaxTree.ParseText(code, CellSource.Dialect), path)).GetCompilation();
        var tree = compilation.SyntaxTrees.First(t => t.FilePath == path);
        return new Draft(compilation.GetSemanticModel(tree), tree.GetRoot(), compilation);
    }

    /// <returns>False if it failed.</returns>
    private async Task<bool> Run(string code, string path, bool isLast)
    {
        var tree = CSharpSyntaxTree.ParseText(code, CellSource.Dialect, path);
        if (await Packages(tree) is { } missing)
        {
            _outbox.Send(_failure.Of([missing]));
            return false;
        }
        var script = _state.Script.ContinueWith<object>(code, Options(tree, path));
        var errors = script.Compile().Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        if (errors.Count > 0)
        {
            _outbox.Send(_failure.Of(errors, script.GetCompilation()));
            return false;
        }
        _laterVersions.Know(script.GetCompilation());
        // Exceptions are caught inside, so that the variables a failing cell did set are kept.
        _state = await script.RunFromAsync(_state, catchException: _ => true);
        if (_state.Exception is { } thrown)
            _outbox.Send(Told(thrown));
        else if (_state.ReturnValue is not DisplayedValue && (_state.ReturnValue is not null || EndsInValue(script.GetCompilation(), path)))
            _outbox.Send(new Shown(Rendering.Of(_state.ReturnValue), IsResult: isLast));
        return _state.Exception is null;
    }

    private Failed Told(Exception thrown) => thrown is OperationCanceledException && _turns.Current is { IsInterrupted: true }
        ? _failure.Of(thrown) with { Name = "Interrupted", Value = "the cell was interrupted" }
        : _failure.Of(thrown);

    // Restored before the compiler asks for them, once each; what is wrong with one is told at its line.
    private async Task<Diagnostic?> Packages(SyntaxTree tree)
    {
        if (tree.GetDiagnostics().Any(d => d.Severity == DiagnosticSeverity.Error))
            return null;   // the compiler tells what
        foreach (var directive in ((CompilationUnitSyntax)tree.GetRoot()).GetReferenceDirectives())
            try
            {
                var reference = directive.File.ValueText;
                if (CellPackages.Asked(reference) is not var (name, version) || _references.Knows(reference))
                    continue;
                var package = await _packages.Restore(name, version, _turns.Current?.End ?? CancellationToken.None);
                _references.Brings(reference, package.Assemblies);
                _options = _options.AddImports(package.Usings.Except(_options.Imports));
            }
            catch (PackageException e)
            {
                return CellFailure.At(directive.GetLocation(), e.Message);
            }
        return null;
    }

    // A submission inherits the references of those before it: given again with each cell, they would cost 5 MiB and 20 ms every time.
    private ScriptOptions Options(SyntaxTree tree, string path) =>
        _options.WithFilePath(path).WithReferences(_references.Beside(((CompilationUnitSyntax)tree.GetRoot()).GetReferenceDirectives(), path));

    // A trailing expression that is null is shown; one of type void is not a value.
    private static bool EndsInValue(Compilation compilation, string path) =>
        compilation.SyntaxTrees.FirstOrDefault(t => t.FilePath == path) is { } tree
        && CellSource.TrailingExpression(tree.GetRoot()) is { } last
        && compilation.GetSemanticModel(tree).GetTypeInfo(last).Type is not { SpecialType: SpecialType.System_Void };
}
