using System.Globalization;

namespace Avic.Cells;

/// <summary>The words every cell knows without a using, as notebooks for .NET Interactive have them.</summary>
public static class CellDisplay
{
    // Ids are not saved; a fresh engine must not touch what the one before it had shown.
    private static readonly string Engine = Guid.NewGuid().ToString("n");
    private static int _count;

    /// <summary>Where shown values go; set once, when the engine starts.</summary>
    internal static Action<Shown> Show { get; set; } = _ => throw new InvalidOperationException("display() works in a cell only.");

#pragma warning disable IDE1006 // the names that notebooks already use
    /// <summary>Shows a value below the cell, now.</summary>
    /// <param name="value">What to show.</param>
    /// <param name="mimeType">Only in this form, such as <c>text/html</c>, and as text; null for all forms it has.</param>
    /// <returns>A handle that can change what is shown.</returns>
    public static DisplayedValue display(object? value, string? mimeType = null)
    {
        var id = $"{Engine}.{Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture)}";
        Show(new Shown(Rendering.Of(value, mimeType), IsResult: false, id));
        return new DisplayedValue(id, mimeType);
    }
#pragma warning restore IDE1006

    /// <summary>Shows the value below the cell, now.</summary>
    /// <inheritdoc cref="display"/>
    public static DisplayedValue Display(this object? value, string? mimeType = null) => display(value, mimeType);

    /// <summary>Shows a text that is of this type already, such as <c>text/html</c> or <c>text/markdown</c>.</summary>
    public static DisplayedValue DisplayAs(this string text, string mimeType) => display(new Markup(text, mimeType));

    /// <summary>A text to be shown as the HTML that it is.</summary>
    public static Markup HTML(string html) => new(html, "text/html");
}

/// <summary>Something shown, which can be changed later, also from a later cell.</summary>
public sealed class DisplayedValue
{
    private readonly string _id;
    private readonly string? _mimeType;

    internal DisplayedValue(string id, string? mimeType) => (_id, _mimeType) = (id, mimeType);

    /// <summary>Shows another value in place of what is shown.</summary>
    public void Update(object? value) => CellDisplay.Show(new Shown(Rendering.Of(value, _mimeType), IsResult: false, _id, IsUpdate: true));
}

/// <summary>A text with its MIME type.</summary>
public sealed class Markup
{
    internal Markup(string text, string mimeType) => (Text, MimeType) = (text, mimeType);

    internal string Text { get; }

    internal string MimeType { get; }

    /// <summary>The text where it is HTML; otherwise as it reads.</summary>
    public string ToHtml() => MimeType == "text/html" ? Text : $"<pre>{System.Net.WebUtility.HtmlEncode(Text)}</pre>";

    /// <summary>The text as it was written.</summary>
    public override string ToString() => Text;
}
