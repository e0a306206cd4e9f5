using System.Diagnostics;

namespace Avic.Tool.Tests;

/// <summary>What tests need from npm: fetched once for each user, outside the project.</summary>
internal static class NpmPackage
{
    /// <summary>A file of a package.</summary>
    /// <param name="package">Name and version: <c>axe-core@4.12.1</c>.</param>
    /// <param name="file">Its path within the package.</param>
    public static string File(string package, string file)
    {
        var folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "avic", "tests", "npm", package.Replace('@', '-'));
        var found = Path.Combine(folder, "node_modules", "package", file);
        if (!System.IO.File.Exists(found))
        {
            Directory.CreateDirectory(folder);
            Run("npm", folder, "install", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--prefix", folder, $"package@npm:{package}");
        }
        Assert.True(System.IO.File.Exists(found), $"npm did not bring {found}");
        return found;
    }

    /// <summary>What a program writes, which must end well.</summary>
    public static string Run(string program, string folder, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(program, words) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {errors.Result}");
        return output;
    }
}
