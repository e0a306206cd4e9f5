using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Avic.Tool.Tests;

/// <summary>The site of the whole course, published once for all that is asked of it.</summary>
public sealed class CourseSite : IAsyncLifetime
{
    private readonly Workplace _place = new();
    private readonly Dictionary<string, IHtmlDocument> _pages = [];

    public string Folder => _place.Path("site");

    /// <summary>All pages but those of single runs.</summary>
    public string[] Pages { get; private set; } = [];

    public async Task InitializeAsync()
    {
        var said = await Workplace.Avic("publish", Path.Combine(Document.House, "notebooks"), "--out", Folder);
        Assert.True(said.Exit == 0, said.Error);
        Pages = [.. Directory.GetFiles(Folder, "*.html").Select(page => Path.GetFileName(page)!).Order(StringComparer.Ordinal)];
    }

    public Task DisposeAsync()
    {
        _place.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>On disk, where browsers allow least.</summary>
    public string Address(string page) => new Uri(Path.Combine(Folder, page)).AbsoluteUri;

    internal IHtmlDocument Page(string name) =>
        _pages.TryGetValue(name, out var known) ? known : _pages[name] = new HtmlParser().ParseDocument(File.ReadAllText(Path.Combine(Folder, name)));
}
