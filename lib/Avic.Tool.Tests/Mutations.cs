using System.Text;

namespace Avic.Tool.Tests;

/// <summary>Bytes that once made sense: bits flipped, pieces cut out, doubled, put in, the end lost.</summary>
internal static class Mutations
{
    public static byte[] Of(byte[] seed, string[] hostile, Random random)
    {
        List<byte> bytes = [.. seed];
        for (var edits = random.Next(1, 4); edits > 0 && bytes.Count > 0; edits--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes.RemoveRange(at, Math.Min(random.Next(1, 12), bytes.Count - at)); break;
                case 2: bytes.InsertRange(at, Encoding.UTF8.GetBytes(hostile[random.Next(hostile.Length)])); break;
                case 3: Replace(bytes, Encoding.UTF8.GetBytes(hostile[random.Next(hostile.Length)]), random); break;
                case 4 when random.Next(4) == 0: bytes.RemoveRange(at, bytes.Count - at); break;
                default: bytes.InsertRange(at, bytes[..Math.Min(at, 40)]); break;
            }
        }
        return [.. bytes];
    }

    // A whole value in place of another keeps the rest well formed: that is how wrong types come.
    private static void Replace(List<byte> bytes, byte[] value, Random random)
    {
        var colons = bytes.Select((b, i) => (b, i)).Where(p => p.b == ':').Select(p => p.i).ToList();
        if (colons.Count == 0)
            return;
        var from = colons[random.Next(colons.Count)] + 1;
        var end = bytes.FindIndex(from, b => b is (byte)',' or (byte)'}' or (byte)'\n');
        bytes.RemoveRange(from, Math.Max(0, end - from));
        bytes.InsertRange(from, value);
    }
}
