using System.Text;
using System.Text.Json;

namespace Avic.Tool;

/// <summary>Outputs as text to compare: what nbformat lets one write in several ways looks the same here.</summary>
internal static class SavedOutputs
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 300 };

    /// <summary>Whether two lists of outputs say the same, execution counts included.</summary>
    public static bool Same(string saved, string fresh) => Canonical(saved) is { } one && one == Canonical(fresh);

    /// <summary>The outputs for a reader: one line each of what a page would show, without execution counts.</summary>
    public static IReadOnlyList<string> Readable(string outputs)
    {
        List<string> lines = [];
        try
        {
            using var parsed = JsonDocument.Parse(outputs, Deep);
            Add(lines, parsed.RootElement);
        }
        catch (InvalidOperationException)
        {
            lines.Add(outputs);   // half a surrogate pair in a name
        }
        return lines;
    }

    /// <summary>One line an output: its kind and its MIME types or stream, and nothing of what it says.</summary>
    public static IReadOnlyList<string> Shape(string outputs)
    {
        List<string> lines = [];
        using var parsed = JsonDocument.Parse(outputs, Deep);
        foreach (var output in parsed.RootElement.EnumerateArray())
        {
            if (output.ValueKind != JsonValueKind.Object)
            {
                lines.Add("[?]");
                continue;
            }
            var kind = Get(output, "output_type") ?? "?";
            IEnumerable<string> words = kind == "stream" ? [Get(output, "name") ?? "?"]
                : output.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object ? data.EnumerateObject().Select(Name).Order(StringComparer.Ordinal)
                : [];
            var line = $"[{string.Join(' ', words.Prepend(kind))}]";
            // Some tools save what a stream said in several pieces.
            if (kind != "stream" || lines.Count == 0 || lines[^1] != line)
                lines.Add(line);
        }
        return lines;
    }

    private static string Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return "?";   // half a surrogate pair
        }
    }

    private static void Add(List<string> lines, JsonElement outputs)
    {
        foreach (var output in outputs.EnumerateArray())
        {
            if (output.ValueKind != JsonValueKind.Object)
            {
                lines.Add($"[?] {output.GetRawText()}");
                continue;
            }
            var kind = Get(output, "output_type") ?? "?";
            foreach (var member in output.EnumerateObject().OrderBy(m => m.Name, StringComparer.Ordinal))
                switch (member.Name)
                {
                    case "output_type" or "execution_count" or "metadata" or "name":
                        break;
                    case "data" when member.Value.ValueKind == JsonValueKind.Object:
                        foreach (var data in member.Value.EnumerateObject().OrderBy(d => d.Name, StringComparer.Ordinal))
                            Add(lines, $"{kind} {data.Name}", data.Value);
                        break;
                    default:
                        Add(lines, kind == "stream" ? Get(output, "name") ?? kind : $"{kind} {member.Name}", member.Value);
                        break;
                }
        }
    }

    private static void Add(List<string> lines, string label, JsonElement value)
    {
        var text = Joined(value) ?? value.GetRawText();
        if (label.EndsWith(" traceback", StringComparison.Ordinal) && value.ValueKind == JsonValueKind.Array)
            text = string.Join('\n', value.EnumerateArray().Select(line => Joined(line) ?? line.GetRawText()));
        foreach (var line in text.TrimEnd('\n').Split('\n'))
            lines.Add($"[{label}] {line.TrimEnd('\r')}");
    }

    private static string? Get(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Raw(value) : null;

    private static string? Canonical(string outputs)
    {
        try
        {
            using var parsed = JsonDocument.Parse(outputs, Deep);
            var text = new StringBuilder();
            Write(text, parsed.RootElement);
            return text.ToString();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;   // what cannot be read is not the same as anything
        }
    }

    private static void Write(StringBuilder to, JsonElement value)
    {
        if (Joined(value) is { } text)
            to.Append(text.Length).Append(':').Append(text);
        else if (value.ValueKind == JsonValueKind.Array)
        {
            to.Append('[');
            foreach (var item in value.EnumerateArray())
            {
                Write(to, item);
                to.Append(',');
            }
            to.Append(']');
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            to.Append('{');
            foreach (var member in value.EnumerateObject().OrderBy(m => m.Name, StringComparer.Ordinal))
            {
                to.Append(member.Name).Append(':');
                Write(to, member.Value);
                to.Append(',');
            }
            to.Append('}');
        }
        else
            to.Append(value.GetRawText());
    }

    /// <summary>A text or a list of texts as one text: nbformat allows both.</summary>
    private static string? Joined(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Raw(value),
        JsonValueKind.Array when value.EnumerateArray().All(i => i.ValueKind == JsonValueKind.String) => string.Concat(value.EnumerateArray().Select(Raw)),
        _ => null,
    };

    private static string Raw(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return text.GetRawText();   // half a surrogate pair
        }
    }
}
