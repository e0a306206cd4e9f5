namespace Avic.Model;

/// <summary>Something a cell shows: in HTML where a page is, in text everywhere.</summary>
public interface IDisplayed
{
    /// <summary>Self-contained HTML, every string encoded; no script, style block or link.</summary>
    string ToHtml();

    /// <summary>The same for mails and terminals, in letters of equal width.</summary>
    string ToText();
}
