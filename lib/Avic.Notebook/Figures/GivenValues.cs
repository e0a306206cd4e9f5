using System.Collections.Concurrent;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>What a cell gives as the values of a series, as plotly takes it: numbers, names or dates; null is a gap.</summary>
/// <param name="List">The values.</param>
/// <param name="Infinite">How many of them no JSON can hold; they are gaps.</param>
internal readonly record struct GivenValues(JsonArray List, int Infinite)
{
    // By type: an unconstrained T says more to who errs than the compiler does about INumberBase.
    private static readonly ConcurrentDictionary<Type, Func<object, double>?> Readers = [];

    /// <summary>Whether they stand on an axis of names.</summary>
    public bool AreNames { get; private init; }

    /// <summary>Whether they stand on an axis of dates.</summary>
    public bool AreDates { get; private init; }

    /// <summary>Numbers of any type, or dates.</summary>
    /// <exception cref="ModelException">Something is neither, or they are mixed.</exception>
    public static GivenValues Of<T>(IEnumerable<T> values, [CallerArgumentExpression(nameof(values))] string? argument = null)
    {
        ArgumentNullException.ThrowIfNull(values, argument);
        T[] all = [.. values];
        var type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        if (type == typeof(DateTime) || type == typeof(DateOnly) || type == typeof(DateTimeOffset) || all.Any(value => Dates.Of(value) is not null))
            return new([.. all.Select(value => Dates.Of(value) is { } date ? JsonValue.Create(Dates.Text(date)) : value is null ? null : throw Wrong(value, argument, "dates"))], 0) { AreDates = true };
        var numbers = Array.ConvertAll(all, value => Number(value, argument));
        return new([.. numbers.Select(number => double.IsFinite(number) ? JsonValue.Create(number) : null)], numbers.Count(double.IsInfinity));
    }

    /// <summary>Names, each of which is there.</summary>
    public static GivenValues OfNames(IEnumerable<string> names, [CallerArgumentExpression(nameof(names))] string? argument = null)
    {
        ArgumentNullException.ThrowIfNull(names, argument);
        return new([.. names.Select(name => JsonValue.Create(PlotlyText.Of(name, argument)))], 0) { AreNames = true };
    }

    /// <summary>A number of any type; NaN for null.</summary>
    /// <exception cref="ModelException">It is none.</exception>
    public static double Number(object? value, string? argument) =>
        value is null ? double.NaN : Readers.GetOrAdd(value.GetType(), Reader) is { } read ? read(value) : throw Wrong(value, argument, "numbers");

    private static ModelException Wrong(object value, string? argument, string wanted) => new($"{argument} holds a {value.GetType().Name}, where a figure takes {wanted} (null is a gap)." + value switch
    {
        TimeSpan => " As seconds: .Select(time => time.TotalSeconds), and unit: \"s\" for the axis.",
        bool => " As numbers: .Select(yes => yes ? 1 : 0).",
        DateTime or DateOnly or DateTimeOffset => " Dates stand on the axes of Line and Points, and below Bars.",
        TimeOnly => " As hours: .Select(time => time.ToTimeSpan().TotalHours).",
        string => " Names stand below Line and Bars: Figure.Bars(names, values), with names as strings all of them.",
        _ => "",
    });

    private static Func<object, double>? Reader(Type type) =>
        type == typeof(char) || !type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(INumberBase<>)) ? null
            : typeof(GivenValues).GetMethod(nameof(Unboxed), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(type).CreateDelegate<Func<object, double>>();

    // Plotly stumbles over numbers too small to have all their digits; on any axis they are 0.
    private static double Unboxed<T>(object value) where T : INumberBase<T> => double.CreateSaturating((T)value) is var number && double.IsSubnormal(number) ? 0 : number;
}
