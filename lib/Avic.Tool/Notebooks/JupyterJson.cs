using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Avic.Tool;

/// <summary>How a notebook file is laid out: Jupyter writes one space an indent, and leaves non-ASCII text readable.</summary>
/// <param name="Indent">One level of indentation, or null for a file on one line.</param>
/// <param name="NewLine">The line break of the file.</param>
internal sealed record JsonLayout(string? Indent, string NewLine)
{
    public static readonly JsonLayout Jupyter = new(" ", "\n");

    /// <summary>A line break and the indentation of a depth.</summary>
    public string Break(int depth) => Indent is null ? "" : NewLine + string.Concat(Enumerable.Repeat(Indent, depth));

    /// <summary>What stands between two members.</summary>
    public string Comma(int depth) => Indent is null ? ", " : "," + Break(depth);
}

/// <summary>Writes JSON byte for byte as Python's json module does, which is what every Jupyter tool saves with.</summary>
internal static class JupyterJson
{
    public static string Write(JsonNode? node, JsonLayout layout, int depth)
    {
        var text = new StringBuilder();
        Write(text, node, layout, depth);
        return text.ToString();
    }

    private static void Write(StringBuilder to, JsonNode? node, JsonLayout layout, int depth)
    {
        switch (node)
        {
            case JsonObject map:
                Members(to, '{', map, '}', layout, depth, member =>
                {
                    Quote(to, member.Key);
                    to.Append(": ");
                    Write(to, member.Value, layout, depth + 1);
                });
                break;
            case JsonArray list:
                Members(to, '[', list, ']', layout, depth, item => Write(to, item, layout, depth + 1));
                break;
            case JsonValue value when value.TryGetValue(out string? text):
                Quote(to, text);
                break;
            default:
                to.Append(node?.ToJsonString() ?? "null");
                break;
        }
    }

    private static void Members<T>(StringBuilder to, char open, ICollection<T> members, char close, JsonLayout layout, int depth, Action<T> write)
    {
        to.Append(open);
        var first = true;
        foreach (var member in members)
        {
            to.Append(first ? layout.Break(depth + 1) : layout.Comma(depth + 1));
            first = false;
            write(member);
        }
        if (members.Count > 0)
            to.Append(layout.Break(depth));
        to.Append(close);
    }

    private static void Quote(StringBuilder to, string text)
    {
        to.Append('"');
        foreach (var c in text)
            _ = c switch
            {
                '"' => to.Append("\\\""),
                '\\' => to.Append("\\\\"),
                '\n' => to.Append("\\n"),
                '\r' => to.Append("\\r"),
                '\t' => to.Append("\\t"),
                '\b' => to.Append("\\b"),
                '\f' => to.Append("\\f"),
                < ' ' => to.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => to.Append(c),
            };
        to.Append('"');
    }
}
