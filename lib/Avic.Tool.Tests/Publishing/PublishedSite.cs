using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Avic.Tool.Tests;

/// <summary>A site that a test publishes, and what it looks at there.</summary>
public abstract class PublishedSite : IDisposable
{
    private protected readonly Workplace _place = new();

    public void Dispose()
    {
        _place.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected string Site => _place.Path("site");

    /// <summary>Every file of the site, by name.</summary>
    private protected string[] Files =>
        [.. Directory.EnumerateFiles(Site, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Site, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    private protected static string OurNotebooks
    {
        get
        {
            var house = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(house.FullName, "Avic.slnx")))
                house = house.Parent!;
            return Path.Combine(house.FullName, "notebooks");
        }
    }

    private protected Task<Said> Publish(params string[] words) => Workplace.Avic(["publish", .. words, "--out", Site]);

    /// <summary>A page that a parser of HTML had nothing to complain about.</summary>
    private protected IHtmlDocument Page(string name)
    {
        List<string> wrong = [];
        var parser = new HtmlParser(new HtmlParserOptions { IsKeepingSourceReferences = true });
        parser.Error += (_, e) => wrong.Add(e.ToString()!);
        var page = parser.ParseDocument(File.ReadAllText(Path.Combine(Site, name)));
        Assert.Empty(wrong);
        return page;
    }
}
