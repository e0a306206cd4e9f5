using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Avic.Cells;

// avic-cells FOLDER: cells resolve paths in the working directory, the notebook's folder; our own libraries, where they are
// missing there, come from FOLDER, the tool's. Messages come on the standard input and go out on the standard output.
var outbox = new Outbox(Console.OpenStandardOutput());
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;

// Ctrl-C at a terminal goes to every process there; what it means is for the front to say.
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);

using var turns = new CellTurns();
using var questions = new BlockingCollection<Message>();
var input = new CellInput(outbox, turns);

// Messages are read on a thread of their own and questions answered on another, so that both can happen while a cell runs.
new Thread(ReadMessages) { IsBackground = true, Name = "messages" }.Start(Console.OpenStandardInput());

Console.SetIn(input);
Console.SetOut(new CellConsole(outbox, "stdout"));
Console.SetError(new CellConsole(outbox, "stderr"));
AppDomain.CurrentDomain.ProcessExit += (_, _) => outbox.Flush();   // a cell may call Environment.Exit
CellDisplay.Show = outbox.Send;

var session = await CellSession.Start(Environment.CurrentDirectory, args[0], outbox, turns);
new Thread(AnswerQuestions) { IsBackground = true, Name = "questions" }.Start();
TellWhereOurLibrariesComeFrom();
outbox.Send(new Ready());
await turns.Each(async cell =>
{
    await session.Run(cell);
    outbox.Send(new Done(cell.Cell, cell.Seal));
});

void ReadMessages(object? pipe)
{
    using var reader = new StreamReader((Stream)pipe!, new UTF8Encoding(false));
    while (reader.ReadLine() is { } line)
        Take(MessageJson.Read(Encoding.UTF8.GetBytes(line.TrimStart(Message.Separator))));
    Environment.Exit(0);   // the front is gone: no cell may outlive it
}

void Take(Message message)
{
    switch (message)
    {
        case Execute cell:
            turns.Add(cell);
            break;
        case Interrupt:
            turns.Interrupt();
            break;
        case Answer answer:
            input.Answered(answer);
            break;
        default:
            questions.Add(message);
            break;
    }
}

void AnswerQuestions()
{
    var answers = new CellQuestions(session);
    foreach (var question in questions.GetConsumingEnumerable())
        if (answers.Answer(question) is { } answer)
            outbox.Send(answer);
}

// Which copy a notebook ran on decides what its outputs are worth.
void TellWhereOurLibrariesComeFrom()
{
    var listener = new LongWorkListener(turns, outbox);
    AppDomain.CurrentDomain.AssemblyLoad += (_, e) =>
    {
        if (e.LoadedAssembly.GetName() is not { Name: "Avic.Model" or "Avic.Notebook" } name)
            return;
        outbox.Send(new Note($"{name.Name} {name.Version} from {e.LoadedAssembly.Location}"));
        listener.ListenTo(e.LoadedAssembly);
    };
}
