using System.Reflection;
using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool.Tests;

/// <summary>A cell says <c>using Avic.Model; using Avic.Notebook;</c> beside what its host imports by itself.</summary>
public class NamesInCells
{
    // What .NET Interactive, Verso, our own host and file-based apps import.
    private static readonly HashSet<string> Imported =
    [
        "System", "System.IO", "System.Linq", "System.Text", "System.Net.Http", "System.Threading", "System.Threading.Tasks",
        "System.Collections", "System.Collections.Generic",
    ];

    // Types of Microsoft.DotNet.Interactive and its formatting, imported there.
    private static readonly HashSet<string> Interactive = ["Kernel", "KernelCommand", "KernelEvent", "DisplayedValue", "HTML", "Formatter", "PocketView", "Format"];

    [Fact]
    public void No_public_type_bears_a_name_that_hosts_import()
    {
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var trusted = Directory.GetFiles(framework, "System.*.dll").Where(path => !path.EndsWith("VisualBasic.dll", StringComparison.Ordinal));
        var imported = trusted.SelectMany(path => Assembly.Load(AssemblyName.GetAssemblyName(path)).GetExportedTypes())
            .Where(type => !type.IsNested && type.Namespace is { } space && Imported.Contains(space)).Select(type => type.Name).ToHashSet();
        Assert.True(imported.Count > 300, $"only {imported.Count} imported names were found");
        var ours = new[] { typeof(Scenario), typeof(Heatmap) }.SelectMany(type => type.Assembly.GetExportedTypes()).Where(type => !type.IsNested).Select(type => type.Name);
        Assert.Equal("", string.Join(", ", ours.Where(name => imported.Contains(name) || Interactive.Contains(name))));
    }

    [Fact]
    public void What_notebooks_load_is_what_was_built()
    {
        var bin = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../notebooks/bin"));
        foreach (var library in new[] { typeof(Scenario).Assembly, typeof(Heatmap).Assembly })
        {
            var beside = Path.Combine(bin, Path.GetFileName(library.Location));
            Assert.Equal(library.ManifestModule.ModuleVersionId, ModuleVersion(beside));
            Assert.True(File.Exists(Path.ChangeExtension(beside, ".xml")), "its documentation lies beside it");
        }
    }

    private static Guid ModuleVersion(string path)
    {
        using var file = new System.Reflection.PortableExecutable.PEReader(File.OpenRead(path));
        var metadata = System.Reflection.Metadata.PEReaderExtensions.GetMetadataReader(file);
        return metadata.GetGuid(metadata.GetModuleDefinition().Mvid);
    }
}
