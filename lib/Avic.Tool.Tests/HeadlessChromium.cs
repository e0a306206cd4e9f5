using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>One page in a Chromium without a window, driven over its DevTools protocol.</summary>
internal sealed class HeadlessChromium : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly ClientWebSocket _page = new();
    private int _calls;

    private HeadlessChromium(Process process) => _process = process;

    /// <param name="profile">A folder for whatever the browser wants to remember.</param>
    public static async Task<HeadlessChromium> Start(string profile)
    {
        var process = Process.Start(new ProcessStartInfo("chromium",
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--window-size=1200,1600", $"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank",
        ])
        { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var browser = new HeadlessChromium(process);
        // It writes where it listens, and much else.
        const string Words = "DevTools listening on ";
        string? line;
        do
            line = await process.StandardError.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException("Chromium did not start");
        while (!line.StartsWith(Words, StringComparison.Ordinal));
        _ = process.StandardError.ReadToEndAsync();   // a full pipe would hold it up
        _ = process.StandardOutput.ReadToEndAsync();
        using var http = new HttpClient();
        var pages = JsonNode.Parse(await http.GetStringAsync($"http://{new Uri(line[Words.Length..]).Authority}/json/list"))!.AsArray();
        var page = pages.First(p => (string?)p!["type"] == "page")!;
        await browser._page.ConnectAsync(new Uri((string)page["webSocketDebuggerUrl"]!), CancellationToken.None);
        return browser;
    }

    /// <summary>Goes to an address; does not wait for what is there.</summary>
    public Task Open(string address) => Call("Page.navigate", new() { ["url"] = address });

    /// <summary>The value of an expression in the page; of a promise, what it promises.</summary>
    public async Task<JsonNode?> Evaluate(string expression)
    {
        var answer = await Call("Runtime.evaluate", new() { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true });
        return answer["exceptionDetails"] is { } thrown ? throw new InvalidOperationException(thrown.ToJsonString()) : answer["result"]?["value"];
    }

    /// <summary>Waits until a condition holds in the page at hand, also when another is being loaded meanwhile.</summary>
    public async Task Until(string condition)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience;)
            try
            {
                if ((bool?)await Evaluate($"new Promise(done => {{ let left = 50; const look = () => ({condition}) ? done(true) : left-- > 0 ? setTimeout(look, 50) : done(false); look(); }})") == true)
                    return;
            }
            catch (InvalidOperationException)
            {
                // not there yet, or gone in the middle of the question
            }
        throw new TimeoutException(condition);
    }

    public async Task<byte[]> Screenshot() => Convert.FromBase64String((string)(await Call("Page.captureScreenshot", []))["data"]!);

    public async ValueTask DisposeAsync()
    {
        _page.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<JsonObject> Call(string method, JsonObject parameters)
    {
        using var limit = new CancellationTokenSource(Patience);
        var call = ++_calls;
        var request = new JsonObject { ["id"] = call, ["method"] = method, ["params"] = parameters };
        await _page.SendAsync(Encoding.UTF8.GetBytes(request.ToJsonString()), WebSocketMessageType.Text, true, limit.Token);
        while (true)
        {
            var answer = JsonNode.Parse(await Receive(limit.Token))!.AsObject();
            if ((int?)answer["id"] == call)
                return answer["error"] is { } error ? throw new InvalidOperationException($"{method}: {error.ToJsonString()}") : answer["result"]!.AsObject();
        }
    }

    private async Task<string> Receive(CancellationToken cancel)
    {
        var buffer = new byte[64 * 1024];
        using var whole = new MemoryStream();
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _page.ReceiveAsync(buffer.AsMemory(), cancel);
            whole.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return Encoding.UTF8.GetString(whole.ToArray());
    }
}
