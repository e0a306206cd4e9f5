namespace Avic.Tool.Tests;

/// <summary>One notebook of slips, run once.</summary>
public sealed class ManySlips : IAsyncLifetime
{
    private readonly Workplace _place = new();

    public Task InitializeAsync() => Workplace.Avic("run", "--keep-going", _place.Notebook("slips.ipynb", [.. SlipFacts.Cells]));

    public string ErrorOf(string cell) => (string?)Assert.Single(_place.Outputs("slips.ipynb", Array.IndexOf(SlipFacts.Cells, cell) + 1))!["evalue"] ?? "";

    public Task DisposeAsync()
    {
        _place.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>A name that the compiler does not know is answered with the one that was meant.</summary>
public sealed class SlipFacts(ManySlips run) : IClassFixture<ManySlips>
{
    private const string Setting = """
        class Trace { public void Draw() { } }
        class Verdict { public Trace Counterexample => new(); public string Words => ""; public static int Best => 1; }
        static int Lanes(this Trace trace) => 1;
        var race = new Verdict();
        class Named { public Verdict Verdict => new(); }
        var named = new Named();
        """;

    /// <summary>A cell, and how what is said of it ends.</summary>
    public static readonly TheoryData<string, string> Slips = new()
    {
        { "race.Wrods", "Did you mean Words?" },
        { "named?.Vredict", "Did you mean Verdict?" },
        { "Math.Flooor(1.5)", "Did you mean Floor?" },
        { "Verdict.Bset", "Did you mean Best?" },
        { "rase", "Did you mean race?" },
        { "Vredict[] many = [];", "Did you mean Verdict?" },
        { "race.Draw()", "Did you mean race.Counterexample.Draw?" },
        { "named.Verdict.Draw()", "Did you mean named.Verdict.Counterexample.Draw?" },
        { "race.Lanes()", "Did you mean race.Counterexample.Lanes?" },
        { "named.Verdict.Lanes()", "Did you mean named.Verdict.Counterexample.Lanes?" },
        { "race.Best", "Did you mean Verdict.Best?" },
        { "Stopwatch.StartNew()", "It needs: using System.Diagnostics;" },
        { "ConcurrentQueue<int> queue = new();", "It needs: using System.Collections.Concurrent;" },
        { "race.Nothing", "(are you missing a using directive or an assembly reference?)" },
        { "race.", "error CS1001: Identifier expected" },
    };

    public static readonly string[] Cells = [Setting, .. Slips.Select(row => (string)row[0])];

    [Theory]
    [MemberData(nameof(Slips))]
    public void A_slip_is_answered_with_what_was_meant(string cell, string end) => Assert.EndsWith(end, run.ErrorOf(cell));
}
