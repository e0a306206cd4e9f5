using Avic.Model;

namespace Avic.Notebook;

/// <summary>The museum's matrix as a picture.</summary>
public static class MuseumPicture
{
    /// <summary>Which kernel has which bug: a number is the length of the shortest witness.</summary>
    /// <param name="matrix">The matrix.</param>
    public static Heatmap Heatmap(this MuseumMatrix matrix) =>
        new("Which kernel has which bug", [.. (matrix ?? throw new ArgumentNullException(nameof(matrix))).Exhibits.Select(exhibit => $"{exhibit.Id} {exhibit.Title}")], [.. matrix.Kernels.Select(kernel => kernel.Name)],
            (r, c) => Cell(matrix.Cells[r][c]),
            new Dictionary<CellKind, string>
            {
                [CellKind.Kept] = "has it not",
                [CellKind.Broken] = "has it, shown in so many rows",
                [CellKind.Unknown] = "unknown within the budget",
                [CellKind.Empty] = "not applicable",
            });

    private static Cell Cell(MuseumCell cell) => cell.Presence switch
    {
        Presence.Safe => new("", CellKind.Kept),
        Presence.Violated => new(cell.Sign, CellKind.Broken, cell.Witness),
        Presence.Unknown => new("", CellKind.Unknown),
        _ => new("n/a", CellKind.Empty),
    };
}
