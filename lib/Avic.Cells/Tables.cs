using System.Runtime.CompilerServices;
using Microsoft.DotNet.Interactive.Formatting;

namespace Avic.Cells;

/// <summary>Objects and sequences as the tables and trees that Polyglot Notebooks shows, by its own library.</summary>
/// <remarks>The library is loaded when the first such value is shown: most notebooks of pictures never need it.</remarks>
internal static class Tables
{
    private const int Longest = 1 << 20;

    /// <summary>Null for what is better told as text.</summary>
    public static string? Html(object value) =>
        value is string or IFormattable or bool or char or Type or Exception || value.GetType().IsPrimitive ? null : Formatted(value);

    [MethodImpl(MethodImplOptions.NoInlining)]   // compiling it loads the library
    private static string? Formatted(object value)
    {
        Rules.Set();
        using var text = new Bounded();
        using var context = new FormatContext(text);
        try
        {
            value.FormatTo(context, "text/html");
            return text.ToString();
        }
        catch (TooLong)
        {
            return null;
        }
    }

    private static class Rules
    {
        // Outputs are saved: no stack trace of this machine, and no link out of the page.
        static Rules()
        {
            Formatter.Register<Exception>((thrown, to) => to.Write($"<span>{Encoded($"{thrown.GetType().Name}: {thrown.Message}")}</span>"), "text/html");
            Formatter.Register<Markup>((markup, to) => to.Write(markup.ToHtml()), "text/html");
            Formatter.Register<Type>((type, to) => to.Write($"<span>{Encoded(type.ToString())}</span>"), "text/html");
        }

        public static void Set()
        {
            // the static constructor has
        }

        private static string Encoded(string text) => System.Net.WebUtility.HtmlEncode(text);
    }

    private sealed class TooLong : Exception;

    // Twenty items a list, six levels deep: a value can still come to gigabytes.
    private sealed class Bounded : StringWriter
    {
        public override void Write(char value)
        {
            Check(1);
            base.Write(value);
        }

        public override void Write(char[] buffer, int index, int count)
        {
            Check(count);
            base.Write(buffer, index, count);
        }

        public override void Write(ReadOnlySpan<char> buffer)
        {
            Check(buffer.Length);
            base.Write(buffer);
        }

        public override void Write(string? value)
        {
            Check(value?.Length ?? 0);
            base.Write(value);
        }

        private void Check(int more)
        {
            if (GetStringBuilder().Length + more > Longest)
                throw new TooLong();
        }
    }
}
