using System.Text.Json;
using System.Text.Json.Serialization;

namespace Avic.Cells;

/// <summary>What the front (the `avic` command) and the engine say to each other, one JSON object a line.</summary>
/// <remarks>
/// Every line begins with U+001E, the record separator of RFC 7464. JSON never contains that byte unescaped, so text that a cell
/// or its child process writes straight to the standard output is told apart from a message, even in the middle of a line.
/// A reader ignores a type it does not know. Questions carry a number, which the answer repeats; they may be put while a cell runs.
/// </remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type", IgnoreUnrecognizedTypeDiscriminators = true)]
[JsonDerivedType(typeof(Execute), "execute")]
[JsonDerivedType(typeof(Interrupt), "interrupt")]
[JsonDerivedType(typeof(Answer), "answer")]
[JsonDerivedType(typeof(Complete), "complete")]
[JsonDerivedType(typeof(Inspect), "inspect")]
[JsonDerivedType(typeof(IsWhole), "isWhole")]
[JsonDerivedType(typeof(Ready), "ready")]
[JsonDerivedType(typeof(Written), "written")]
[JsonDerivedType(typeof(Shown), "shown")]
[JsonDerivedType(typeof(Failed), "failed")]
[JsonDerivedType(typeof(Note), "note")]
[JsonDerivedType(typeof(Progressed), "progressed")]
[JsonDerivedType(typeof(Done), "done")]
[JsonDerivedType(typeof(Asked), "asked")]
[JsonDerivedType(typeof(Completed), "completed")]
[JsonDerivedType(typeof(Inspected), "inspected")]
[JsonDerivedType(typeof(Judged), "judged")]
internal record Message
{
    internal const char Separator = '\u001e';
}

/// <summary>Front to engine: run this source as cell number <paramref name="Cell"/>.</summary>
/// <param name="Seal">A word that <see cref="Done"/> repeats: what a cell prints cannot pass for the cell's end. Null where nobody would try.</param>
internal sealed record Execute(int Cell, string Code, string? Seal = null) : Message;

/// <summary>Front to engine: let the cell at hand end early, if it listens. A long exploration then gives its partial verdict.</summary>
internal sealed record Interrupt : Message;

/// <summary>Front to engine: the line typed for an <see cref="Asked"/>; null for the end of the input.</summary>
/// <param name="IsRefused">True where nobody can be asked, and to go on as if the input had ended would hide it.</param>
internal sealed record Answer(string? Text, bool IsRefused = false) : Message;

/// <summary>Front to engine: what could stand at this place of this source? Places count UTF-16 units.</summary>
internal sealed record Complete(int Request, string Code, int Cursor) : Message;

/// <summary>Front to engine: what is the name at this place?</summary>
internal sealed record Inspect(int Request, string Code, int Cursor) : Message;

/// <summary>Front to engine: can this source be run as it stands, or does a line more belong to it?</summary>
internal sealed record IsWhole(int Request, string Code) : Message;

/// <summary>The compiler is warm; cells are answered from now on.</summary>
internal sealed record Ready : Message;

/// <summary>Text for a stream, "stdout" or "stderr".</summary>
internal sealed record Written(string Stream, string Text) : Message;

/// <summary>A value by MIME type.</summary>
/// <param name="Data">Text by type; for a type that ends in json, the JSON as text.</param>
/// <param name="IsResult">True for the cell's trailing expression.</param>
/// <param name="DisplayId">A name under which later messages can change what is shown; null for most.</param>
/// <param name="IsUpdate">True if this takes the place of everything shown under that name before.</param>
internal sealed record Shown(Dictionary<string, string> Data, bool IsResult, string? DisplayId = null, bool IsUpdate = false) : Message;

/// <summary>The cell ended in an error, which the traceback tells in the cell's own lines.</summary>
internal sealed record Failed(string Name, string Value, string[] Traceback) : Message;

/// <summary>A word to the person at the terminal; what <c>avic run</c> saves is without it.</summary>
/// <param name="IsOfCell">True if it tells what became of the cell at hand, whose reader may see no terminal.</param>
internal sealed record Note(string Text, bool IsOfCell = false) : Message;

/// <summary>
/// How far the long work of the cell at hand is, about four times a second. Each takes the place of the one before, and the
/// end of the cell takes away the last; never part of a notebook, whose outputs must reproduce.
/// </summary>
/// <param name="Text">One line.</param>
/// <param name="Fraction">How much is done, from 0 to 1; null where nobody can know.</param>
internal sealed record Progressed(string Text, double? Fraction) : Message;

/// <summary>The cell is over: everything it wrote has been sent.</summary>
internal sealed record Done(int Cell, string? Seal = null) : Message;

/// <summary>A cell reads a line: the front sends an <see cref="Answer"/>.</summary>
internal sealed record Asked(string Prompt, bool IsSecret) : Message;

/// <summary>What could stand in place of the source from <paramref name="Start"/> to <paramref name="End"/>.</summary>
internal sealed record Completed(int Request, int Start, int End, Proposal[] Proposals) : Message, IReply;

/// <param name="Text">What would be inserted.</param>
/// <param name="Kind">Method, Property, Class, Keyword, Local, …</param>
/// <param name="Summary">One line: signature and meaning; null where there is none.</param>
internal sealed record Proposal(string Text, string Kind, string? Summary);

/// <summary>What is known of a name, by MIME type; null for nothing.</summary>
internal sealed record Inspected(int Request, Dictionary<string, string>? Data) : Message, IReply;

/// <summary>"complete", "incomplete" or "invalid", as Jupyter calls it; and what the next line should begin with.</summary>
internal sealed record Judged(int Request, string Status, string Indent) : Message, IReply;

/// <summary>An answer to the question of the same number.</summary>
internal interface IReply
{
    int Request { get; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Message))]
internal sealed partial class MessageJson : JsonSerializerContext
{
    public static byte[] Line(Message message) =>
        [(byte)Cells.Message.Separator, .. JsonSerializer.SerializeToUtf8Bytes(message, Default.Message), (byte)'\n'];

    public static Message Read(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, Default.Message)!;
}
