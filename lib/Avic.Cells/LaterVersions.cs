using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;

namespace Avic.Cells;

/// <summary>Answers a library that was built against an older version of another one with the version that the notebook has.</summary>
/// <remarks>
/// In a program the SDK decides this when it is built. The compiler's loader for scripts takes a strong name by the letter, and .NET asks here
/// before it gives up.
/// </remarks>
internal sealed class LaterVersions
{
    // The cell's that runs: it refers to all that those before it did.
    private volatile Compilation? _cell;

    public LaterVersions() => AppDomain.CurrentDomain.AssemblyResolve += (_, e) => Answer(new AssemblyName(e.Name), e.RequestingAssembly);

    public void Know(Compilation cell) => _cell = cell;

    private Assembly? Answer(AssemblyName asked, Assembly? asking)
    {
        if (AppDomain.CurrentDomain.GetAssemblies().Where(a => Serves(asked, a.GetName())).MaxBy(a => a.GetName().Version) is { } loaded)
            return loaded;
        var known = _cell?.ReferencedAssemblyNames.Select(identity => new AssemblyName(identity.GetDisplayName())).Where(name => Serves(asked, name)).MaxBy(name => name.Version);
        // By its name, so that the compiler's loader knows it afterwards and does not load it twice. The same version again is what it just failed to find.
        return known is null || known.Version == asked.Version || asking is null ? null : AssemblyLoadContext.GetLoadContext(asking)?.LoadFromAssemblyName(known);
    }

    private static bool Serves(AssemblyName asked, AssemblyName there) =>
        string.Equals(asked.Name, there.Name, StringComparison.OrdinalIgnoreCase)
        && (asked.Version is null || there.Version >= asked.Version)
        && (asked.CultureName ?? "") == (there.CultureName ?? "")
        && (asked.GetPublicKeyToken() ?? []).AsSpan().SequenceEqual(there.GetPublicKeyToken() ?? []);
}
