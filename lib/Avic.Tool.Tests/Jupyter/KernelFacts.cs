using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Avic.Tool.Tests;

/// <summary>What a Jupyter client can count on. One kernel for all facts: they come one after the other.</summary>
public sealed class KernelFacts : IAsyncLifetime, IClassFixture<KernelFacts.Shared>
{
    private readonly Shared _shared;
    private KernelClient _client = null!;

    public KernelFacts(Shared shared) => _shared = shared;

    public async Task InitializeAsync() => _client = await _shared.Client();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Outputs_come_in_order_between_busy_and_idle_before_the_reply_is_done()
    {
        var (reply, told) = await _client.Run("Console.Write(\"a\"); display(1); Console.Error.Write(\"b\"); 6 * 7");

        var count = reply["execution_count"].GetInt32();
        Assert.Equal([$"in[{count}]", "stdout a", "shown 1", "stderr b", $"out[{count}] 42"], told.Select(m => m.ToString()));
        Assert.Equal("ok", reply.Text("status"));
        Assert.Equal(0, reply["payload"].GetArrayLength());
    }

    [Fact]
    public async Task A_silent_cell_says_nothing_and_does_not_count()
    {
        var before = await Count();
        var (reply, told) = await _client.Run("Console.Write(\"a\"); var silent = 5; silent", new() { ["silent"] = true });
        Assert.Empty(told);
        Assert.Equal("ok", reply.Text("status"));

        var failed = await _client.Run("throw null;", new() { ["silent"] = true });
        Assert.Empty(failed.Told);
        Assert.Equal("NullReferenceException", failed.Reply.Text("ename"));

        var (_, unstored) = await _client.Run("silent", new() { ["store_history"] = false });
        Assert.Equal([$"in[{before}]", $"out[{before}] 5"], unstored.Select(m => m.ToString()));
        Assert.Equal(before, await Count());
    }

    [Fact]
    public async Task An_error_aborts_the_cells_behind_it_and_no_other_request()
    {
        var failing = _client.Send("execute_request", KernelClient.Cell("throw new InvalidOperationException(\"no\");"));
        var behind = _client.Send("execute_request", KernelClient.Cell("Console.Write(\"must not run\");"));
        var info = _client.Send("comm_info_request", []);
        var alsoBehind = _client.Send("execute_request", KernelClient.Cell("1"));

        Assert.Equal("error", (await _client.Reply(failing)).Text("status"));
        Assert.Equal("aborted", (await _client.Reply(behind)).Text("status"));
        Assert.Equal(["busy", "idle"], (await _client.Told(behind)).Select(m => m.ToString()));
        Assert.Equal("aborted", (await _client.Reply(alsoBehind)).Text("status"));
        Assert.Equal("ok", (await _client.Reply(info)).Text("status"));
        Assert.Equal("ok", (await _client.Run("1")).Reply.Text("status"));
    }

    [Fact]
    public async Task With_stop_on_error_false_the_cells_behind_an_error_run()
    {
        var failing = _client.Send("execute_request", KernelClient.Cell("throw null;", new() { ["stop_on_error"] = false }));
        var behind = _client.Send("execute_request", KernelClient.Cell("1"));

        Assert.Equal("error", (await _client.Reply(failing)).Text("status"));
        Assert.Equal("ok", (await _client.Reply(behind)).Text("status"));
    }

    [Fact]
    public async Task User_expressions_are_evaluated_after_the_cell_each_with_its_own_error()
    {
        var (reply, _) = await _client.Run("var answer = 42;", new() { ["user_expressions"] = new JsonObject { ["a"] = "answer + 1", ["b"] = "nowhere" } });

        var values = reply["user_expressions"];
        Assert.Equal("43", values.GetProperty("a").GetProperty("data").GetProperty("text/plain").GetString());
        Assert.Equal("error", values.GetProperty("b").GetProperty("status").GetString());
        Assert.Contains("nowhere", values.GetProperty("b").GetProperty("evalue").GetString());
    }

