using System.Text.Json;

namespace Avic.Tool;

/// <summary>A request that cannot be done; the message is for the editor.</summary>
internal sealed class RequestException(string message, long? id = null) : Exception(message)
{
    public long? Id => id;
}

/// <summary>One line of the editor, its fields read with care.</summary>
internal sealed record EditorRequest(long Id, string Type, JsonElement Fields)
{
    /// <exception cref="RequestException">Not a JSON object with an id and a type.</exception>
    public static EditorRequest Read(byte[] line)
    {
        JsonElement fields;
        try
        {
            using var document = JsonDocument.Parse(line);
            fields = document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new RequestException($"not JSON: {e.Message.ReplaceLineEndings(" ")}");
        }
        if (fields.ValueKind != JsonValueKind.Object)
            throw new RequestException("not a JSON object");
        if (!fields.TryGetProperty("id", out var number) || number.ValueKind != JsonValueKind.Number || !number.TryGetInt64(out var id))
            throw new RequestException("no 'id' that is a whole number");
        return new EditorRequest(id, TextOf(fields, "type", id)!, fields);
    }

    public string Text(string name) => TextOf(Fields, name, Id)!;

    public string? TextOrNull(string name) =>
        Fields.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Null ? null : Text(name);

    public int Number(string name) =>
        Fields.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : throw new RequestException($"'{Type}' needs a whole number '{name}'");

    /// <summary>A place in a text, its end included.</summary>
    public int Place(string name, string text) =>
        Number(name) is var place && place >= 0 && place <= Text(text).Length
            ? place
            : throw new RequestException($"'{name}' is outside of '{text}'");

    private static string? TextOf(JsonElement fields, string name, long id)
    {
        if (!fields.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
            throw new RequestException($"no '{name}' that is a text", id);
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)   // half of a surrogate pair, or bytes that are not UTF-8
        {
            throw new RequestException($"'{name}' is not Unicode text", id);
        }
    }
}
