using System.Net;
using System.Reflection;

namespace Avic.Cells;

/// <summary>A value as text by MIME type.</summary>
/// <remarks>
/// The rule of Verso, which needs no package: a public parameterless <c>string ToHtml()</c> is the picture. Other objects become
/// <see cref="Tables"/>. Notebook files are also read by tools without HTML, so text/plain always goes with it.
/// A public <c>string ToPlotlyJson()</c> is a figure that some fronts can zoom.
/// </remarks>
internal static class Rendering
{
    private const string Html = "text/html";
    private const string Plain = "text/plain";
    private const string Plotly = "application/vnd.plotly.v1+json";

    public static Dictionary<string, string> Of(object? value, string? only = null)
    {
        var all = Of(value);
        if (only is null || only == Plain)
            return only is null ? all : new() { [Plain] = all[Plain] };
        // Whoever wants HTML gets it, also of a number.
        var wanted = all.GetValueOrDefault(only) ?? (only == Html ? WebUtility.HtmlEncode(all[Plain]) : null);
        return wanted is null ? new() { [Plain] = all[Plain] } : new() { [only] = wanted, [Plain] = all[Plain] };
    }

    private static Dictionary<string, string> Of(object? value)
    {
        if (value is null)
            return new() { [Plain] = PlainText.Of(value) };
        if (value is Markup markup)
            return new() { [markup.MimeType] = markup.Text, [Plain] = markup.Text };
        Dictionary<string, string> data = [];
        if (Text(value, "ToHtml") is { } html)
            (data[Html], data[Plain]) = (html, Text(value, "ToText") ?? PlainText.Of(value.ToString()));
        else
        {
            data[Plain] = PlainText.Of(value);
            if (Tables.Html(value) is { } table)
                data[Html] = table;
        }
        if (Text(value, "ToPlotlyJson") is { } figure)
            data[Plotly] = figure;
        return data;
    }

    private static string? Text(object value, string method) =>
        value.GetType().GetMethod(method, BindingFlags.Public | BindingFlags.Instance, []) is { IsGenericMethod: false } found
        && found.ReturnType == typeof(string)
            ? (string?)found.Invoke(value, BindingFlags.DoNotWrapExceptions, null, [], null)
            : null;
}
