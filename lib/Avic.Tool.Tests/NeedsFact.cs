namespace Avic.Tool.Tests;

/// <summary>A fact about programs that not every machine has: skipped with a word without them, and required where CI=true.</summary>
internal sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(params string[] programs)
    {
        var missing = programs.Where(program => !IsOnPath(program)).ToArray();
        if (missing.Length > 0 && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = $"needs {string.Join(" and ", missing)}";
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder =>
            File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe")));
}
