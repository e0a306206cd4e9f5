using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>What a cell must give. A null is named where it is given, not where it would be used, many rows later.</summary>
internal static class Given
{
    public static T Value<T>(T value, [CallerArgumentExpression(nameof(value))] string? argument = null) where T : class
    {
        ArgumentNullException.ThrowIfNull(value, argument);
        return value;
    }

    public static T[] Each<T>(IEnumerable<T> values, [CallerArgumentExpression(nameof(values))] string? argument = null) where T : class
    {
        ArgumentNullException.ThrowIfNull(values, argument);
        T[] all = [.. values];
        foreach (var value in all) ArgumentNullException.ThrowIfNull(value, argument);
        return all;
    }

    /// <summary>What a cell's lambda gave back.</summary>
    public static T Back<T>(T? value, string argument, string example) where T : class =>
        value is IContinued { IsContinued: true } ? throw new ModelException($"{argument} made more than it gave back: each word gives back a new program, and the one before stays as it was. Chain the words, {example}, or keep what they give back: x = x.Word(…).")
        : value ?? throw new ModelException($"{argument} gave back null, where it gives back what it made: {example}.");

    /// <summary>What a cell's lambda made of the program it was handed, and of no other.</summary>
    public static T Made<T>(T begun, Func<T, T> body, string argument, string example) where T : class, IContinued
    {
        var made = Back(body(begun), argument, example);
        return begun.IsContinued || ReferenceEquals(made, begun) ? made
            : throw new ModelException($"{argument} gave back another program than it was handed, or one made of another: say every word to the lambda's own variable, {example}.");
    }

    /// <summary>A program with a part of it repeated.</summary>
    public static T Repeated<T>(T program, int times, int most, Func<T, T> body, string example) where T : class, IContinued
    {
        ArgumentNullException.ThrowIfNull(body);
        return times >= 1 && times <= most ? Enumerable.Range(0, times).Aggregate(program, (all, _) => Made(all, body, nameof(body), example)) : throw new ModelException($"A part is repeated 1 to {most} times, not {times}.");
    }
}

/// <summary>A program in the making, whose words each give back a new one.</summary>
internal interface IContinued
{
    /// <summary>True once a word was said to it: whoever then gives back this one has lost what the word made.</summary>
    bool IsContinued { get; }
}
