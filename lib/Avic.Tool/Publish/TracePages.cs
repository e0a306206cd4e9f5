using System.Globalization;
using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool;

/// <summary>
/// A page for each run that a cell of a matrix names. Of what a notebook saved only the schedule and the property's name are
/// read; the run is taken again row by row, and the property looks at its end again.
/// </summary>
internal sealed class TracePages(string page, CancellationToken cancel)
{
    public const string Folder = "traces";

    // Rows are taken, pictures painted and files written for each, and a hostile notebook may name whatever it likes.
    private const int LongestToken = 2000, MostRows = 1000, MostOnPage = 500;

    private readonly Dictionary<(string Token, string Property), string?> _addresses = [];
    private readonly List<(string Name, string Place, Trace Trace)> _runs = [];

    public int Count => _runs.Count;

    /// <summary>The address of the run's page; null if the text is no schedule of a kernel that a name can bring back.</summary>
    /// <param name="place">Where on the page, such as cell-6.</param>
    public string? Address(string place, string token, string property)
    {
        if (token.Length > LongestToken || _addresses.Count >= MostOnPage)
            return _addresses.GetValueOrDefault((token, property));
        if (_addresses.TryGetValue((token, property), out var known))
            return known;
        cancel.ThrowIfCancellationRequested();
        return _addresses[(token, property)] = Run(token, property) is { } run ? Add(place, run) : null;
    }

    private string Add(string place, Trace run)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{Folder}/{page}-{_runs.Count + 1}.html");
        _runs.Add((name, place, run));
        return name;
    }

    private static Trace? Run(string token, string property)
    {
        try
        {
            var scenario = Scenario.Of(token);
            return Schedule.Moves(scenario.Model, token).Count > MostRows ? null
                : Property.Known.FirstOrDefault(known => known.Name == property) is { } asked ? scenario.Replay(token, asked) : scenario.Replay(token);
        }
        catch (ModelException)
        {
            return null;
        }
    }

    /// <param name="title">The article's, plain.</param>
    public IEnumerable<SiteFile> Files(SiteFace site, string title) => _runs.Select(run => new SiteFile(run.Name, Page(run.Trace, run.Place, site, title)));

    private byte[] Page(Trace trace, string place, SiteFace site, string title)
    {
        cancel.ThrowIfCancellationRequested();
        var rows = string.Create(CultureInfo.InvariantCulture, $"{trace.Steps.Count} rows");
        var broken = Property.Known.FirstOrDefault(known => known.Name == trace.Violation);
        var heading = broken is null ? $"A run of {rows}" : $"{broken.Name} is violated in {rows}";
        var lanes = SafeHtml.From(trace.Lanes().ToHtml(), int.MaxValue, (source, alt) => $"<span class=\"figure\">{Figures.Image(source, alt, "svg")}</span>");
        return PageFrame.Bytes(heading, site.Title, "article", $"""
            {site.Header("../", $" · <a href=\"../{page}.html#{place}\">{PageText.Encode(title)}</a>")}
            <div class="sheet">
            <main id="main">
            <article>
            <h1>{PageText.Encode(heading)}</h1>
            <div class="text">
            <p>{PageText.Encode(broken?.Sentence ?? "No property that is known by name is broken at its end.")}</p>
            <p class="note">{PageText.Encode(trace.Title)}</p>
            </div>
            <div class="output">{lanes}</div>
            <div class="text">
            <h2 id="s-mail">As a mail</h2>
            <pre tabindex="0">{PageText.Encode(trace.Mail())}</pre>
            <h2 id="s-again">Again, row by row</h2>
            <pre tabindex="0">avic replay --rows '{PageText.Encode(trace.Token)}'</pre>
            </div>
            </article>
            </main>
            </div>
            """, "../");
    }
}
