using Avic.Model;

namespace Avic.Notebook;

/// <summary>The ablation matrix as a picture.</summary>
public static class AblationPicture
{
    /// <summary>Which row is load-bearing: a number is the length of the shortest witness.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="all">True for every edit; otherwise those that no property notices are left out and counted in the title.</param>
    public static Heatmap Heatmap(this AblationMatrix matrix, bool all = false)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        AblationRow[] rows = [.. matrix.Rows.Where(row => all || !row.Survives)];
        var title = rows.Length == matrix.Rows.Count || rows.Length == 0
            ? $"Which row is load-bearing · {matrix.Bounds}"
            : $"Which row is load-bearing · {matrix.Bounds} · {matrix.Rows.Count - rows.Length} edits unnoticed, not shown";
        return new(title, [.. (rows.Length == 0 ? matrix.Rows : rows).Select(row => row.Edit)], [.. matrix.Properties.Select(property => property.Name)],
            (r, c) => Cell((rows.Length == 0 ? matrix.Rows[r] : rows[r]).Cells[c]),
            Words);
    }

    /// <summary>What the cells of an ablation, and of whatever else judges an edit, are called.</summary>
    internal static readonly IReadOnlyDictionary<CellKind, string> Words = new Dictionary<CellKind, string>
    {
        [CellKind.Kept] = "kept",
        [CellKind.Broken] = "broken, in so many rows (∅: the goal is lost)",
        [CellKind.Unknown] = "unknown within the budget",
        [CellKind.Empty] = "cannot run",
    };

    internal static Cell Cell(AblationCell cell) => cell.Effect switch
    {
        AblationEffect.Kept => new("", CellKind.Kept),
        AblationEffect.Broken => new(cell.Sign, CellKind.Broken, cell.Verdict!.Counterexample),
        AblationEffect.Unknown => new("", CellKind.Unknown),
        _ => new("n/a", CellKind.Empty),
    };
}
