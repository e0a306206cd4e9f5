using System.Collections.Immutable;
using System.IO.MemoryMappedFiles;
using Microsoft.CodeAnalysis;

namespace Avic.Cells;

/// <summary>What .NET itself brings: every cell is compiled against all of it.</summary>
internal static class Framework
{
    // Who compiles reads from these mappings for as long as the process lives. Mapped, because a copy of each file's metadata
    // would be memory of every engine's own; of these pages only those are there that somebody looked at.
    private static readonly List<MemoryMappedViewAccessor> Mapped = [];

    /// <summary>
    /// All files of the shared framework, System.Private.* too: there are the types that its public names forward to, and what
    /// the compiler finds by itself to follow a forward it hides from the cell. But for System.Private.CoreLib, which a script has anyway.
    /// </summary>
    public static ImmutableArray<MetadataReference> References { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => Path.GetDirectoryName(file) == Path.GetDirectoryName(typeof(object).Assembly.Location) && file != typeof(object).Assembly.Location)
            .Select(Reference),
    ];

    private static PortableExecutableReference Reference(string file)
    {
        using var mapping = MemoryMappedFile.CreateFromFile(file, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        var view = mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        Mapped.Add(view);
        var image = ModuleMetadata.CreateFromImage(view.SafeMemoryMappedViewHandle.DangerousGetHandle(), (int)new FileInfo(file).Length);
        return AssemblyMetadata.Create(image).GetReference(filePath: file);
    }
}
