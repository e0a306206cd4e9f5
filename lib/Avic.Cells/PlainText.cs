using System.Collections;
using System.Globalization;
using System.Text;

namespace Avic.Cells;

/// <summary>A value as one short text: strings as they are, numbers in the invariant culture, sequences as lists.</summary>
internal static class PlainText
{
    /// <summary>Longer sequences end in "…".</summary>
    private const int Items = 100;

    /// <summary>A sequence may contain itself.</summary>
    private const int Depth = 6;

    public static string Of(object? value) => value as string ?? Inner(value, 0);

    private static string Inner(object? value, int depth) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        IDictionary or IEnumerable when depth == Depth => "…",
        IDictionary map => List('{', Pairs(map), '}', map.Count, depth, pair => $"{Inner(pair.Key, depth + 1)}: {Inner(pair.Value, depth + 1)}"),
        IEnumerable items => List('[', items.Cast<object?>(), ']', (value as ICollection)?.Count, depth, item => Inner(item, depth + 1)),
        _ => Named(value),
    };

    private static IEnumerable<DictionaryEntry> Pairs(IDictionary map)
    {
        foreach (DictionaryEntry pair in map)
            yield return pair;
    }

    private static string List<T>(char open, IEnumerable<T> items, char close, int? count, int depth, Func<T, string> text)
    {
        var list = new StringBuilder().Append(open);
        var shown = 0;
        foreach (var item in items)
        {
            if (shown > 0)
                list.Append(", ");
            if (shown++ == Items)
            {
                list.Append('…');
                break;
            }
            list.Append(text(item));
        }
        list.Append(close);
        return depth == 0 && count > Items ? $"{list} ({count} items)" : list.ToString();
    }

    // A class of a cell is nested in the compiler's Submission#7; that number is nobody's business.
    private static string Named(object value)
    {
        var text = value.ToString() ?? "";
        var type = value.GetType();
        return text == type.ToString() && text.StartsWith("Submission#", StringComparison.Ordinal) ? type.Name : text;
    }
}
