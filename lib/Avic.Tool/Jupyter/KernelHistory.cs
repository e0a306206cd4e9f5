using System.IO.Enumeration;
using System.Text.Json.Nodes;

namespace Avic.Tool;

/// <summary>The cells run in this session, for clients that ask for earlier input. Nothing is kept beyond the session.</summary>
internal sealed class KernelHistory
{
    private const int Session = 1;

    private readonly List<Entry> _entries = [];

    public void Add(int number, string source, string? result) => _entries.Add(new(number, source, result));

    /// <summary>The content of a history_reply.</summary>
    public JsonObject Answer(WireMessage request)
    {
        var withOutput = request.Flag("output", false);
        var found = request.Text("hist_access_type") switch
        {
            "tail" => _entries.TakeLast(Most(request)),
            // 0 is the current session, as in IPython; there is no other.
            "range" => request.Number("session", 0) is 0 or Session
                ? _entries.Where(e => e.Number >= request.Number("start", 0) && e.Number < request.Number("stop", int.MaxValue))
                : [],
            "search" => Search(request.Text("pattern", "*"), request.Flag("unique", false)).TakeLast(Most(request)),
            var other => throw new FormatException($"hist_access_type is {other}; tail, range and search are known"),
        };
        return new()
        {
            ["status"] = "ok",
            ["history"] = new JsonArray([.. found.Select(e =>
                new JsonArray(Session, e.Number, withOutput ? new JsonArray(e.Source, e.Result) : JsonValue.Create(e.Source)))]),
        };
    }

    // A source that comes again counts where it came last.
    private IEnumerable<Entry> Search(string pattern, bool unique)
    {
        var found = _entries.Where(e => FileSystemName.MatchesSimpleExpression(pattern, e.Source, ignoreCase: false));
        return unique ? found.Reverse().DistinctBy(e => e.Source).Reverse() : found;
    }

    private static int Most(WireMessage request) => request.Number("n", int.MaxValue);

    private sealed record Entry(int Number, string Source, string? Result);
}
