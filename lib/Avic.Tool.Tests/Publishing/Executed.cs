using System.Text;
using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>Cells as a run leaves them, for notebooks to publish.</summary>
internal static class Executed
{
    public static JsonObject Text(string markdown) => new()
    {
        ["cell_type"] = "markdown",
        ["metadata"] = new JsonObject(),
        ["source"] = CellOutputs.Lines(markdown),
    };

    public static JsonObject Code(string source, params JsonObject[] outputs)
    {
        var cell = Workplace.Cell(source);
        cell["outputs"] = new JsonArray([.. outputs]);
        return cell;
    }

    public static JsonObject Result(params (string Type, string Text)[] data)
    {
        var forms = new JsonObject();
        foreach (var (type, text) in data)
            forms[type] = text;
        return new() { ["data"] = forms, ["execution_count"] = 1, ["metadata"] = new JsonObject(), ["output_type"] = "execute_result" };
    }

    public static JsonObject Html(string html) => Result(("text/html", html), ("text/plain", "plain"));

    public static JsonObject Stream(string name, string text) => new() { ["name"] = name, ["output_type"] = "stream", ["text"] = text };

    public static JsonObject Error(string name, string value) =>
        new() { ["ename"] = name, ["evalue"] = value, ["output_type"] = "error", ["traceback"] = new JsonArray($"{name}: {value}") };

    public static string Picture(string svg, string alt = "a square") =>
        $"<img src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(svg))}\" alt=\"{alt}\" style=\"max-width:100%\">";

    public static string Square(string inside = "") => $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"10\"><rect width=\"10\" height=\"10\"/>{inside}</svg>";
}
