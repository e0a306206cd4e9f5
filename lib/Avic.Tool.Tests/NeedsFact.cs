namespace Avic.Tool.Tests;

/// <summary>A fact about programs that not every machine has: skipped with a word without them, and required where CI=true.</summary>
internal sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(params string[] programs)
    {
        var missing = programs.Where(program => Platform.Find(program) is null).ToArray();
        if (missing.Length > 0 && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = $"needs {string.Join(" and ", missing)}";
    }
}
