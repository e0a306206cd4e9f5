namespace Avic.Model;

/// <summary>Something was asked of a model that it cannot mean; the message says what was wrong and what is possible.</summary>
public sealed class ModelException(string message, Exception? inner = null) : Exception(message, inner);
