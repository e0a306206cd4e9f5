using System.Diagnostics;
using System.Reflection;
using Microsoft.CodeAnalysis;

namespace Avic.Cells;

/// <summary>An error told in the notebook's own places: cell and line, no frames of the engine or the compiler.</summary>
internal sealed class CellFailure(string notebookFolder)
{
    private const int MostFrames = 40;

    public static string FileOf(int cell) => $"cell {cell}";

    /// <summary>An error that the compiler could not know.</summary>
    public static Diagnostic At(Location place, string message) =>
        Diagnostic.Create(new DiagnosticDescriptor("AVIC", "", "{0}", "", DiagnosticSeverity.Error, isEnabledByDefault: true), place, message);

    /// <param name="errors">One or more.</param>
    /// <param name="compilation">What they are of, where it knows more of the names.</param>
    public Failed Of(IEnumerable<Diagnostic> errors, Compilation? compilation = null)
    {
        var lines = errors.Select(e => $"{Place(e)}: error {e.Id}: {Near(e.GetMessage())}{(compilation is null ? "" : CellSlip.Remedy(e, compilation))}").Distinct().ToArray();
        return new Failed("CompilationError", lines[0], lines);
    }

    public Failed Of(Exception thrown)
    {
        while (thrown is AggregateException { InnerExceptions.Count: 1 } or TargetInvocationException { InnerException: not null })
            thrown = thrown.InnerException!;
        var name = Name(thrown.GetType());
        var message = thrown.Message + (thrown is NullReferenceException ? WhatIsNull : "");
        return new Failed(name, message, [$"{name}: {message}", .. Frames(thrown), .. Causes(thrown)]);
    }

    // .NET does not say what, and most often it is this.
    private const string WhatIsNull = " What stands before a dot is null: a verdict that holds has no Counterexample, a sample without hits no Witness.";

    private IEnumerable<string> Causes(Exception thrown)
    {
        for (var inner = thrown.InnerException; inner is not null; inner = inner.InnerException)
        {
            yield return $"caused by {Name(inner.GetType())}: {inner.Message}";
            foreach (var frame in Frames(inner))
                yield return frame;
        }
    }

    private List<string> Frames(Exception thrown)
    {
        var all = new StackTrace(thrown, fNeedFileInfo: true).GetFrames().Where(frame => !IsOfWhoSaidIt(frame, thrown)).Select(Frame).OfType<string>().ToList();
        return all.Count <= MostFrames ? all
            : [.. all.Take(MostFrames / 2), $"   … {all.Count - MostFrames} more", .. all.TakeLast(MostFrames / 2)];
    }

    private string? Frame(StackFrame frame)
    {
        if (frame.GetMethod() is not { } method || method.DeclaringType is { } type && IsMachinery(type))
            return null;
        var place = frame.GetFileName() is { } file && frame.GetFileLineNumber() is > 0 and var line ? $"{Short(file)}, line {line}" : null;
        return (Called(method), place) switch
        {
            (null, null) => null,
            (null, _) => $"   at {place}",
            ({ } called, null) => $"   at {called}",
            ({ } called, _) => $"   at {called} in {place}",
        };
    }

    // A library that throws an exception of its own has said in it what it has to say; which of its lines did is its own business.
    private static bool IsOfWhoSaidIt(StackFrame frame, Exception thrown) =>
        thrown.GetType().Assembly is { IsDynamic: false } own && frame.GetMethod()?.DeclaringType?.Assembly is { IsDynamic: false } other && Family(own) is { } family && family == Family(other);

    // Avic of Avic.Model and Avic.Notebook. The compiler's submissions begin with a sign that no library's name has.
    private static string? Family(Assembly assembly) => assembly.GetName().Name is [>= 'A' and <= 'z', ..] name ? name.Split('.')[0] : null;

    // Frames inside .NET go too: they differ from one patch release to the next, and saved outputs would with them.
    private static bool IsMachinery(Type type) =>
        type.Assembly == typeof(CellFailure).Assembly
        || type.Assembly.GetName().Name is { } name
        && (name.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal) || name.StartsWith("System.", StringComparison.Ordinal));

    // An async method runs as MoveNext of a class <Name>d__7, a lambda as <Name>b__7; a cell's own statements are <Initialize>.
    private static string? Called(MethodBase method)
    {
        var owner = method.DeclaringType;
        var name = method.Name;
        if (owner is { Name: ['<', ..] } machine)
            (name, owner) = (name == "MoveNext" ? machine.Name : name, machine.DeclaringType);
        if (name.StartsWith("<<", StringComparison.Ordinal) && !name.Contains("g__", StringComparison.Ordinal) || name is "<Initialize>" or "<Factory>")
            return null;
        var lambda = name.Contains("b__", StringComparison.Ordinal);
        if (name.IndexOf("g__", StringComparison.Ordinal) is >= 0 and var local)
            name = name[(local + 3)..].Split('|')[0];
        else if (name.StartsWith('<'))
            name = name[1..].Split('>')[0].TrimStart('<');
        if (name == "Initialize")
            return lambda ? "lambda" : null;
        var full = (owner is null ? "" : Name(owner) + ".") is var prefix && prefix.StartsWith("Submission#", StringComparison.Ordinal)
            ? name : prefix + name;
        return lambda ? $"lambda in {full}"
            : method.Name == "MoveNext" ? full + "()"
            : $"{full}({string.Join(", ", method.GetParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}"))})";
    }

    private static string Name(Type type)
    {
        var name = type.Name.Split('`')[0];
        return !type.IsGenericType ? type.Name
            : $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }

    private string Place(Diagnostic error)
    {
        var span = error.Location.GetMappedLineSpan();
        return span.Path is { Length: > 0 } file ? $"{Short(file)} ({span.StartLinePosition.Line + 1},{span.StartLinePosition.Character + 1})" : "cell";
    }

    // Both: no path of the author's machine in a saved notebook.
    private string Near(string message) => message.Replace(Path.GetFullPath(notebookFolder).TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, "", Tool.Platform.IsCaseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);

    private string Short(string file) =>
        Path.GetRelativePath(notebookFolder, file) is var near && !near.StartsWith("..", StringComparison.Ordinal) && !Path.IsPathRooted(near)
            ? near.Replace('\\', '/')
            : file[(file.LastIndexOfAny(['/', '\\']) + 1)..];
}
