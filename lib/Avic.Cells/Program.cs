using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Avic.Cells;

// avic-cells FOLDER: cells resolve paths in the working directory, the notebook's folder; our own libraries, where they are
// missing there, come from FOLDER, the tool's. Messages come on the standard input and go out on the standard output.
var outbox = new Outbox(Console.OpenStandardOutput());
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;

// Messages are read on a thread of their own, so that one can arrive while a cell runs.
using var cells = new BlockingCollection<Execute>();
new Thread(ReadMessages) { IsBackground = true, Name = "messages" }.Start(Console.OpenStandardInput());

Console.SetIn(TextReader.Null);   // nobody is there to answer; the real input carries messages
Console.SetOut(new CellConsole(outbox, "stdout"));
Console.SetError(new CellConsole(outbox, "stderr"));
CellDisplay.Show = value => outbox.Send(new Shown(Rendering.Of(value), IsResult: false));

var session = await CellSession.Start(Environment.CurrentDirectory, args[0], outbox);
TellWhereOurLibrariesComeFrom();
outbox.Send(new Ready());
foreach (var cell in cells.GetConsumingEnumerable())
{
    await session.Run(cell);
    outbox.Send(new Done(cell.Cell));
}

void ReadMessages(object? input)
{
    using var reader = new StreamReader((Stream)input!, new UTF8Encoding(false));
    while (reader.ReadLine() is { } line)
        if (MessageJson.Read(Encoding.UTF8.GetBytes(line.TrimStart(Message.Separator))) is Execute cell)
            cells.Add(cell);
    Environment.Exit(0);   // the front is gone: no cell may outlive it
}

// Which copy a notebook ran on decides what its outputs are worth.
void TellWhereOurLibrariesComeFrom() => AppDomain.CurrentDomain.AssemblyLoad += (_, e) =>
{
    if (e.LoadedAssembly.GetName() is { Name: "Avic.Model" or "Avic.Notebook" } name)
        outbox.Send(new Note($"{name.Name} {name.Version} from {e.LoadedAssembly.Location}"));
};
