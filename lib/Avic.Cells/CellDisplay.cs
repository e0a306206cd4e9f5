namespace Avic.Cells;

/// <summary>The two words every cell knows without a using: <c>display(x)</c> and <c>x.Display()</c>.</summary>
public static class CellDisplay
{
    /// <summary>Where shown values go; set once, when the engine starts.</summary>
    internal static Action<object?> Show { get; set; } = _ => throw new InvalidOperationException("display() works in a cell only.");

    /// <summary>Shows a value below the cell, now.</summary>
#pragma warning disable IDE1006 // the name that notebooks already use
    public static void display(object? value) => Show(value);
#pragma warning restore IDE1006

    /// <summary>Shows the value below the cell, now.</summary>
    public static void Display(this object? value) => Show(value);
}
