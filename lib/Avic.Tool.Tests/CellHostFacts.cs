using System.Diagnostics;
using System.Threading.Channels;
using Avic.Cells;

namespace Avic.Tool.Tests;

/// <summary>What somebody who works in a notebook can count on while cells run, hang and die.</summary>
[Collection(nameof(WithoutCompany))]
public sealed class CellHostFacts : IAsyncLifetime
{
    // Only a test that fails waits this long.
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly Workplace _place = new();
    private readonly Channel<Message> _said = Channel.CreateUnbounded<Message>();
    private CellHost _host = null!;

    public Task InitializeAsync()
    {
        _host = new CellHost(_place.Folder, _ => { });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _place.Dispose();
    }

    [Fact]
    public async Task Cells_share_variables_and_each_cells_messages_come_in_order()
    {
        Assert.Equal(CellEnd.Done, await Run(1, "Console.Write(\"a\"); display(1); Console.Error.Write(\"b\"); var x = 2;"));
        Assert.Equal(["stdout a", "1", "stderr b"], Told());
        Assert.Equal(CellEnd.Done, await Run(2, "x + 1"));
        Assert.Equal(["3"], Told());
    }

    [Fact]
    public async Task A_cell_that_cannot_be_interrupted_loses_its_process_and_says_what_was_lost()
    {
        await Run(1, "var x = 1;");
        var running = Run(2, "Console.WriteLine(\"begun\"); while (true) { }");
        await Until(m => m is Written);
        var clock = Stopwatch.StartNew();

        _host.Interrupt();
        _host.Interrupt();   // impatience does not lengthen the wait

        var failed = Assert.IsType<Failed>(await Until(m => m is Failed));
        var waited = clock.Elapsed;
        Assert.Equal(("Interrupted", CellEnd.Died), (failed.Name, await running.WaitAsync(Long)));
        Assert.Equal("the cell did not stop when it was interrupted, so its process was ended; all variables are gone; run the cells above again", failed.Value);
        Assert.InRange(waited, CellHost.Patience - TimeSpan.FromMilliseconds(50), CellHost.Patience + TimeSpan.FromSeconds(5));
        Assert.True(await _host.Ready(CancellationToken.None));
        await Run(3, "x");
        Assert.Contains("CS0103", Assert.Single(Told()));
        await Run(4, "1 + 1");
        Assert.Equal(["2"], Told());
    }

    [Fact]
    public async Task A_cell_that_ends_its_process_is_told_and_a_fresh_engine_goes_on()
    {
        Assert.Equal(CellEnd.Died, await Run(1, "Console.Write(\"last\"); Environment.Exit(3);"));
        Assert.Equal(["stdout last", "EngineEnded: the engine ended (exit code 3); all variables are gone; run the cells above again"], Told());
        await Run(2, "\"fresh\"");
        Assert.Equal(["fresh"], Told());
    }

