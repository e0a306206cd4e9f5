using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Avic.Tool;

/// <summary>Turns frames into messages and back: signatures, headers, JSON (the Jupyter wire protocol).</summary>
/// <param name="key">The shared secret; empty if the client wants no signatures.</param>
internal sealed class WireSession(byte[] key)
{
    /// <summary>5.4 adds only what debuggers need.</summary>
    public const string Version = "5.3";

    private const int RememberedSignatures = 1 << 16;
    private static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray();
    private static readonly byte[] Empty = "{}"u8.ToArray();

    // As Jupyter's own libraries do: names like é stay readable, and base64 is not blown up.
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HashSet<UInt128> _seen = [];
    private readonly Queue<UInt128> _oldest = [];

    /// <summary>Names this kernel's life; clients tell a restarted kernel by it.</summary>
    public string Id { get; } = Guid.NewGuid().ToString();

    /// <exception cref="InvalidDataException">The message is not to be believed, and why.</exception>
    public WireMessage Read(ZmtpConnection peer, byte[][] frames)
    {
        var at = Array.FindIndex(frames, f => f.AsSpan().SequenceEqual(Delimiter));
        if (at < 0 || frames.Length < at + 6)
            throw new InvalidDataException("malformed message");
        var (signature, header, parent, metadata, content) = (frames[at + 1], frames[at + 2], frames[at + 3], frames[at + 4], frames[at + 5]);
        if (key.Length > 0)
            Check(signature, header, parent, metadata, content);
        try
        {
            var type = Parse(header).GetProperty("msg_type").GetString() ?? throw new InvalidDataException("malformed message");
            Parse(parent);
            Parse(metadata);
            return new(peer, frames[..at], header, type, Parse(content));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException("malformed message", e);
        }
    }

    /// <summary>A message of ours in the bytes of the wire.</summary>
    /// <param name="route">What comes before the delimiter: the frames of the request, or a topic.</param>
    /// <param name="parent">The header of the request that this follows from; null for none.</param>
    public byte[] Write(IEnumerable<byte[]> route, string type, byte[]? parent, JsonObject content)
    {
        var header = Bytes(new()
        {
            ["msg_id"] = Guid.NewGuid().ToString(),
            ["session"] = Id,
            ["username"] = "kernel",
            ["date"] = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            ["msg_type"] = type,
            ["version"] = Version,
        });
        parent ??= Empty;
        var body = Bytes(content);
        var signature = key.Length > 0 ? Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Hash(header, parent, Empty, body))) : [];
        return Zmtp.Message([.. route, Delimiter, signature, header, parent, Empty, body]);
    }

    private void Check(byte[] signature, params ReadOnlySpan<byte[]> parts)
    {
        var right = Hash(parts);
        // In constant time: how long it takes must not tell how much of a guess was right.
        if (!CryptographicOperations.FixedTimeEquals(signature, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(right))))
            throw new InvalidDataException("wrong signature");
        var seen = BinaryPrimitives.ReadUInt128BigEndian(right);
        lock (_seen)
        {
            if (!_seen.Add(seen))
                throw new InvalidDataException("repeated message");
            _oldest.Enqueue(seen);
            if (_oldest.Count > RememberedSignatures)
                _seen.Remove(_oldest.Dequeue());
        }
    }

    private byte[] Hash(params ReadOnlySpan<byte[]> parts)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        foreach (var part in parts)
            hash.AppendData(part);
        return hash.GetHashAndReset();
    }

    private static JsonElement Parse(byte[] json)
    {
        var element = JsonElement.Parse(json);
        return element.ValueKind == JsonValueKind.Object ? element : throw new JsonException("not an object");
    }

    private static byte[] Bytes(JsonObject json)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(bytes, Relaxed))
            json.WriteTo(writer);
        return bytes.WrittenSpan.ToArray();
    }
}
