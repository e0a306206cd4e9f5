using System.Runtime.InteropServices;

namespace Avic.Tool;

/// <summary>Where this machine keeps what starts a .NET program.</summary>
internal static class DotnetHost
{
    /// <summary>The `dotnet` of the very installation that runs this process, whatever the PATH says.</summary>
    public static string Program
    {
        get
        {
            // …/dotnet/shared/Microsoft.NETCore.App/10.0.0/
            var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
            var program = Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
            return File.Exists(program) ? program : "dotnet";
        }
    }
}