    [Fact]
    public async Task A_child_process_that_outlives_the_engine_holds_nobody_up()
    {
        if (OperatingSystem.IsWindows())
            return;   // there is no `sleep` there
        var running = Run(1, "var child = System.Diagnostics.Process.Start(\"sleep\", \"60\"); Console.WriteLine(child.Id); Environment.Exit(0);");
        var child = int.Parse(((Written)await Until(m => m is Written)).Text, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(CellEnd.Died, await running.WaitAsync(Long));
        using var left = Process.GetProcessById(child);
        left.Kill();
    }

    [Fact]
    public async Task Where_what_was_said_could_not_be_taken_the_turn_is_over()
    {
        await Assert.ThrowsAsync<FormatException>(() => _host.Run(1, "Console.Write(1);", _ => throw new FormatException(), CancellationToken.None));
        _host.Interrupt();   // nobody's turn: nothing of the last one is touched
        await Run(2, "2");
        Assert.Contains("2", Told());
    }

    [Fact]
    public async Task An_interrupt_between_cells_does_nothing()
    {
        await Run(1, "var x = 1;");
        _host.Interrupt();
        await Run(2, "x");
        Assert.Equal(["1"], Told());
    }

    [Fact]
    public async Task A_read_asks_and_gets_the_line()
    {
        var running = Run(1, "var name = Console.ReadLine(); var first = Console.Read(); var rest = Console.ReadLine(); var end = Console.ReadLine();\n$\"{name}|{(char)first}|{rest}|{end ?? \"null\"}\"");
        foreach (var line in new[] { "é\"☃", "xyz", null })
        {
            await Until(m => m is Asked);
            _host.Answer(line);
        }
        Assert.Equal(CellEnd.Done, await running.WaitAsync(Long));
        Assert.Equal(["é\"☃|x|yz|null"], Told());
    }

    [Fact]
    public async Task A_cell_interrupted_while_it_waits_for_a_line_keeps_its_variables()
    {
        var running = Run(1, "var x = 7; Console.ReadLine();");
        await Until(m => m is Asked);

        _host.Interrupt();

        Assert.Equal("Interrupted", Assert.IsType<Failed>(await Until(m => m is Failed)).Name);
        Assert.Equal(CellEnd.Done, await running.WaitAsync(Long));
        _host.Answer("late");   // to nobody
        var second = Run(2, "Console.ReadLine() + x");
        await Until(m => m is Asked);
        _host.Answer("second");
        await second;
        Assert.Equal(["second7"], Told());
    }

    [Fact]
    public async Task Questions_are_answered_while_a_cell_runs()
    {
        var running = Run(1, "Console.ReadLine();");
        await Until(m => m is Asked);
        var asked = new[] { "1 + 1", "if (x) {", "  foreach (var i in l) {\n    f(", "var 1 = 2;" };

        var answers = await Task.WhenAll(asked.Select(code => _host.Ask<Judged>(n => new IsWhole(n, code), CancellationToken.None))).WaitAsync(Long);

        Assert.Equal(["complete", "incomplete", "incomplete", "invalid"], answers.Select(a => a!.Status));
        Assert.Equal(["", "    ", "    ", ""], answers.Select(a => a!.Indent));
        Assert.False(running.IsCompleted);
        _host.Answer(null);
        await running;
    }

    [Fact]
    public async Task A_question_to_a_lost_engine_is_answered_with_nothing()
    {
        var running = Run(1, "Console.ReadLine(); while (true) { }");
        await Until(m => m is Asked);
        var asked = _host.Ask<Judged>(_ => new Message(), CancellationToken.None);   // one that nobody knows

        await _host.Restart(CancellationToken.None);

        Assert.Null(await asked.WaitAsync(Long));
        Assert.Equal(CellEnd.Died, await running.WaitAsync(Long));
    }

    [Fact]
    public async Task A_restart_ends_the_cell_at_hand_and_forgets_everything()
    {
        await Run(1, "var x = 1;");
        var running = Run(2, "Console.WriteLine(\"begun\"); while (true) { }");
        await Until(m => m is Written);

        await _host.Restart(CancellationToken.None);

        Assert.Equal(CellEnd.Died, await running.WaitAsync(Long));
        Assert.Equal(["Restarted: the engine was restarted while the cell ran; all variables are gone; run the cells above again"], Told());
        await Run(3, "x");
        Assert.Contains("CS0103", Assert.Single(Told()));
    }

    [Fact]
    public async Task A_cell_given_up_is_ended_and_the_next_one_runs()
    {
        using var cancel = new CancellationTokenSource();
        var running = _host.Run(1, "Console.WriteLine(\"begun\"); while (true) { }", Hear, cancel.Token);
        await Until(m => m is Written);

        cancel.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Long));
        await Run(2, "2");
        Assert.Equal(["2"], Told());
    }

    private static readonly string Library = $"#r \"{Path.Combine(AppContext.BaseDirectory, "Avic.Model.dll")}\"\nusing Avic.Model;\n"
        + "var race = Scenario.Parse(Linux.V5_15, \"3,1W32,2W32,+4-4+4,+5-5+5\");";

    // Each of these would take minutes at least.
    [Theory]
    [InlineData("race.Check(Property.ApicAccessIsNeverLost)", "UNKNOWN")]
    [InlineData("race.Explore()", "incomplete: cancelled at depth ")]
    [InlineData("race.Ablate(Property.All)", "?")]
    public async Task An_interrupted_exploration_gives_its_partial_verdict(string work, string partial)
    {
        await Run(1, Library);
        Assert.Empty(Told());
        var running = Run(2, work);
        var progress = (Progressed)await Until(m => m is Progressed);

        _host.Interrupt();

        // Done, not died: it ended by itself, before the host lost its patience.
        Assert.Equal(CellEnd.Done, await running.WaitAsync(Long));
        Assert.Contains(partial, Told()[^1]);
        Assert.Matches(@"^\d{1,3}( \d{3})* states, level \d+, \d{1,3}( \d{3})* to expand$|^\d+ of \d+ edits$", progress.Text);
    }

    [Fact]
    public async Task A_caller_with_its_own_progress_and_cancel_can_be_interrupted_too()
    {
        await Run(1, Library);
        var running = Run(2, "var told = 0; var own = new System.Threading.CancellationTokenSource();\n"
            + "race.Explore(new() { Cancel = own.Token, Progress = _ => { if (told++ == 0) Console.WriteLine(\"going\"); } }).Complete");
        await Until(m => m is Written);
        _host.Interrupt();
        Assert.Equal(CellEnd.Done, await running.WaitAsync(Long));
        Assert.Equal("False", Told()[^1]);
    }

    private Task<CellEnd> Run(int cell, string code) => _host.Run(cell, code, Hear, CancellationToken.None);

    private void Hear(Message message) => _said.Writer.TryWrite(message);

    private async Task<Message> Until(Func<Message, bool> wanted)
    {
        using var limit = new CancellationTokenSource(Long);
        while (true)
            if (await _said.Reader.ReadAsync(limit.Token) is var message && wanted(message))
                return message;
    }

    /// <summary>What was said since somebody last looked.</summary>
    private List<string> Told()
    {
        List<string> told = [];
        while (_said.Reader.TryRead(out var message))
            told.Add(message switch
            {
                Written written => $"{written.Stream} {written.Text}",
                Shown shown => shown.Data["text/plain"].TrimEnd(),
                Failed failed => $"{failed.Name}: {failed.Value}",
                _ => message.ToString(),
            });
        return told;
    }
}
