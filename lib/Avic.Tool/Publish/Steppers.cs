using Avic.Model;

namespace Avic.Tool;

/// <summary>
/// What on a page can be stepped by hand. Of what a notebook saved only the names of a property and a schedule are read;
/// all else is worked out from them, again.
/// </summary>
internal sealed class Steppers(string page, CancellationToken cancel)
{
    public const string Folder = "maps";

    // Exploring so many states takes seconds, and a hostile notebook may ask for the largest machine there is.
    private const int MostStates = 1_000_000, MostOnPage = 8, LongestText = 4000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<SiteFile> _files = [];
    private readonly HashSet<string> _ids = [];
    private int _asked;

    public IReadOnlyList<SiteFile> Files => _files;

    /// <summary>Where the stepper will stand, or a word why there is none.</summary>
    /// <param name="place">Where on the page, such as cell-6.</param>
    /// <param name="asked">A property's name and a schedule's token, with a space between.</param>
    public string Html(string place, string asked)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        time.CancelAfter(Patience);
        try
        {
            if (++_asked > MostOnPage)
                return Word($"a page has up to {MostOnPage} runs to step");
            if (asked.Length > LongestText || asked.Trim().Split(' ') is not [var property, var token])
                return Word("a property and a token were expected here");
            using var map = StateMap.Around(token, Property.ByName(property), MostStates, time.Token);
            var name = place.Replace("cell", "stepper", StringComparison.Ordinal);
            var id = name;
            for (var i = 2; !_ids.Add(id); i++)
                id = $"{name}-{i}";
            _files.Add(new($"{Folder}/{page}-{id}.js", StepperMap.Script(id, map)));
            return $"<div class=\"stepper\" id=\"{id}\"></div>";
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Word($"exploring around it took longer than {Patience.TotalSeconds:0} seconds");
        }
        // A schedule that somebody made up may lead a row anywhere.
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException))
        {
            return Word(e.Message.ReplaceLineEndings(" "));
        }
    }

    private static string Word(string why) => $"<p class=\"note\">Not to be stepped by hand: {PageText.Encode(PageText.Clean(why))}</p>";
}