    [Fact]
    public async Task A_cell_that_reads_a_line_asks_the_client_that_sent_it()
    {
        await using var other = await KernelClient.Dial(_client.Kernel.Ports.Stdin, "DEALER", "another client"u8.ToArray());
        var id = _client.Send("execute_request", KernelClient.Cell("Console.ReadLine() + \"!\"", new() { ["allow_stdin"] = true }));

        var question = await _client.Question();
        Assert.Equal(("input_request", id), (question.Type, question.Parent));
        Assert.False(question["password"].GetBoolean());
        _client.SendLine("zwölf 🙂");

        Assert.EndsWith(" zwölf 🙂!", (await _client.Told(id))[^2].ToString());
        Assert.Equal("ok", (await _client.Reply(id)).Text("status"));
    }

    [Fact]
    public async Task Without_allow_stdin_a_cell_that_reads_is_told_as_an_error()
    {
        var (reply, told) = await _client.Run("Console.Write(Console.ReadLine().Length);", new() { ["allow_stdin"] = false });

        Assert.Equal(["error NotSupportedException"], told.Skip(1).Select(m => m.ToString()));
        Assert.Equal("the cell asked for a line, and nobody can be asked here (allow_stdin is false)", reply.Text("evalue"));
    }

    [Fact]
    public async Task What_of_a_cell_is_not_run_is_told_in_the_cell()
    {
        var (reply, told) = await _client.Run("#!time\n1\n#!fsharp\nlet x = 1");

        Assert.Equal("ok", reply.Text("status"));
        Assert.Equal(["#!time is for another host, ignored", "shown 1", "#!fsharp is skipped: only C# runs here"], told.Skip(1).Select(m => Regex.Replace(m.ToString(), @"^stderr cell \d+: ", "")));
    }

    [Fact]
    public async Task An_interrupt_ends_the_wait_for_a_line()
    {
        var id = _client.Send("execute_request", KernelClient.Cell("var line = Console.ReadLine();"));
        await _client.Question();

        Assert.Equal("ok", (await _client.Ask("interrupt_request", [], control: true)).Reply.Text("status"));

        Assert.Equal("error", (await _client.Reply(id)).Text("status"));
        Assert.Equal("ok", (await _client.Run("1")).Reply.Text("status"));
    }

