using System.Text;
using System.Text.RegularExpressions;

namespace Avic.Tool;

/// <summary>What a cell left behind, as HTML. All of it is taken for hostile.</summary>
internal sealed partial class OutputHtml(Figures figures, Steppers steppers, TracePages traces, Func<string, string> markdown)
{
    /// <summary>Nobody reads more of one output; the notebook has it whole.</summary>
    private const int MostText = 100_000;

    /// <summary>Beyond this many signs, HTML is not looked at.</summary>
    private const int LongestHtml = 20_000_000;

    private static readonly string[] Pictures = ["image/svg+xml", "image/png", "image/jpeg", "image/gif"];

    public string Of(SavedOutput output, int cell) => output switch
    {
        SavedStream { Name: "stderr" } errors => Labelled("written to stderr", Pre(errors.Text)),
        SavedStream stream => Pre(stream.Text),
        SavedError error => Labelled("error", Pre(error.Text)),
        SavedData { Data: var data } => Best(data, $"cell-{cell}"),
        _ => "",
    };

    // The richest representation that leaves something to see.
    private string Best(IReadOnlyDictionary<string, string> data, string place)
    {
        List<string> marked = [];
        if (data.TryGetValue("text/html", out var html) && html.Length <= LongestHtml
            && SafeHtml.From(html, MostText, (source, alt) => Picture(place, source, alt), marked.Add, (token, property) => traces.Address(place, token, property)) is { Length: > 0 } safe)
            return string.Concat(marked.Select(text => steppers.Html(place, text))) + safe;
        foreach (var type in Pictures)
            if (data.TryGetValue(type, out var picture)
                && figures.Html(place, type, type == "image/svg+xml" ? Convert.ToBase64String(Encoding.UTF8.GetBytes(picture)) : picture, $"Picture of {place.Replace('-', ' ')}") is { } image)
                return image;
        if (data.TryGetValue("text/markdown", out var prose))
            return markdown(prose);
        foreach (var type in (string[])["text/plain", "text/latex", "application/json"])
            if (data.TryGetValue(type, out var text))
                return Pre(text);
        return data.Count == 0 ? "" : $"<p class=\"note\">An output of type {PageText.Encode(data.Keys.Order(StringComparer.Ordinal).First())}, which this page cannot show.</p>";
    }

    private string? Picture(string place, string source, string alt) =>
        DataAddress().Match(source) is { Success: true } data
            ? figures.Html(place, data.Groups[1].Value.ToLowerInvariant(), data.Groups[2].Value, alt.Length > 0 ? alt : $"Picture of {place.Replace('-', ' ')}")
            : null;

    private static string Labelled(string label, string html) => $"<div class=\"trouble\"><p class=\"label\">{label}</p>{html}</div>";

    private static string Pre(string text)
    {
        var seen = Terminal(text).TrimEnd('\n');
        var cut = seen.Length > MostText ? seen[..MostText] : seen;
        var note = seen.Length > MostText ? $"<p class=\"note\">The first {MostText / 1000} thousand signs; the notebook has the rest.</p>" : "";
        return seen.Length == 0 ? "" : $"<pre tabindex=\"0\">\n{PageText.Encode(cut)}</pre>{note}";
    }

    // Colours of a terminal are left out. Its escape sign has become U+FFFD at the door.
    private static string Terminal(string text) => Colours().Replace(text, "");

    [GeneratedRegex(@"^\s*data:(image/(?:svg\+xml|png|jpeg|gif));base64,([A-Za-z0-9+/=\s]+)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex DataAddress();

    [GeneratedRegex("\uFFFD\\[[0-9;]*[A-Za-z]", RegexOptions.CultureInvariant)]
    private static partial Regex Colours();
}
