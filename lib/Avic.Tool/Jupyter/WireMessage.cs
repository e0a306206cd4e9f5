using System.Text.Json;

namespace Avic.Tool;

/// <summary>A request as it came, its signature checked.</summary>
/// <param name="Peer">Whom to answer.</param>
/// <param name="Route">Frames before the delimiter; they go back with the answer.</param>
/// <param name="Header">The bytes of its header, which every answer repeats as its parent.</param>
/// <param name="Type">execute_request, kernel_info_request, …</param>
/// <param name="Content">Whatever belongs to the type; an object.</param>
internal sealed record WireMessage(ZmtpConnection Peer, byte[][] Route, byte[] Header, string Type, JsonElement Content)
{
    public string Text(string name) => Content.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    public string Text(string name, string otherwise) => Has(name) ? Text(name) : otherwise;

    public bool Flag(string name, bool otherwise) => Has(name) ? Content.GetProperty(name).GetBoolean() : otherwise;

    public int Number(string name, int otherwise) => Has(name) ? Content.GetProperty(name).GetInt32() : otherwise;

    private bool Has(string name) => Content.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;
}