    [Fact]
    public async Task A_tight_loop_ends_within_two_seconds_and_the_loss_is_told_while_control_answers()
    {
        await _client.Run("var kept = 1;");
        var id = _client.Send("execute_request", KernelClient.Cell("Console.WriteLine(\"begun\"); while (true) { }"));
        var behind = _client.Send("execute_request", KernelClient.Cell("1"));
        await _client.Told(id, m => m.Type == "stream");
        Assert.Equal("5.3", (await _client.Ask("kernel_info_request", [], control: true)).Reply.Text("protocol_version"));
        var clock = Stopwatch.StartNew();

        var interrupt = _client.Send("interrupt_request", [], control: true);

        Assert.Equal("ok", (await _client.Reply(interrupt)).Text("status"));
        var error = (await _client.Told(id, m => m.Type == "error"))[^1];
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(6));   // 2 on a machine that does nothing else
        Assert.Contains("all variables are gone", error.Text("evalue"));
        Assert.Equal("aborted", (await _client.Reply(behind)).Text("status"));
        var (_, told) = await _client.Run("1 + 1");
        Assert.EndsWith(" 2", told[^1].ToString());
    }

    [Fact]
    public async Task History_knows_this_sessions_cells()
    {
        await _client.Run("6*7");
        await _client.Run("6*7");
        await _client.Run("\"last\"");
        var tail = (await _client.Ask("history_request", new() { ["output"] = true, ["raw"] = true, ["hist_access_type"] = "tail", ["n"] = 1 })).Reply["history"];
        Assert.Equal("""["\u0022last\u0022","last"]""", JsonNode.Parse(tail[0][2].GetRawText())!.ToJsonString());
        var number = tail[0][1].GetInt32();

        var range = (await _client.Ask("history_request", new() { ["hist_access_type"] = "range", ["session"] = 0, ["start"] = number - 1, ["stop"] = number })).Reply["history"];
        Assert.Equal("6*7", Assert.Single(range.EnumerateArray())[2].GetString());

        var search = (await _client.Ask("history_request", new() { ["hist_access_type"] = "search", ["pattern"] = "6?7", ["unique"] = true })).Reply["history"];
        Assert.Equal(number - 1, Assert.Single(search.EnumerateArray())[1].GetInt32());
    }

    [Fact]
    public async Task A_comm_that_is_opened_is_closed()
    {
        var id = _client.Send("comm_open", new() { ["comm_id"] = "c1", ["target_name"] = "jupyter.widget", ["data"] = new JsonObject() });
        var told = await _client.Told(id);
        Assert.Equal(["busy", "comm_close", "idle"], told.Select(m => m.ToString()));
        Assert.Equal("c1", told[1].Text("comm_id"));
    }

    [Fact]
    public async Task A_request_that_nobody_knows_or_that_makes_no_sense_gets_an_error_as_its_reply()
    {
        Assert.Equal("error", (await _client.Ask("dance_request", [])).Reply.Text("status"));
        Assert.Equal("dance_reply", (await _client.Ask("dance_request", [], control: true)).Reply.Type);
        Assert.Equal("error", (await _client.Ask("execute_request", new() { ["code"] = 5 })).Reply.Text("status"));
        Assert.Equal("error", (await _client.Ask("history_request", new() { ["hist_access_type"] = "nothing" })).Reply.Text("status"));
        Assert.Equal("ok", (await _client.Run("1")).Reply.Text("status"));
    }

    [Fact]
    public async Task Places_are_counted_in_code_points()
    {
        // Two UTF-16 units before the name, one code point.
        var (reply, _) = await _client.Ask("complete_request", new() { ["code"] = "\"🙂\" + Console.Wri", ["cursor_pos"] = 17 });
        Assert.Equal((14, 17), (reply["cursor_start"].GetInt32(), reply["cursor_end"].GetInt32()));
        Assert.Contains("WriteLine", reply["matches"].EnumerateArray().Select(m => m.GetString()));
    }

    [Fact]
    public async Task Inspect_shows_what_a_name_is()
    {
        var (reply, _) = await _client.Ask("inspect_request", new() { ["code"] = "Console.WriteLine(1)", ["cursor_pos"] = 12, ["detail_level"] = 0 });
        Assert.True(reply["found"].GetBoolean());
        Assert.Contains("WriteLine", reply["data"].GetProperty("text/plain").GetString());
    }

    [Theory]
    [InlineData("1 + 1", "complete")]
    [InlineData("if (true) {", "incomplete")]
    [InlineData("}", "invalid")]
    public async Task Is_complete_is_answered_by_the_compiler(string code, string status) =>
        Assert.Equal(status, (await _client.Ask("is_complete_request", new() { ["code"] = code })).Reply.Text("status"));

    [Fact]
    public async Task The_heartbeat_echoes()
    {
        await using var heart = await KernelClient.Dial(_client.Kernel.Ports.Heartbeat, "REQ", []);
        heart.Send(Zmtp.Message([[], "ping"u8.ToArray()]));
        var echo = await heart.Receive(CancellationToken.None);
        Assert.Equal([[], "ping"u8.ToArray()], echo!);
    }

    [Fact]
    public async Task A_message_with_a_wrong_signature_or_sent_twice_is_dropped_and_counted()
    {
        var shell = await KernelClient.Dial(_client.Kernel.Ports.Shell, "DEALER", []);
        var (good, id) = _client.Encode("execute_request", KernelClient.Cell("var once = 1;"));
        var forged = _client.Encode("execute_request", KernelClient.Cell("var forged = 1;")).Bytes;
        forged[^2] ^= 1;
        var drops = _client.Kernel.Drops;
        var (wrong, repeated) = (drops.Of("wrong signature"), drops.Of("repeated message"));

        shell.Send(forged);
        shell.Send(good);
        shell.Send(good);
        shell.Send(_client.Encode("kernel_info_request", []).Bytes);

        await _client.Told(id);
        await shell.Receive(CancellationToken.None);
        await shell.Receive(CancellationToken.None);
        Assert.Equal((wrong + 1, repeated + 1), (drops.Of("wrong signature"), drops.Of("repeated message")));
        await shell.DisposeAsync();
    }

    [Fact]
    public async Task Cells_run_in_the_folder_of_the_notebook()
    {
        await File.WriteAllTextAsync(Path.Combine(_client.Folder, "beside.txt"), "found");
        Assert.EndsWith(" found", (await _client.Run("File.ReadAllText(\"beside.txt\")")).Told[^1].ToString());
    }

    [Fact]
    public async Task A_long_exploration_that_is_interrupted_gives_its_partial_verdict_and_shows_how_far_it_is()
    {
        var library = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../notebooks/bin/Avic.Notebook.dll"));
        await _client.Run($"#r \"{library}\"\nusing Avic.Model; using Avic.Notebook;");
        var id = _client.Send("execute_request", KernelClient.Cell("""
            Scenario.On(Linux.V5_15, vcpus: 3).Guest(1, g => g.Write(Apic.Tpr, 0x20)).Guest(2, g => g.Write(Apic.Tpr, 0x20))
                .Host(h => h.SetInhibit(Reason.PitReinject).ClearInhibit(Reason.PitReinject).SetInhibit(Reason.PitReinject))
                .Check(Property.ApicAccessIsNeverLost)
            """));
        var behind = _client.Send("execute_request", KernelClient.Cell("1"));
        var progress = (await _client.Told(id, m => m.Type == "display_data"))[^1];
        var clock = Stopwatch.StartNew();

        _client.Send("interrupt_request", [], control: true);

        var told = await _client.Told(id, m => m.Type is "execute_result" or "error");
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));   // 0.2 on a machine that does nothing else
        Assert.StartsWith("UNKNOWN", told[^1]["data"].GetProperty("text/plain").GetString());
        Assert.Equal("clear_output", told[^2].Type);
        Assert.NotEmpty(progress["transient"].GetProperty("display_id").GetString()!);
        Assert.Equal("ok", (await _client.Reply(id)).Text("status"));
        Assert.Equal("aborted", (await _client.Reply(behind)).Text("status"));
    }

    [Fact]
    public async Task A_display_can_be_changed_from_a_later_cell()
    {
        var (_, first) = await _client.Run("var shown = display(1);");
        var (_, second) = await _client.Run("shown.Update(2);");

        Assert.Equal("update_display_data", second[^1].Type);
        Assert.Equal(first[^1]["transient"].GetRawText(), second[^1]["transient"].GetRawText());
    }

    [Fact]
    public async Task Shutdown_is_answered_and_ends_the_kernel_whatever_runs()
    {
        await using var client = await KernelClient.Start();
        var id = client.Send("execute_request", KernelClient.Cell("Console.WriteLine(\"begun\"); while (true) { }"));
        await client.Told(id, m => m.Type == "stream");

        var (reply, told) = await client.Ask("shutdown_request", new() { ["restart"] = true }, control: true);

        Assert.True(reply["restart"].GetBoolean());
        Assert.Equal("shutdown_reply", told.Single().Type);
        await client.Running.WaitAsync(KernelClient.Long);
    }

    private async Task<int> Count() => (await _client.Run("", new() { ["store_history"] = false })).Reply["execution_count"].GetInt32();

    /// <summary>The kernel of all facts.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        private KernelClient? _client;

        public async Task<KernelClient> Client() => _client ??= await KernelClient.Start();

        public Task InitializeAsync() => Task.CompletedTask;

        public async Task DisposeAsync()
        {
            if (_client is not null)
                await _client.DisposeAsync();
        }
    }
}
