using System.Globalization;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>Paints sixteen bits a line, and below them a line for each field: narrow enough for a phone.</summary>
internal static class BitFieldPainter
{
    private const double Margin = 8, Bit = 24, Digit = 18, Name = 14, Numbers = 12, Places = 48, Wide = 2 * Margin + Line * Bit;
    private const int Line = 16;

    // One field's bits, or reserved ones, on one line.
    private readonly record struct Piece(Bits? Field, int High, int Low)
    {
        public int Width => High - Low + 1;
    }

    public static Svg Paint(BitField picture, string caption)
    {
        var svg = new Svg(Wide);
        var y = Words(svg, Margin + 2, picture.Layout.Name, Lettering.Title, 15, 3);
        y = Words(svg, y, picture.Layout.Meaning, Lettering.Small, 13, 2);
        svg.Text(Margin, y += 16, picture.Digits, Lettering.CodeBold);
        y += 8;
        for (var low = (picture.Layout.Width - 1) / Line * Line; low >= 0; low -= Line) y = Row(svg, y, picture, Math.Min(low + Line, picture.Layout.Width) - 1, low);
        y = Table(svg, y + 4, picture);
        y = Words(svg, y + 2, caption, Lettering.Prose, 15, 6);
        y = Words(svg, y + 2, picture.Layout.Source, Lettering.Small, 13, 2);
        svg.Height = y + Margin;
        return svg;
    }

    private static double Row(Svg svg, double top, BitField picture, int high, int low)
    {
        double X(int bit) => Margin + (Line - 1 - (bit - low)) * Bit;
        var (layout, digits, bottom) = (picture.Layout, top + Numbers, top + Numbers + Digit + Name);
        foreach (var piece in Pieces(layout, high, low))
        {
            var (left, right) = (X(piece.High), X(piece.Low) + Bit);
            var isSet = piece.Field is { } field && field.Get(picture.Value) != 0;
            svg.Rectangle(left, digits, right - left, Digit + Name, piece.Field is null ? svg.Pattern("nothing", Palette.Nothing) : isSet ? Palette.PaleBlue : Palette.White);
            for (var bit = piece.High; bit >= piece.Low; bit--) OneBit(svg, X(bit), digits, bit > piece.Low, (picture.Value >> bit & 1) == 1, piece.Field is null);
            if (piece.Field is { } named && IsWidest(layout, named, piece)) Named(svg, named.Name, left, right, digits + Digit);
            Numbered(svg, piece, X, digits - 3);
            // A field that goes on upon another line stays open there.
            svg.Path($"M{Svg.N(left)} {Svg.N(digits)}H{Svg.N(right)}M{Svg.N(left)} {Svg.N(bottom)}H{Svg.N(right)}"
                + (piece.High == (piece.Field?.High ?? piece.High) ? $"M{Svg.N(left)} {Svg.N(digits)}V{Svg.N(bottom)}" : "")
                + (piece.Low == (piece.Field?.Low ?? piece.Low) ? $"M{Svg.N(right)} {Svg.N(digits)}V{Svg.N(bottom)}" : ""), Palette.Black);
        }
        return bottom + 6;
    }

    private static void OneBit(Svg svg, double x, double top, bool hasNext, bool isSet, bool isReserved)
    {
        if (isReserved && isSet) svg.Rectangle(x + 1, top + 1, Bit - 2, Digit - 2, Palette.PaleVermillion, Palette.DeepVermillion);
        svg.Text(x + Bit / 2, top + 13, isSet ? "1" : "0", isSet ? Lettering.CodeBold : isReserved ? Lettering.CodeGrey : Lettering.Code, Anchor.Middle);
        if (hasNext && !isReserved) svg.Line(x + Bit, top + Digit - 4, x + Bit, top + Digit, Palette.Grey);
    }

    private static void Named(Svg svg, string name, double left, double right, double top)
    {
        var room = right - left - 3;
        var fitting = Lettering.CodeSmall.Fit(name, room);
        // A name cut to a letter or two says less than the number above it, which the list below has, too.
        if (fitting == name || room > 2.5 * Bit) svg.Text((left + right) / 2, top + 9, fitting, Lettering.CodeSmall, Anchor.Middle);
    }

    private static void Numbered(Svg svg, Piece piece, Func<int, double> x, double baseline)
    {
        foreach (var bit in piece.Width == 1 ? [piece.High] : (int[])[piece.High, piece.Low])
            svg.Text(x(bit) + Bit / 2, baseline, bit.ToString(CultureInfo.InvariantCulture), Lettering.CodeSmall, Anchor.Middle);
    }

    private static IEnumerable<Piece> Pieces(BitLayout layout, int high, int low)
    {
        for (var bit = high; bit >= low;)
        {
            var field = layout.Fields.FirstOrDefault(one => one.Low <= bit && bit <= one.High);
            var end = Math.Max(low, field?.Low ?? layout.Fields.Select(one => one.High + 1).Where(next => next <= bit).DefaultIfEmpty(0).Max());
            yield return new(field, bit, end);
            bit = end - 1;
        }
    }

    private static bool IsWidest(BitLayout layout, Bits field, Piece piece)
    {
        var pieces = Enumerable.Range(0, layout.Width / Line + 1).Select(i => (High: Math.Min(field.High, i * Line + Line - 1), Low: Math.Max(field.Low, i * Line))).Where(one => one.High >= one.Low);
        return pieces.MaxBy(one => (one.High - one.Low, one.High)) == (piece.High, piece.Low);
    }

    private static double Table(Svg svg, double y, BitField picture)
    {
        const double Left = Margin + Places, Room = Wide - Margin - Left;
        var shown = picture.Layout.Fields.Select(field => (Field: field, Number: field.Get(picture.Value))).ToList();
        var names = Math.Min(shown.Select(one => Lettering.CodeStrong.Width(one.Field.Name)).DefaultIfEmpty(0).Max(), Room - 120);
        foreach (var (field, number) in shown)
        {
            svg.Text(Margin, y += 15, field.Place, Lettering.CodeSmall);
            svg.Text(Left, y, Lettering.CodeStrong.Fit(field.Name, names + 1), Lettering.CodeStrong);
            svg.Text(Left + names + 10, y, BitField.Show(field, number), number == 0 ? Lettering.CodeSmall : Lettering.CodeStrong);
            foreach (var line in Lettering.Small.Wrap(field.Meaning, Room, 3)) svg.Text(Left, y += 12, line, Lettering.Small);
            y += 1;
        }
        if (picture.Strays != 0)
        {
            svg.Rectangle(Margin, y + 6, 12, 12, Palette.PaleVermillion, Palette.DeepVermillion);
            svg.Text(Margin + 18, y + 16, $"reserved bits are set: {BitField.Hex(picture.Strays)}", Lettering.CodeStrong);
            y += 20;
        }
        else if (picture.Layout.Reserved != 0)
        {
            svg.Rectangle(Margin, y + 6, 12, 12, svg.Pattern("nothing", Palette.Nothing), Palette.Grey);
            svg.Text(Margin + 18, y + 16, "reserved", Lettering.Small);
            y += 20;
        }
        return y;
    }

    private static double Words(Svg svg, double y, string text, Lettering lettering, double line, int most)
    {
        foreach (var words in lettering.Wrap(text, Wide - 2 * Margin, most)) svg.Text(Margin, y += line, words, lettering);
        return y;
    }
}
