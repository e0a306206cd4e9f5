using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>A place in plotly JSON, read with errors that name it.</summary>
internal readonly record struct Place(JsonNode? Node, string Name)
{
    public Place this[string member] => new(Node is JsonObject owner && owner.TryGetPropertyValue(member, out var value) ? value : null, $"{Name}.{member}");

    public bool IsMissing => Node is null;

    /// <summary>The first of a place and the members within it that may hold its text: titles were strings once.</summary>
    public string Title => Node is JsonObject ? this["text"].Text() : Text();

    /// <summary>A word of the schema; numbers are words, too.</summary>
    public string Word(string otherwise = "") => Node is JsonValue value ? value.TryGetValue(out string? word) ? word : value.ToJsonString() : otherwise;

    /// <summary>What a reader sees, out of plotly's own few tags.</summary>
    public string Text() => PlotlyText.Plain(Word());

    public bool Is(bool otherwise) => Node is JsonValue value && value.TryGetValue(out bool flag) ? flag : otherwise;

    /// <summary>A number, or none where it is missing, null or infinite.</summary>
    public double? Number()
    {
        if (Node is null) return null;
        return Node is JsonValue value && TryNumber(value, out var number) ? double.IsFinite(number) ? number : null : throw Wrong("a number");
    }

    // A node made of an int does not say that it is a double.
    public static bool TryNumber(JsonValue value, out double number)
    {
        if (value.TryGetValue(out number)) return true;
        if (!value.TryGetValue(out int whole)) return false;
        number = whole;
        return true;
    }

    /// <summary>What an array holds; null where there is none.</summary>
    public Datum[]? Data()
    {
        if (Node is null) return null;
        if (Node is not JsonArray array) throw Wrong(Node is JsonObject ? "a list of values (a binary array cannot be read: write it as a list)" : "a list of values");
        var data = new Datum[array.Count];
        for (var i = 0; i < data.Length; i++) data[i] = Datum.Of(array[i], Name, i);
        return data;
    }

    /// <summary>The places in an array, none where there is no array.</summary>
    public IEnumerable<Place> Each()
    {
        if (Node is null) yield break;
        if (Node is not JsonArray array) throw Wrong("a list");
        for (var i = 0; i < array.Count; i++) yield return new(array[i], $"{Name}[{i}]");
    }

    public ModelException Wrong(string wanted)
    {
        var said = Node?.ToJsonString() ?? "null";
        return new($"{Name} is {(said.Length > 40 ? said[..40] + "…" : said)}, where plotly's schema has {wanted}.");
    }
}

/// <summary>A value on an axis: a number, or the name of a category, or a gap.</summary>
internal readonly record struct Datum(double Number, string? Text)
{
    public static readonly Datum Gap = new(double.NaN, null);

    public bool IsGap => Text is null && double.IsNaN(Number);

    /// <summary>As a category is named.</summary>
    public string Word => Text ?? Numbers.Exact(Number);

    public static Datum Of(JsonNode? node, string name, int i) => node switch
    {
        null => Gap,
        JsonValue value when Place.TryNumber(value, out var number) => double.IsFinite(number) ? new(number, null) : Gap,
        JsonValue value when value.TryGetValue(out string? text) => new(double.NaN, text),
        JsonValue value when value.TryGetValue(out bool flag) => new(double.NaN, flag ? "true" : "false"),
        _ => throw new Place(node, $"{name}[{i}]").Wrong("a number, a string or null"),
    };
}

/// <summary>Plotly reads texts as a little HTML. Cells speak plainly.</summary>
internal static class PlotlyText
{
    private static readonly Dictionary<string, string> Entities = new(StringComparer.Ordinal)
    {
        ["amp"] = "&",
        ["lt"] = "<",
        ["gt"] = ">",
        ["quot"] = "\"",
        ["nbsp"] = "\u00a0",
        ["times"] = "×",
        ["plusmn"] = "±",
        ["deg"] = "°",
        ["mu"] = "µ",
    };

    /// <summary>A plain text as plotly takes it; halves of surrogate pairs, which JSON cannot carry, become U+FFFD.</summary>
    public static string Of(string text, [CallerArgumentExpression(nameof(text))] string? argument = null)
    {
        ArgumentNullException.ThrowIfNull(text, argument);
        var whole = string.Concat(text.EnumerateRunes());
        return whole.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
    }

    /// <summary>What of plotly's text a reader sees: its tags are left out, a line break is a space.</summary>
    public static string Plain(string text)
    {
        if (text.AsSpan().IndexOfAny('<', '&') < 0) return text;
        var plain = new System.Text.StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '<' && text.IndexOf('>', i) is > 0 and var close && Tag(text[(i + 1)..close]) is { } seen)
            {
                plain.Append(seen);
                i = close;
            }
            else if (text[i] == '&' && text.IndexOf(';', i) is > 0 and var end && end - i <= 10 && Entities.TryGetValue(text[(i + 1)..end], out var sign))
            {
                plain.Append(sign);
                i = end;
            }
            else plain.Append(text[i]);
        }
        return plain.ToString();
    }

    private static string? Tag(string tag)
    {
        var name = tag.Trim('/', ' ').Split(' ', 2)[0].ToLowerInvariant();
        return name is "br" ? " " : name is "b" or "i" or "u" or "s" or "em" or "strong" or "sub" or "sup" or "span" or "a" ? "" : null;
    }
}
