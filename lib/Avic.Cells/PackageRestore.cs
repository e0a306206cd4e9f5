using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Xml.Linq;
using Avic.Tool;

namespace Avic.Cells;

/// <summary>A restore of packages by the .NET SDK, from the sources that a notebook's folder and its user name.</summary>
internal static class PackageRestore
{
    /// <summary>Restores a project of its own in a folder that holds nothing else; <c>obj/project.assets.json</c> then tells what came.</summary>
    /// <returns>The SDK's exit code and its words.</returns>
    public static async Task<(int Exit, string Said)> Run(string folder, string notebookFolder, IEnumerable<(string Name, string? Version)> wanted, CancellationToken cancel)
    {
        var project = Path.Combine(folder, "packages.csproj");
        Project(notebookFolder, wanted).Save(project);
        using var restore = Process.Start(new ProcessStartInfo(Platform.Dotnet, ["restore", project, "-nologo", "-v:q", "-nodeReuse:false"])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,   // the real one carries messages
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_CLI_UI_LANGUAGE"] = "en", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["DOTNET_NOLOGO"] = "1" },
        })!;
        restore.StandardInput.Close();
        using var ended = cancel.Register(() => restore.Kill(entireProcessTree: true));
        var error = restore.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = await restore.StandardOutput.ReadToEndAsync(CancellationToken.None) + await error;
        await restore.WaitForExitAsync(CancellationToken.None);
        cancel.ThrowIfCancellationRequested();
        return (restore.ExitCode, output);
    }

    // It stands alone: nothing above the temporary folder may change what it means, but the notebook's package sources count.
    private static XDocument Project(string notebookFolder, IEnumerable<(string Name, string? Version)> wanted) => new(new XElement("Project",
        new XElement("PropertyGroup",
            new XElement("ImportDirectoryBuildProps", "false"), new XElement("ImportDirectoryBuildTargets", "false"), new XElement("ImportDirectoryPackagesProps", "false"),
            new XElement("ManagePackageVersionsCentrally", "false"),
            new XElement("RestoreRootConfigDirectory", Escaped(notebookFolder)),
            new XElement("TargetFramework", $"net{Environment.Version.Major}.0"),
            new XElement("RuntimeIdentifier", RuntimeInformation.RuntimeIdentifier), new XElement("SelfContained", "false"), new XElement("UseAppHost", "false"),
            new XElement("NuGetAudit", "false")),
        new XElement("Import", new XAttribute("Project", "Sdk.props"), new XAttribute("Sdk", "Microsoft.NET.Sdk")),
        new XElement("ItemGroup", wanted.Select(w =>
            new XElement("PackageReference", new XAttribute("Include", w.Name), new XAttribute("Version", Exactly(w.Version))))),
        new XElement("Import", new XAttribute("Project", "Sdk.targets"), new XAttribute("Sdk", "Microsoft.NET.Sdk"))));

    // NuGet takes the nearest later version where the one asked for is missing. For what packages need among themselves that will do; who names
    // a version means that one.
    private static string Exactly(string? version) => version is null ? "*" : version.IndexOfAny(['*', '[', '(', ',']) >= 0 ? version : $"[{version}]";

    // In a property, these signs would be more than text.
    private static string Escaped(string path) => string.Concat(path.Select(c => "%$@;'()?*".Contains(c, StringComparison.Ordinal) ? $"%{(int)c:X2}" : c.ToString()));
}
