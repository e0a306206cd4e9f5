namespace Avic.Model;

public sealed partial class Linux
{
    // No word has so many bits: a reason the kernel lacks.
    private const byte Lacking = 255;

    /// <summary>The reasons to keep AVIC off that this kernel knows.</summary>
    public IReadOnlyList<InhibitReason> Reasons => field ??= [.. InhibitReason.All.Where(reason => reason.NumberSince(_numbering) is not null)];

    /// <summary>The bit that a reason has in this kernel's word.</summary>
    /// <exception cref="ModelException">The kernel knows no such reason.</exception>
    public int NumberOf(Reason reason) => (int)reason < Bits.Count && Bits[(int)reason] is not Lacking and var bit ? bit
        : throw new ModelException($"{Name} has no reason {reason}. It has: {string.Join(", ", Reasons.Select(known => known.Reason))}.");

    internal IReadOnlyList<byte> Bits => field ??= [.. Enum.GetValues<Reason>().Select(reason => InhibitReason.All.Single(known => known.Reason == reason).NumberSince(_numbering) ?? Lacking)];
}
