using System.Globalization;
using System.Text.Json.Nodes;
using Avic.Cells;

namespace Avic.Tool;

/// <summary>What one cell says, as the messages of iopub.</summary>
internal sealed class CellOutput(int count, Action<string, JsonObject> publish)
{
    private readonly string _progressId = Guid.NewGuid().ToString();
    private bool _hasOther;
    private bool _hasProgress;

    /// <summary>The error it ended in.</summary>
    public Failed? Failed { get; private set; }

    /// <summary>Its trailing value as plain text.</summary>
    public string? Result { get; private set; }

    public void Add(Message message)
    {
        switch (message)
        {
            case Progressed progressed:
                Progress(progressed);
                break;
            case Written { Text.Length: > 0 } written:
                Publish("stream", new() { ["name"] = written.Stream, ["text"] = written.Text });
                break;
            case Note note:
                Publish("stream", new() { ["name"] = "stderr", ["text"] = note.Text + "\n" });   // the log is nowhere to be seen in Jupyter
                break;
            case Shown shown:
                Show(shown);
                break;
            case Failed failed:
                Failed = failed;
                Publish("error", new() { ["ename"] = failed.Name, ["evalue"] = failed.Value, ["traceback"] = Lines(failed) });
                break;
        }
    }

    public void End()
    {
        if (_hasProgress)
            TakeProgressAway(beforeOutput: false);
    }

    /// <summary>An error's lines; clients show these and not its name and value.</summary>
    public static JsonArray Lines(Failed failed) =>
        new([.. (failed.Traceback is [] ? [$"{failed.Name}: {failed.Value}"] : failed.Traceback).Select(line => JsonValue.Create(line))]);

    private void Show(Shown shown)
    {
        JsonObject content = new() { ["data"] = MimeBundle.Of(shown.Data), ["metadata"] = new JsonObject() };
        if (shown.IsResult)
        {
            Result = shown.Data.GetValueOrDefault("text/plain");
            content["execution_count"] = count;
        }
        content["transient"] = shown.DisplayId is { } id ? new JsonObject { ["display_id"] = id } : new JsonObject();
        Publish(shown.IsUpdate ? "update_display_data" : shown.IsResult ? "execute_result" : "display_data", content);
    }

    private void Publish(string type, JsonObject content)
    {
        if (_hasProgress && !_hasOther)
            TakeProgressAway(beforeOutput: true);
        _hasOther = true;
        publish(type, content);
    }

    // One display, which changes. It belongs to no saved notebook: alone it is cleared, among others it can only be emptied.
    private void Progress(Progressed progressed)
    {
        var percent = progressed.Fraction is { } done ? string.Create(CultureInfo.InvariantCulture, $"{done * 100:0} % · ") : "";
        Show(_hasProgress ? "update_display_data" : "display_data", percent + progressed.Text);
        _hasProgress = true;
    }

    private void TakeProgressAway(bool beforeOutput)
    {
        if (_hasOther)
            Show("update_display_data", "");
        else
            publish("clear_output", new() { ["wait"] = beforeOutput });   // waiting, the page does not jump
        _hasProgress = false;
    }

    private void Show(string type, string text) => publish(type, new()
    {
        ["data"] = new JsonObject { ["text/plain"] = text },
        ["metadata"] = new JsonObject(),
        ["transient"] = new JsonObject { ["display_id"] = _progressId },
    });
}
