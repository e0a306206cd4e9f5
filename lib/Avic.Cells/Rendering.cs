using System.Reflection;

namespace Avic.Cells;

/// <summary>A value as text by MIME type.</summary>
/// <remarks>
/// The rule of Verso, which needs no package: a public parameterless <c>string ToHtml()</c> is the picture. Notebook files are
/// also read by tools without HTML, so text/plain always goes with it.
/// </remarks>
internal static class Rendering
{
    public static Dictionary<string, string> Of(object? value)
    {
        if (Text(value, "ToHtml") is not { } html)
            return new() { ["text/plain"] = PlainText.Of(value) };
        return new() { ["text/html"] = html, ["text/plain"] = Text(value, "ToText") ?? PlainText.Of(value!.ToString()) };
    }

    private static string? Text(object? value, string method) =>
        value?.GetType().GetMethod(method, BindingFlags.Public | BindingFlags.Instance, []) is { IsGenericMethod: false } found
        && found.ReturnType == typeof(string)
            ? (string?)found.Invoke(value, BindingFlags.DoNotWrapExceptions, null, [], null)
            : null;
}
