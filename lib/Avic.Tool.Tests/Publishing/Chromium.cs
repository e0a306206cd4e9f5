using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>Tests in a browser run alone: it takes all cores, and other tests measure time.</summary>
[CollectionDefinition(nameof(InABrowser), DisableParallelization = true)]
public sealed class InABrowser;

/// <summary>A headless browser, driven by its own protocol: a socket that carries JSON.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    // Only a test that fails waits this long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _questions = new();
    private readonly ConcurrentDictionary<string, Tab> _tabs = new();
    private readonly SemaphoreSlim _turn = new(1);
    private Task _reading = Task.CompletedTask;
    private int _last;

    private Chromium(Process process, string profile) => (_process, _profile) = (process, profile);

    public static async Task<Chromium> Start()
    {
        var profile = Directory.CreateTempSubdirectory("avic-chromium-").FullName;
        var process = Process.Start(new ProcessStartInfo("chromium",
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank",
        ])
        { RedirectStandardError = true })!;
        var browser = new Chromium(process, profile);
        string? line;
        const string Listening = "DevTools listening on ";
        do
            line = await process.StandardError.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException("chromium ended before it listened");
        while (!line.StartsWith(Listening, StringComparison.Ordinal));
        _ = process.StandardError.ReadToEndAsync();
        await browser._socket.ConnectAsync(new Uri(line[Listening.Length..]), CancellationToken.None);
        browser._reading = Task.Run(browser.Read);
        return browser;
    }

    /// <summary>A page in a tab of its own, loaded and painted.</summary>
    public async Task<Tab> Open(string address, int width = 1200, bool scripts = true, bool dark = false, bool print = false)
    {
        var target = await Ask(null, "Target.createTarget", new() { ["url"] = "about:blank" });
        var attached = await Ask(null, "Target.attachToTarget", new() { ["targetId"] = target["targetId"]!.GetValue<string>(), ["flatten"] = true });
        var tab = new Tab(this, attached["sessionId"]!.GetValue<string>());
        _tabs[tab.Session] = tab;
        foreach (var domain in (string[])["Page", "Network", "Runtime", "Log"])
            await tab.Ask($"{domain}.enable");
        await tab.Ask("Emulation.setDeviceMetricsOverride", new() { ["width"] = width, ["height"] = 800, ["deviceScaleFactor"] = 1, ["mobile"] = false });
        await tab.Ask("Emulation.setScriptExecutionDisabled", new() { ["value"] = !scripts });
        await tab.Ask("Emulation.setEmulatedMedia", new()
        {
            ["media"] = print ? "print" : "screen",
            ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }),
        });
        await tab.Ask("Page.navigate", new() { ["url"] = address });
        await tab.Loaded.WaitAsync(Patience);
        // Errors of pictures are told after the load; a frame later everything has been.
        for (var calm = !scripts; !calm;)
            try
            {
                await tab.Evaluate("new Promise(done => requestAnimationFrame(() => requestIdleCallback(() => setTimeout(done, 100))))");
                calm = true;
            }
            catch (InvalidOperationException e) when (e.Message.Contains("navigated", StringComparison.Ordinal))
            {
                // The page has gone elsewhere by itself; its requests tell where.
            }
        return tab;
    }

    public async Task<JsonNode> Ask(string? session, string method, JsonObject? parameters = null)
    {
        var question = new JsonObject { ["id"] = Interlocked.Increment(ref _last), ["method"] = method, ["params"] = parameters ?? [] };
        if (session is not null)
            question["sessionId"] = session;
        var answer = _questions[question["id"]!.GetValue<int>()] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _turn.WaitAsync();
        try
        {
            await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(question), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
        return await answer.Task.WaitAsync(Patience);
    }

    private async Task Read()
    {
        var buffer = new byte[1 << 16];
        while (_socket.State == WebSocketState.Open)
        {
            using var whole = new MemoryStream();
            WebSocketReceiveResult part;
            do
            {
                try
                {
                    part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
                }
                catch (WebSocketException)
                {
                    return;   // the browser has ended
                }
                whole.Write(buffer, 0, part.Count);
            }
            while (!part.EndOfMessage);
            if (part.MessageType != WebSocketMessageType.Text)
                return;
            var message = JsonNode.Parse(whole.ToArray())!;
            if (message["id"] is { } id && _questions.TryRemove(id.GetValue<int>(), out var question))
                _ = message["error"] is { } error ? question.TrySetException(new InvalidOperationException(error.ToJsonString())) : question.TrySetResult(message["result"]!);
            else if (message["sessionId"] is { } session && _tabs.TryGetValue(session.GetValue<string>(), out var tab))
                tab.Told(message["method"]!.GetValue<string>(), message["params"]!);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _reading;
        _socket.Dispose();
        _process.Dispose();
        _turn.Dispose();
        // A child of the browser may still be writing into its profile.
        try { Directory.Delete(_profile, recursive: true); }
        catch (IOException) { }
    }
}

/// <summary>One page in the browser, and what it has done since it was opened.</summary>
internal sealed class Tab(Chromium browser, string session)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Session => session;

    public Task Loaded => _loaded.Task;

    /// <summary>Every address it asked for, those written into the page left out.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public ConcurrentQueue<string> Dialogs { get; } = new();

    /// <summary>What the console says is wrong: exceptions, files that are missing, what the page's policy forbids.</summary>
    public ConcurrentQueue<string> Errors { get; } = new();

    public Task<JsonNode> Ask(string method, JsonObject? parameters = null) => browser.Ask(session, method, parameters);

    /// <summary>Gives back what the page takes of the browser.</summary>
    public Task Close() => Ask("Page.close");

    public async Task<JsonNode?> Evaluate(string script)
    {
        var answer = await Ask("Runtime.evaluate", new() { ["expression"] = script, ["awaitPromise"] = true, ["returnByValue"] = true });
        return answer["exceptionDetails"] is { } wrong ? throw new InvalidOperationException(wrong.ToJsonString()) : answer["result"]!["value"];
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

    public void Told(string method, JsonNode what)
    {
        if (method == "Page.loadEventFired")
            _loaded.TrySetResult();
        else if (method == "Network.requestWillBeSent" && what["request"]!["url"]!.GetValue<string>() is var address && !address.StartsWith("data:", StringComparison.Ordinal))
            Requests.Enqueue(address);
        else if (method == "Runtime.exceptionThrown")
            Errors.Enqueue(what["exceptionDetails"]!.ToJsonString());
        else if (method == "Log.entryAdded" && what["entry"]!["level"]!.GetValue<string>() == "error")
            Errors.Enqueue(what["entry"]!["text"]!.GetValue<string>());
        else if (method == "Page.javascriptDialogOpening")
        {
            Dialogs.Enqueue(what["message"]!.GetValue<string>());
            _ = Ask("Page.handleJavaScriptDialog", new() { ["accept"] = true });
        }
    }
}
