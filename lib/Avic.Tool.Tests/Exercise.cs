using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>Cells of a tiny exercise, marked as nbgrader marks them.</summary>
internal static class Exercise
{
    public const string Solved = "int Twice(int x)\n{\n    // BEGIN SOLUTION\n    return 2 * x;\n    // END SOLUTION\n}";
    public const string Unsolved = "int Twice(int x)\n{\n    // Your code here\n    throw new NotImplementedException();\n}";
    public const string Test = "if (Twice(3) != 6) throw new Exception(\"twice 3 is 6\");\n// BEGIN HIDDEN TESTS\nif (Twice(-1) != -2) throw new Exception(\"twice -1 is -2\");\n// END HIDDEN TESTS";

    public static JsonObject Solution(string id, string source) => Marked(Workplace.Cell(source), id, solution: true);

    public static JsonObject Check(string id, double points, string source) => Marked(Workplace.Cell(source), id, grade: true, locked: true, points: points);

    public static JsonObject Text(string source) => new()
    {
        ["cell_type"] = "markdown",
        ["metadata"] = new JsonObject(),
        ["source"] = CellOutputs.Lines(source),
    };

    public static JsonObject Marked(JsonObject cell, string id, bool grade = false, bool solution = false, bool locked = false, bool task = false, double? points = null)
    {
        var marks = new JsonObject { ["grade"] = grade, ["grade_id"] = id, ["locked"] = locked, ["schema_version"] = 3, ["solution"] = solution, ["task"] = task };
        if (points is not null)
            marks["points"] = points;
        cell["metadata"]!["nbgrader"] = marks;
        return cell;
    }

    /// <summary>The teacher's notebook: one cell to write, one test of two points.</summary>
    public static string Teacher(Workplace place, string name, string solution = Solved, string test = Test) =>
        place.Notebook(name, [Text("# Twice"), Solution("twice", solution), Check("twice-test", 2, test)]);
}
