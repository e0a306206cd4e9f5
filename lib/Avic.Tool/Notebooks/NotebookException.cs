namespace Avic.Tool;

/// <summary>A file that is no notebook we can run; the message names file and place, on one line.</summary>
internal sealed class NotebookException(string message) : Exception(message.ReplaceLineEndings(" "));
