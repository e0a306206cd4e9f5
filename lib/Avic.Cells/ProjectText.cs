namespace Avic.Cells;

/// <summary>Text in a project file.</summary>
internal static class ProjectText
{
    /// <summary>A path as MSBuild takes it for itself: in a property, these signs would be more than text.</summary>
    public static string Escaped(string path) => string.Concat(path.Select(c => "%$@;'()?*".Contains(c, StringComparison.Ordinal) ? $"%{(int)c:X2}" : c.ToString()));
}
