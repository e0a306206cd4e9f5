using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Avic.Tool.Tests;

/// <summary>A kernel in this process on ports of its own, and a Jupyter client that talks to it.</summary>
public sealed class KernelClient : IAsyncDisposable
{
    // Only a test that fails waits this long.
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private static readonly byte[] Key = "the key of this test"u8.ToArray();

    private readonly Workplace _place = new();
    private readonly WireSession _session = new(Key);
    private readonly Channel<Said> _iopub = Channel.CreateUnbounded<Said>();
    private readonly Channel<Said> _replies = Channel.CreateUnbounded<Said>();
    private readonly Channel<Said> _questions = Channel.CreateUnbounded<Said>();
    private readonly List<Task> _reading = [];
    private Task _running = Task.CompletedTask;
    private ZmtpConnection _shell = null!, _control = null!, _stdin = null!, _subscriber = null!;

    /// <summary>One message of the kernel.</summary>
    /// <param name="Parent">The id of the request it belongs to.</param>
    internal sealed record Said(string Type, string Parent, JsonElement Content)
    {
        public JsonElement this[string name] => Content.GetProperty(name);

        public string Text(string name) => this[name].GetString()!;

        /// <summary>Type and what matters of the content, as a line.</summary>
        public override string ToString() => Type switch
        {
            "status" => Text("execution_state"),
            "stream" => $"{Text("name")} {Text("text").Trim()}",
            "error" => $"error {Text("ename")}",
            "execute_input" => $"in[{this["execution_count"]}]",
            "execute_result" => $"out[{this["execution_count"]}] {this["data"].GetProperty("text/plain")}",
            "display_data" => $"shown {this["data"].GetProperty("text/plain")}",
            _ => Type,
        };
    }

    internal JupyterKernel Kernel { get; private set; } = null!;

    public string Folder => _place.Folder;

    public Task Running => _running;

    internal static async Task<KernelClient> Start()
    {
        var client = new KernelClient();
        var host = new CellHost(client._place.Folder, _ => { });
        client.Kernel = new JupyterKernel(new(IPAddress.Loopback, 0, 0, 0, 0, 0, Key), host, new DropCount(_ => { }));
        client._running = Task.Run(client.Kernel.Run);
        await client.Connect();
        return client;
    }

    private async Task Connect()
    {
        var ports = Kernel.Ports;
        var identity = Guid.NewGuid().ToByteArray();
        _shell = await Dial(ports.Shell, "DEALER", identity);
        _control = await Dial(ports.Control, "DEALER", identity);
        _stdin = await Dial(ports.Stdin, "DEALER", identity);
        _subscriber = await Dial(ports.Iopub, "SUB", []);
        _subscriber.Send(Zmtp.Message([[1]]));
        _reading.AddRange([Read(_shell, _replies), Read(_control, _replies), Read(_stdin, _questions), Read(_subscriber, _iopub)]);
        // A subscription is in force a moment after it was sent; whoever sees an answer's idle is subscribed.
        while (true)
        {
            var id = Send("kernel_info_request", []);
            await Reply(id);
            if (await _iopub.Reader.WaitToReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(1)).ContinueWith(t => t.IsCompletedSuccessfully, TaskScheduler.Default))
                break;
        }
    }

    internal static async Task<ZmtpConnection> Dial(int port, string type, byte[] identity)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return await ZmtpConnection.Open(socket, type, identity, CancellationToken.None);
    }

    /// <summary>Sends a request; its id.</summary>
    internal string Send(string type, JsonObject content, bool control = false)
    {
        var (bytes, id) = Encode(type, content);
        (control ? _control : _shell).Send(bytes);
        return id;
    }

    internal (byte[] Bytes, string Id) Encode(string type, JsonObject content)
    {
        var bytes = _session.Write([], type, null, content);
        using var header = JsonDocument.Parse(Frames(bytes)[2]);
        return (bytes, header.RootElement.GetProperty("msg_id").GetString()!);
    }

    /// <summary>A message with a right signature, whatever is in it.</summary>
    internal static byte[] Signed(byte[] header, byte[] content)
    {
        byte[][] parts = [header, "{}"u8.ToArray(), "{}"u8.ToArray(), content];
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Key, parts.SelectMany(p => p).ToArray()));
        return Zmtp.Message(["<IDS|MSG>"u8.ToArray(), Encoding.ASCII.GetBytes(signature), .. parts]);
    }

    internal void SendLine(string text) => _stdin.Send(_session.Write([], "input_reply", null, new() { ["value"] = text }));

    internal async Task<Said> Question() => await _questions.Reader.ReadAsync().AsTask().WaitAsync(Long);

    /// <summary>The reply to a request; earlier ones that nobody asked for are passed over.</summary>
    internal async Task<Said> Reply(string id)
    {
        while (true)
            if (await _replies.Reader.ReadAsync().AsTask().WaitAsync(Long) is { } said && said.Parent == id)
                return said;
    }

    /// <summary>What everybody is told of a request, until a message or to the end.</summary>
    internal async Task<List<Said>> Told(string id, Func<Said, bool>? last = null)
    {
        List<Said> told = [];
        while (true)
        {
            var said = await _iopub.Reader.ReadAsync().AsTask().WaitAsync(Long);
            if (said.Parent != id)
                continue;
            told.Add(said);
            if (last?.Invoke(said) ?? said is { Type: "status" } && said.Text("execution_state") == "idle")
                return told;
        }
    }

    /// <summary>A request to its end: the reply, and what everybody was told between busy and idle.</summary>
    internal async Task<(Said Reply, List<Said> Told)> Ask(string type, JsonObject content, bool control = false)
    {
        var id = Send(type, content, control);
        var told = await Told(id);
        Assert.Equal("busy", told[0].ToString());
        return (await Reply(id), told[1..^1]);
    }

    internal Task<(Said Reply, List<Said> Told)> Run(string code, JsonObject? more = null) => Ask("execute_request", Cell(code, more));

    internal static JsonObject Cell(string code, JsonObject? more = null)
    {
        JsonObject content = new() { ["code"] = code };
        foreach (var (name, value) in more ?? [])
            content[name] = value?.DeepClone();
        return content;
    }

    public async ValueTask DisposeAsync()
    {
        Kernel.Stop();
        await _running;
        await Kernel.DisposeAsync();
        foreach (var connection in new[] { _shell, _control, _stdin, _subscriber })
            await connection.DisposeAsync();
        await Task.WhenAll(_reading);
        _place.Dispose();
    }

    private static async Task Read(ZmtpConnection from, Channel<Said> to)
    {
        try
        {
            while (await from.Receive(CancellationToken.None) is { } frames)
            {
                var at = Array.FindIndex(frames, f => f.AsSpan().SequenceEqual("<IDS|MSG>"u8));
                var parent = JsonElement.Parse(frames[at + 3]);
                to.Writer.TryWrite(new(JsonElement.Parse(frames[at + 2]).GetProperty("msg_type").GetString()!,
                    parent.TryGetProperty("msg_id", out var id) ? id.ToString() : "", JsonElement.Parse(frames[at + 5])));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // the kernel is gone
        }
    }

    // Of a message whose frames are all short.
    private static List<byte[]> Frames(byte[] message)
    {
        List<byte[]> frames = [];
        for (var at = 0; frames.Count < 3; at += 2 + message[at + 1])
            frames.Add(message[(at + 2)..(at + 2 + message[at + 1])]);
        return frames;
    }
}
