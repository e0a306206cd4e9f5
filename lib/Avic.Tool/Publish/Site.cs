using System.Globalization;

namespace Avic.Tool;

/// <summary>
/// A folder of pages made of executed notebooks, and of the texts (.md) beside them: README.md is the front page, and to
/// glossary.md and sources.md every page leads. The same files make the same bytes.
/// </summary>
/// <param name="title">Plain; null for the front page's own.</param>
internal sealed class Site(string? title, string folder, TextWriter progress)
{
    /// <summary>What a reader on a slow line can be asked to wait for.</summary>
    private const int MostBytesOfPage = 2_000_000;

    /// <exception cref="NotebookException">A notebook cannot be read, or the folder holds something else. Then nothing was written.</exception>
    public void Publish(IReadOnlyList<string> given, CancellationToken cancel)
    {
        var target = new SiteFolder(folder);
        target.Check();
        List<SiteSource> sources = [.. Notebooks(given), .. SiteSource.Texts(given)];
        var names = new PageNames();
        var pages = sources.ToDictionary(source => source.Full, source => source.Role == SiteRole.Front ? PageNames.Index : names.For(source.Under));
        var glossary = sources.Find(source => source.Role == SiteRole.Glossary) is { } terms ? Glossary.Of(pages[terms.Full], terms.Read()) : null;
        List<(SiteSource Source, Article Article)> written = [.. sources.Select(source => (source, Article(source, pages, glossary, cancel)))];
        var site = new SitePages(title, written);
        var front = site.Index();
        List<SiteFile> files = [.. SiteAssets.All(), SearchIndex.Of(written.Select(page => page.Article)), front];
        foreach (var (source, article) in written)
        {
            var page = source.Role == SiteRole.Front ? front : site.Page(article);
            if (page.Bytes.Length > MostBytesOfPage)
                throw new NotebookException($"{source.Path}: its page would have {Size(page)}, and {MostBytesOfPage / 1_000_000} MB is the most; split it or print less");
            if (source.Role != SiteRole.Front)
                files.Add(page);
            files.AddRange([.. article.Figures, .. article.Maps, .. article.Traces.Files(site.Face, article.Title)]);
            progress.WriteLine($"{source.Path}  {page.Name}  {Size(page)}, {article.Figures.Count} pictures{(article.Maps.Count > 0 ? $", {article.Maps.Count} to step" : "")}{(article.Traces.Count > 0 ? $", {article.Traces.Count} traces" : "")}");
        }
        target.Write(files, cancel);
    }

    private Article Article(SiteSource source, Dictionary<string, string> pages, Glossary? glossary, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var notebook = source.Read();
        if (notebook.IsWithoutOutputs)
            progress.WriteLine($"{source.Path}  has no outputs, and is published without; to have them: avic run {source.Path}");
        if (notebook.Failed is { } failed)
            progress.WriteLine($"{source.Path}  cell {failed.Number} ended with an error, and is published with it");
        // What explains the terms needs no links to itself.
        return ArticleWriter.Write(notebook, pages[source.Full], new PageLinks(source.Full, pages), source.Role == SiteRole.Glossary ? null : glossary, cancel);
    }

    private List<SiteSource> Notebooks(IReadOnlyList<string> given)
    {
        List<SiteSource> all = [];
        foreach (var notebook in NotebookPaths.Find(given))
        {
            // A text notebook holds no outputs; its run is saved beside it.
            var executed = Path.ChangeExtension(notebook.Path, ".ipynb");
            if (notebook.IsFound && File.Exists(executed) && NotebookBytes.Read(executed).AsSpan().IndexOf("BEGIN SOLUTION"u8) >= 0)
                progress.WriteLine($"{notebook.Path}  not published: it holds solutions; to publish them all the same: avic publish {notebook.Path}");
            else if (File.Exists(executed))
                all.Add(new(SiteRole.Notebook, executed, notebook.Under));
            else
                progress.WriteLine($"{notebook.Path}  not published: it holds no outputs; to have them: avic run {notebook.Path}");
        }
        // A notebook named twice is one page, at its first place.
        return all.Count > 0 ? [.. all.DistinctBy(n => n.Full)] : throw new NotebookException("no executed notebook (.ipynb) to publish");
    }

    private static string Size(SiteFile page) => string.Create(CultureInfo.InvariantCulture, $"{(page.Bytes.Length + 999) / 1000} kB");
}
