using System.Buffers.Binary;
using System.Text;

namespace Avic.Tool;

/// <summary>The bytes of ZMTP 3.0 with the NULL mechanism, which every ZeroMQ library speaks.</summary>
/// <remarks>
/// RFC 23/ZMTP. We say 3.0 and not 3.1: subscriptions then arrive as ordinary messages, and there are no pings to answer.
/// </remarks>
internal static class Zmtp
{
    public const int GreetingLength = 64;

    public const byte More = 1;
    public const byte Long = 2;
    public const byte Command = 4;

    /// <summary>What both sides send first: a signature that no ZMTP 1.0 length can be, the version, the mechanism.</summary>
    public static byte[] Greeting()
    {
        var greeting = new byte[GreetingLength];
        greeting[0] = 0xff;
        greeting[9] = 0x7f;
        greeting[10] = 3;
        "NULL"u8.CopyTo(greeting.AsSpan(12));
        return greeting;
    }

    /// <exception cref="InvalidDataException">This is no peer of ours.</exception>
    public static void CheckGreeting(ReadOnlySpan<byte> greeting)
    {
        if (greeting[0] != 0xff || (greeting[9] & 1) == 0)
            throw new InvalidDataException("not ZMTP");
        if (greeting[10] < 3)
            throw new InvalidDataException("ZMTP older than 3.0");
        if (!greeting[12..32].SequenceEqual(Greeting().AsSpan(12, 20)))
            throw new InvalidDataException("a mechanism other than NULL");
    }

    /// <summary>The command that ends the handshake of the NULL mechanism.</summary>
    public static byte[] Ready(string socketType, byte[] identity)
    {
        byte[] body = [5, .. "READY"u8, .. Property("Socket-Type", Encoding.ASCII.GetBytes(socketType)), .. Property("Identity", identity)];
        return [Command, (byte)body.Length, .. body];

        static byte[] Property(string name, byte[] value)
        {
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, value.Length);
            return [(byte)name.Length, .. Encoding.ASCII.GetBytes(name), .. length, .. value];
        }
    }

    /// <summary>The identity in a peer's READY; empty for most.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static byte[] IdentityIn(ReadOnlySpan<byte> ready)
    {
        if (ready.Length < 6 || ready[0] != 5 || !ready[1..6].SequenceEqual("READY"u8))
            throw new InvalidDataException("no READY");
        byte[] identity = [];
        for (var rest = ready[6..]; rest.Length > 0;)
        {
            int name = rest[0];
            if (rest.Length < name + 5 || BinaryPrimitives.ReadUInt32BigEndian(rest[(name + 1)..]) is var length && length > rest.Length - name - 5)
                throw new InvalidDataException("a broken READY");
            var value = rest.Slice(name + 5, (int)length);
            if (Encoding.ASCII.GetString(rest.Slice(1, name)).Equals("Identity", StringComparison.OrdinalIgnoreCase))
                identity = value.Length <= 255 ? value.ToArray() : throw new InvalidDataException("a broken READY");
            rest = rest[(name + 5 + (int)length)..];
        }
        return identity;
    }

    /// <summary>A message of several frames as the bytes that go over the wire.</summary>
    public static byte[] Message(IReadOnlyList<byte[]> frames)
    {
        var bytes = new byte[frames.Sum(f => (f.Length > 255 ? 9 : 2) + f.Length)];
        var at = bytes.AsSpan();
        for (var i = 0; i < frames.Count; i++)
        {
            var frame = frames[i];
            var isLong = frame.Length > 255;
            at[0] = (byte)((i < frames.Count - 1 ? More : 0) | (isLong ? Long : 0));
            if (isLong)
                BinaryPrimitives.WriteInt64BigEndian(at[1..], frame.Length);
            else
                at[1] = (byte)frame.Length;
            at = at[(isLong ? 9 : 2)..];
            frame.CopyTo(at);
            at = at[frame.Length..];
        }
        return bytes;
    }
}
