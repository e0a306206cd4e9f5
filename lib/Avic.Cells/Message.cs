using System.Text.Json;
using System.Text.Json.Serialization;

namespace Avic.Cells;

/// <summary>What the front (the `avic` command) and the engine say to each other, one JSON object a line.</summary>
/// <remarks>
/// Every line begins with U+001E, the record separator of RFC 7464. JSON never contains that byte unescaped, so text that a cell
/// or its child process writes straight to the standard output is told apart from a message, even in the middle of a line.
/// A reader ignores a type it does not know: later messages (interrupt, progress) are new records here.
/// </remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type", IgnoreUnrecognizedTypeDiscriminators = true)]
[JsonDerivedType(typeof(Execute), "execute")]
[JsonDerivedType(typeof(Ready), "ready")]
[JsonDerivedType(typeof(Written), "written")]
[JsonDerivedType(typeof(Shown), "shown")]
[JsonDerivedType(typeof(Failed), "failed")]
[JsonDerivedType(typeof(Note), "note")]
[JsonDerivedType(typeof(Done), "done")]
internal record Message
{
    internal const char Separator = '\u001e';
}

/// <summary>Front to engine: run this source as cell number <paramref name="Cell"/>.</summary>
internal sealed record Execute(int Cell, string Code) : Message;

/// <summary>The compiler is warm; cells are answered from now on.</summary>
internal sealed record Ready : Message;

/// <summary>Text for a stream, "stdout" or "stderr".</summary>
internal sealed record Written(string Stream, string Text) : Message;

/// <summary>A value by MIME type; <paramref name="IsResult"/> for the cell's trailing expression.</summary>
internal sealed record Shown(Dictionary<string, string> Data, bool IsResult) : Message;

/// <summary>The cell ended in an error, which the traceback tells in the cell's own lines.</summary>
internal sealed record Failed(string Name, string Value, string[] Traceback) : Message;

/// <summary>A word to the person at the terminal; never part of a notebook.</summary>
internal sealed record Note(string Text) : Message;

/// <summary>The cell is over: everything it wrote has been sent.</summary>
internal sealed record Done(int Cell) : Message;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Message))]
internal sealed partial class MessageJson : JsonSerializerContext
{
    public static byte[] Line(Message message) =>
        [(byte)Cells.Message.Separator, .. JsonSerializer.SerializeToUtf8Bytes(message, Default.Message), (byte)'\n'];

    public static Message Read(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, Default.Message)!;
}
