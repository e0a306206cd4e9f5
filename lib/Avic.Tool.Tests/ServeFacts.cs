using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>What an editor can count on from `avic serve`.</summary>
public sealed class ServeFacts : IAsyncLifetime
{
    // Only a test that fails waits this long.
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly Workplace _place = new();
    private readonly Pipe _requests = new();
    private readonly Pipe _answers = new();
    private Task _serving = Task.CompletedTask;
    private StreamReader _reader = null!;
    private int _id;

    public Task InitializeAsync()
    {
        _serving = new EditorServer(_requests.Reader.AsStream(), _answers.Writer.AsStream()).Run(CancellationToken.None);
        _reader = new StreamReader(_answers.Reader.AsStream(), new UTF8Encoding(false));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _requests.Writer.CompleteAsync();
        await _serving.WaitAsync(Long);
        _place.Dispose();
    }

    [Fact]
    public async Task Sessions_have_variables_of_their_own_and_what_they_say_comes_in_order()
    {
        await Open("a");
        await Open("b");
        await Done("execute", "a", "\"cell\":1,\"code\":\"var x = 1; Console.Write(\\\"é\\\"); Console.Error.Write(\\\"e\\\");\"");
        await Done("execute", "b", "\"cell\":1,\"code\":\"var x = 2;\"");
        var id = Send("execute", "a", "\"cell\":2,\"code\":\"Console.Write(x); x\"");

        Assert.Equal($$"""{"id":{{id}},"type":"stream","name":"stdout","text":"1"}""", (await Next()).ToJsonString());
        Assert.Equal($$"""{"id":{{id}},"type":"display","data":{"text/plain":"1"},"isResult":true,"displayId":null,"isUpdate":false}""", (await Next()).ToJsonString());
        Assert.Equal($$"""{"id":{{id}},"type":"done","ok":true}""", (await Next()).ToJsonString());
        Assert.Equal("2", (await Until("display", Send("execute", "b", "\"cell\":2,\"code\":\"x\"")))["data"]!["text/plain"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_figure_is_an_object_and_an_update_names_what_it_changes()
    {
        await Open("a");
        var id = Send("execute", "a", "\"cell\":1,\"code\":\"class F { public string ToPlotlyJson() => \\\"{\\\\\\\"data\\\\\\\":[1]}\\\"; }\\nvar d = display(new F());\\nd.Update(2);\"");
        var shown = await Until("display", id);
        var update = await Next();

        Assert.Equal("""{"data":[1]}""", shown["data"]!["application/vnd.plotly.v1+json"]!.ToJsonString());
        Assert.False(shown["isUpdate"]!.GetValue<bool>());
        Assert.True(update["isUpdate"]!.GetValue<bool>());
        Assert.Equal(shown["displayId"]!.GetValue<string>(), update["displayId"]!.GetValue<string>());
        Assert.Equal("2", update["data"]!["text/plain"]!.GetValue<string>());
    }

    [Fact]
    public async Task Half_a_surrogate_pair_in_JSON_is_shown_as_text_and_the_cell_goes_on()
    {
        await Open("a");
        var code = JsonValue.Create(""" "\"\\ud800\"".DisplayAs("application/json"); Console.Write(1); """).ToJsonString();
        var id = Send("execute", "a", $"\"cell\":1,\"code\":{code}");

        Assert.Equal("\"\\ud800\"", (string?)(await Until("display", id))["data"]!["application/json"]);
        Assert.Equal("1", (string?)(await Until("stream", id))["text"]);
        Assert.True((bool?)(await Until("done", id))["ok"]);
    }

    [Theory]
    [InlineData("nonsense", null, "line 1: not JSON")]
    [InlineData("[1]", null, "line 1: not a JSON object")]
    [InlineData("{}", null, "line 1: no 'id' that is a whole number")]
    [InlineData("""{"id":1.5,"type":"open"}""", null, "line 1: no 'id' that is a whole number")]
    [InlineData("""{"id":7}""", 7, "line 1: no 'type' that is a text")]
    [InlineData("""{"id":7,"type":"open","session":"a","folder":["/"]}""", 7, "no 'folder' that is a text")]
    [InlineData("""{"id":7,"type":"open","session":"\ud800","folder":"/"}""", 7, "'session' is not Unicode text")]
    [InlineData("""{"id":7,"type":"open","session":"a","folder":"/no/such/folder"}""", 7, "/no/such/folder: there is no such folder")]
    [InlineData("""{"id":7,"type":"execute","session":"a","cell":1,"code":"1"}""", 7, "session 'a' is not open")]
    public async Task A_malformed_line_gets_one_line_that_says_why(string line, int? id, string why)
    {
        Write(line);
        var refused = await Next();
        Assert.Equal(["id", "type", "message"], refused.Select(p => p.Key));
        Assert.Equal((id, "refused"), ((int?)refused["id"], (string?)refused["type"]));
        Assert.StartsWith(why, (string?)refused["message"]);
        Write("  \r");
        Write("""{"id":8,"type":"shutdown","session":"b"}""");
        Assert.Equal(8, (int?)(await Next())["id"]);   // the malformed one had no second line, the blank one none
    }

    [Fact]
    public async Task Bytes_that_are_no_text_and_JSON_too_deep_are_refused()
    {
        _requests.Writer.Write<byte>([.. "{\"id\":1,\"type\":\""u8, 0xFF, 0xFE, .. "\"}\n"u8]);
        await _requests.Writer.FlushAsync();
        Assert.Equal("refused", (string?)(await Next())["type"]);
        Write($$"""{"id":2,"type":"open","x":{{new string('[', 100_000)}}""");
        Assert.Equal("refused", (string?)(await Next())["type"]);
    }

    [Theory]
    [InlineData("nothing", "", "there is no request of type 'nothing'")]
    [InlineData("open", "\"folder\":\"/\"", "session 'a' is open already")]
    [InlineData("execute", "\"cell\":\"1\",\"code\":\"1\"", "'execute' needs a whole number 'cell'")]
    [InlineData("complete", "\"code\":\"1\",\"cursor\":2", "'cursor' is outside of 'code'")]
    public async Task A_request_that_cannot_be_done_is_refused_and_the_session_goes_on(string type, string fields, string why)
    {
        await Open("a");
        Assert.Equal(why, (string?)(await Until("refused", Send(type, "a", fields)))["message"]);
        await Done("execute", "a", "\"cell\":1,\"code\":\"1\"");
    }

    [Fact]
    public async Task An_endless_cell_is_interrupted_and_beside_it_no_second_one_runs()
    {
        await Open("a");
        var endless = Send("execute", "a", "\"cell\":1,\"code\":\"Console.Write(1); while (true) { }\"");
        await Until("stream", endless);
        Assert.Equal("a cell is running; one at a time", (string?)(await Until("refused", Send("execute", "a", "\"cell\":2,\"code\":\"1\"")))["message"]);

        Send("interrupt", "a", "");
        Assert.Equal("Interrupted", (string?)(await Until("error", endless))["name"]);
        Assert.False((bool?)(await Until("done", endless))["ok"]);
        await Done("execute", "a", "\"cell\":3,\"code\":\"1\"");
    }

    [Fact]
    public async Task A_long_exploration_tells_how_far_it_is_and_gives_its_partial_verdict_when_interrupted()
    {
        await Open("a");
        var library = JsonValue.Create($"#r \"{Path.Combine(AppContext.BaseDirectory, "Avic.Model.dll")}\"\nusing Avic.Model;\nvar race = Scenario.Parse(Linux.V5_15, \"3,1W32,2W32,+4-4+4,+5-5+5\");").ToJsonString();
        await Done("execute", "a", $"\"cell\":1,\"code\":{library}");
        var check = Send("execute", "a", "\"cell\":2,\"code\":\"race.Check(Property.ApicAccessIsNeverLost)\"");
        var progress = await Until("progress", check);
        Send("interrupt", "a", "");

        Assert.Equal(["id", "type", "text", "fraction"], progress.Select(p => p.Key));
        Assert.Contains(" states, level ", (string?)progress["text"]);
        Assert.Contains("UNKNOWN", (string?)(await Until("display", check))["data"]!["text/plain"]);
        Assert.True((bool?)(await Until("done", check))["ok"]);
    }

    [Fact]
    public async Task A_restart_forgets_the_variables()
    {
        await Open("a");
        await Done("execute", "a", "\"cell\":1,\"code\":\"var x = 1;\"");
        await Done("restart", "a", "");
        Assert.Equal("CompilationError", (string?)(await Until("error", Send("execute", "a", "\"cell\":1,\"code\":\"x\"")))["name"]);
    }

    [Fact]
    public async Task A_cell_that_reads_a_line_asks_the_editor()
    {
        await Open("a");
        var id = Send("execute", "a", "\"cell\":1,\"code\":\"Console.ReadLine() + (Console.ReadLine() ?? \\\" end\\\")\"");
        await Until("ask", id);
        Send("input", "a", "\"text\":\"Ådä\"");
        await Until("ask", id);
        Send("input", "a", "\"text\":null");
        Assert.Equal("Ådä end", (string?)(await Until("display", id))["data"]!["text/plain"]);
    }

    [Fact]
    public async Task A_session_is_shut_down_while_its_cell_runs()
    {
        await Open("a");
        var endless = Send("execute", "a", "\"cell\":1,\"code\":\"Console.Write(1); while (true) { }\"");
        await Until("stream", endless);
        var shutdown = Send("shutdown", "a", "");
        Assert.Equal("the session was closed", (string?)(await Until("refused", endless))["message"]);
        await Until("done", shutdown);
        Assert.Equal("session 'a' is not open", (string?)(await Until("refused", Send("interrupt", "a", "")))["message"]);
    }

    [Fact]
    public async Task Code_that_is_not_whole_asks_for_a_line_more()
    {
        await Open("a");
        Assert.Equal("incomplete", (string?)(await Until("done", Send("isComplete", "a", "\"code\":\"if (true) {\"")))["status"]);
        Assert.Equal("complete", (string?)(await Until("done", Send("isComplete", "a", "\"code\":\"1 + 1\"")))["status"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task When_the_input_ends_or_the_server_is_killed_no_process_is_left(bool killed)
    {
        using var serve = Process.Start(new ProcessStartInfo(Platform.Dotnet)
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "avic.dll"), "serve" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        List<Process> engines = [];
        foreach (var session in (string[])["a", "b"])
        {
            serve.StandardInput.WriteLine($$"""{"id":1,"type":"open","session":"{{session}}","folder":{{JsonValue.Create(_place.Folder).ToJsonString()}}}""");
            serve.StandardInput.WriteLine($$"""{"id":2,"type":"execute","session":"{{session}}","cell":1,"code":"Console.Write(Environment.ProcessId); while (true) { }"}""");
            JsonNode? line;
            do
                line = JsonNode.Parse((await serve.StandardOutput.ReadLineAsync().WaitAsync(Long))!);
            while ((string?)line!["type"] != "stream");
            engines.Add(Process.GetProcessById(int.Parse((string)line["text"]!, CultureInfo.InvariantCulture)));
        }

        if (killed)
            serve.Kill();
        else
            serve.StandardInput.Close();

        foreach (var process in engines.Append(serve))
            await process.WaitForExitAsync().WaitAsync(Long);
        if (!killed)
            Assert.Equal(0, serve.ExitCode);
    }

    private async Task Open(string session) =>
        await Done("open", session, $"\"folder\":{JsonValue.Create(_place.Folder).ToJsonString()}");

    private async Task Done(string type, string session, string fields) => await Until("done", Send(type, session, fields));

    private int Send(string type, string session, string fields)
    {
        Write($$"""{"id":{{++_id}},"type":"{{type}}","session":"{{session}}"{{(fields == "" ? "" : ",")}}{{fields}}}""");
        return _id;
    }

    private void Write(string line)
    {
        _requests.Writer.Write<byte>(Encoding.UTF8.GetBytes(line + "\n"));
        _requests.Writer.FlushAsync().AsTask().Wait(Long);
    }

    // Notes may come at any time.
    private async Task<JsonObject> Next()
    {
        while (true)
            if (JsonNode.Parse((await _reader.ReadLineAsync().WaitAsync(Long))!)!.AsObject() is var line && (string?)line["type"] != "note")
                return line;
    }

    private async Task<JsonObject> Until(string type, int id)
    {
        while (true)
            if (await Next() is var line && (string?)line["type"] == type && (int?)line["id"] == id)
                return line;
    }
}
