using System.Text.RegularExpressions;

namespace Avic.Tool;

/// <summary>The stretches of a cell that students do not get, between lines such as <c>// BEGIN SOLUTION</c> and <c>// END SOLUTION</c>.</summary>
/// <remarks>As nbgrader reads them: any line that holds such words is a marker. What is nearly one is refused: it would give a solution away.</remarks>
internal static partial class ExerciseRegions
{
    private const string Solution = "SOLUTION";

    // What notebooks/exercises/nbgrader_config.py tells nbgrader, too.
    private static readonly string[] CodeStub = ["// Your code here", "throw new NotImplementedException();"];
    private static readonly string[] TextStub = ["Your answer here."];

    /// <summary>Whether a cell still holds what stands in the place of a solution.</summary>
    public static bool IsUnsolved(string source) => source.Split('\n', StringSplitOptions.TrimEntries) is var lines
        && Enumerable.Range(0, lines.Length - CodeStub.Length + 1).Any(i => lines.AsSpan(i, CodeStub.Length).SequenceEqual(CodeStub));

    /// <summary>The student's text of a cell.</summary>
    /// <param name="wrong">Takes a line of the cell, from 1, and what is wrong there.</param>
    public static string ForStudents(ExerciseCell cell, Action<int, string> wrong)
    {
        var stub = cell.IsCode ? CodeStub : TextStub;
        List<string> kept = [];
        (string Region, int Line)? open = null;
        var hasSolution = false;
        foreach (var (line, number) in cell.Source.Split('\n').Select((line, i) => (line, i + 1)))
        {
            var markers = Marker().Matches(line);
            if (markers is [])
            {
                if (Nearly().IsMatch(line))
                    wrong(number, $"\"{line.Trim()}\" is nearly a marker; markers are BEGIN and END, then SOLUTION, HIDDEN TESTS or MARK SCHEME");
                if (open is null)
                    kept.Add(line);
                continue;
            }
            var (isBegin, region) = (markers[0].Groups[1].Value == "BEGIN", markers[0].Groups[2].Value);
            if (markers.Count > 1)
                wrong(number, "two markers on one line");
            else if (isBegin && open is { } outer)
                wrong(number, $"BEGIN {region} inside the {outer.Region} that begins on line {outer.Line}");
            else if (!isBegin && open?.Region != region)
                wrong(number, open is { } other ? $"END {region} inside the {other.Region} that begins on line {other.Line}" : $"END {region} without its BEGIN");
            else if (!isBegin)
                open = null;
            else
            {
                if (Belongs(region, cell.Marks) is { } where)
                    wrong(number, $"BEGIN {region} in a cell that is no {where} of nbgrader's");
                open = (region, number);
                if (region != Solution)
                    continue;
                hasSolution = true;
                var indent = line[..^line.TrimStart().Length];
                var end = line.EndsWith('\r') ? "\r" : "";
                kept.AddRange(stub.Select(text => indent + text + end));
            }
        }
        if (open is { } left)
            wrong(left.Line, $"BEGIN {left.Region} without its END");
        // A solution without a region is one from its first line to its last.
        return cell.Marks is { IsSolution: true } && !hasSolution ? string.Join('\n', stub) : string.Join('\n', kept);
    }

    private static string? Belongs(string region, ExerciseMarks? marks) => region switch
    {
        Solution => marks is { IsSolution: true } ? null : "solution cell",
        "HIDDEN TESTS" => marks is { IsGrade: true } ? null : "graded cell",
        _ => marks is { IsByHand: true } ? null : "task",
    };

    [GeneratedRegex("(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")]
    private static partial Regex Marker();

    [GeneratedRegex(@"^\s*(//+|#+|<!--)\s*(begin|end)[\s_-]*(solutions?|hidden[\s_-]*tests?|mark[\s_-]*scheme)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Nearly();
}
