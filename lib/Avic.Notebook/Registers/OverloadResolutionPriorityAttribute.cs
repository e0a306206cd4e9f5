namespace System.Runtime.CompilerServices;

/// <summary>Compilers know it by this name; net8.0 has none of its own. An empty list is a list of vectors, not of words.</summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
internal sealed class OverloadResolutionPriorityAttribute(int priority) : Attribute
{
    public int Priority { get; } = priority;
}
