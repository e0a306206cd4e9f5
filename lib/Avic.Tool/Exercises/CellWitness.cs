using System.Globalization;
using Avic.Cells;

namespace Avic.Tool;

/// <summary>Hears what the engine says of one cell, and what points follow from it. What a cell prints counts for nothing.</summary>
internal sealed class CellWitness
{
    private Failed? _failed;
    private string _stderr = "";
    private readonly List<string> _results = [];

    /// <summary>How much it said.</summary>
    public long Length { get; private set; }

    public void Hear(Message message)
    {
        switch (message)
        {
            case Written { Text: { } text } written:
                Length += text.Length;
                if (written.Stream == "stderr" && _stderr.Length < 1000)
                    _stderr += text;
                break;
            case Shown { Data: { } data } shown:
                Length += data.Sum(d => (long)(d.Value?.Length ?? 0));
                if (shown.IsResult && _results.Count < 2)
                    _results.Add(data.GetValueOrDefault("text/plain") ?? "");
                break;
            case Failed failed:
                Length += (failed.Value?.Length ?? 0) + (failed.Traceback?.Sum(line => (long)(line?.Length ?? 0)) ?? 0);
                _failed ??= failed;
                break;
        }
    }

    /// <summary>The points of a test that ran to its end.</summary>
    public CellGrade Grade(ExerciseMarks test)
    {
        if (_failed is { } failed)
            return Of(0, failed.Name == "CompilationError" ? failed.Value : $"{failed.Name}: {failed.Value}{Place(failed)}");
        if (_stderr.Length > 0)
            return Of(0, $"wrote to stderr: {_stderr.TrimStart()}");
        if (_results is not [var value])
            // A cell has one value. Another was made up.
            return _results is [] ? Of(test.Points, null) : Of(0, "more than one value was told for it");
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var points))
            return Of(test.Points, $"its value {value} is no number; it came to its end");
        return points >= 0 && points <= test.Points
            ? Of(points, points < test.Points ? "partial credit" : null)
            : Of(0, $"its value {value} is no number from 0 to {test.Points.ToString(CultureInfo.InvariantCulture)}");

        CellGrade Of(double brought, string? why) => new(test.GradeId, brought, test.Points, why is null ? null : GradeReport.Line(why));
    }

    // The innermost frame in a cell.
    private static string Place(Failed failed) =>
        failed.Traceback?.FirstOrDefault(line => line is not null && line.Contains("cell ", StringComparison.Ordinal) && line.StartsWith("   at ", StringComparison.Ordinal)) is { } frame
            ? $" ({frame.Trim()})" : "";
}
