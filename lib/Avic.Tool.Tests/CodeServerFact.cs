namespace Avic.Tool.Tests;

/// <summary>A fact about real VS Code: skipped with a word where AVIC_CODE_SERVER names no folder, and required where CI=true.</summary>
internal sealed class CodeServerFactAttribute : FactAttribute
{
    public CodeServerFactAttribute()
    {
        if (!Directory.Exists(Folder) && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = "needs AVIC_CODE_SERVER, the folder that lib/Avic.VSCode/test/install-code-server prints";
    }

    public static string? Folder => Environment.GetEnvironmentVariable("AVIC_CODE_SERVER");
}
