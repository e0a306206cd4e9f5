namespace Avic.Model;

/// <summary>splitmix64: the framework's Random may change its sequence from one version to the next.</summary>
internal struct Dice(ulong state)
{
    private const ulong Step = 0x9E3779B97F4A7C15;

    // Neighbouring seeds draw from one row of numbers, a number apart.
    public static Dice Of(int seed) => new((ulong)seed * Step + 0x632BE59BD9B4E019);

    // Neighbouring seeds have nothing in common: few draws decide a run, and two runs with the same are one.
    public static Dice Apart(int seed) => new(Mix((ulong)seed * Step));

    public int Below(int count) => (int)(Mix(state += Step) % (ulong)count);

    /// <summary>From 0 to just below 1.</summary>
    public double Fraction() => (Mix(state += Step) >> 11) * (1.0 / (1UL << 53));

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
