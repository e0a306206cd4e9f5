using Avic.Model;

namespace Avic.Notebook;

/// <summary>
/// A run to walk by hand. A cell shows its lanes and its schedule; the page that <c>avic publish</c> makes of it lets the reader be
/// the scheduler there, on a map of the states around.
/// </summary>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class Stepper : IDisplayed
{
    /// <summary>The class of the element that holds property and token, by which publishing finds it.</summary>
    public const string Marker = "avic-stepper";

    private readonly Trace _trace;
    private readonly string _property;

    internal Stepper(Trace trace, Property? property) =>
        (_trace, _property) = (trace, property?.Name ?? trace.Violation ?? Property.ApicAccessIsNeverLost.Name);

    /// <summary>The lanes, and below them the property and the schedule's token.</summary>
    public string ToHtml() =>
        $"<div><details open><summary>The run as lanes</summary>{_trace.Lanes().ToHtml()}</details><p>Property and schedule, for the stepper on the page that avic publish makes: <code class=\"{Marker}\">{Xml.Encode($"{_property} {_trace.Token}")}</code></p></div>";

    /// <summary>The mail block, whose last line is the token.</summary>
    public string ToText() => _trace.Mail();

    /// <inheritdoc/>
    public override string ToString() => ToText();
}
