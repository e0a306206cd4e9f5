using System.Text.Json;
using System.Text.Json.Nodes;

namespace Avic.Tool;

/// <summary>What a cell shows, by MIME type, as every front sends it on.</summary>
internal static class MimeBundle
{
    /// <summary>JSON goes as JSON: a renderer of figures wants an object, and shows nothing for the same thing in a string.</summary>
    public static JsonObject Of(IReadOnlyDictionary<string, string> data) =>
        new(data.Select(d => KeyValuePair.Create(d.Key, d.Key.EndsWith("json", StringComparison.Ordinal) ? Parsed(d.Value) : d.Value)));

    // A cell may show anything under any name; what is not JSON stays text.
    private static JsonNode? Parsed(string text)
    {
        try
        {
            var json = JsonNode.Parse(text);
            json?.ToJsonString();   // half a surrogate pair is found when it is read
            return json;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return text;
        }
    }
}
