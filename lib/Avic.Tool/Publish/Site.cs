using System.Globalization;

namespace Avic.Tool;

/// <summary>A folder of pages made of executed notebooks. The same notebooks make the same bytes.</summary>
internal sealed class Site(string title, string folder, TextWriter progress)
{
    /// <summary>What a reader on a slow line can be asked to wait for.</summary>
    private const int MostBytesOfPage = 2_000_000;

    /// <exception cref="NotebookException">A notebook cannot be read, or the folder holds something else. Then nothing was written.</exception>
    public void Publish(IEnumerable<string> given, CancellationToken cancel)
    {
        var target = new SiteFolder(folder);
        target.Check();
        List<Article> articles = [];
        var notebooks = Notebooks(given);
        var names = new PageNames();
        var pages = notebooks.ToDictionary(n => n.Full, n => names.For(n.Under));
        foreach (var (path, full, _) in notebooks)
        {
            cancel.ThrowIfCancellationRequested();
            var notebook = SavedNotebook.Read(path, NotebookBytes.Read(path));
            if (notebook.IsWithoutOutputs)
                progress.WriteLine($"{path}  has no outputs, and is published without; to have them: avic run {path}");
            if (notebook.Failed is { } failed)
                progress.WriteLine($"{path}  cell {failed.Number} ended with an error, and is published with it");
            articles.Add(ArticleWriter.Write(notebook, pages[full], new PageLinks(full, pages), cancel));
        }
        var site = new SitePages(title, articles);
        List<SiteFile> files = [.. SiteAssets.All(), site.Index()];
        for (var i = 0; i < articles.Count; i++)
        {
            var page = site.Page(i);
            if (page.Bytes.Length > MostBytesOfPage)
                throw new NotebookException($"{notebooks[i].Path}: its page would have {Size(page)}, and {MostBytesOfPage / 1_000_000} MB is the most; split it or print less");
            files.AddRange([page, .. articles[i].Figures, .. articles[i].Maps, .. articles[i].Traces.Files(title, articles[i].Title)]);
            progress.WriteLine($"{notebooks[i].Path}  {page.Name}  {Size(page)}, {articles[i].Figures.Count} pictures{(articles[i].Maps.Count > 0 ? $", {articles[i].Maps.Count} to step" : "")}{(articles[i].Traces.Count > 0 ? $", {articles[i].Traces.Count} traces" : "")}");
        }
        target.Write(files, cancel);
    }

    private List<(string Path, string Full, string Under)> Notebooks(IEnumerable<string> given)
    {
        List<(string Path, string Full, string Under)> all = [];
        foreach (var notebook in NotebookPaths.Find(given))
        {
            // A text notebook holds no outputs; its run is saved beside it.
            var executed = Path.ChangeExtension(notebook.Path, ".ipynb");
            if (notebook.IsFound && File.Exists(executed) && NotebookBytes.Read(executed).AsSpan().IndexOf("BEGIN SOLUTION"u8) >= 0)
                progress.WriteLine($"{notebook.Path}  not published: it holds solutions; to publish them all the same: avic publish {notebook.Path}");
            else if (File.Exists(executed))
                all.Add((executed, Path.GetFullPath(executed), notebook.Under));
            else
                progress.WriteLine($"{notebook.Path}  not published: it holds no outputs; to have them: avic run {notebook.Path}");
        }
        // A notebook named twice is one page, at its first place.
        return all.Count > 0 ? [.. all.DistinctBy(n => n.Full)] : throw new NotebookException("no executed notebook (.ipynb) to publish");
    }

    private static string Size(SiteFile page) => string.Create(CultureInfo.InvariantCulture, $"{(page.Bytes.Length + 999) / 1000} kB");
}
