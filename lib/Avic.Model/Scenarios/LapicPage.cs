using System.Globalization;

namespace Avic.Model;

/// <summary>
/// The registers of a local APIC as a VMM hands them to KVM_SET_LAPIC: those that an operating system has left which has booted, but for
/// what is said here. All of the page is replaced.
/// </summary>
public sealed class LapicPage
{
    private readonly SortedDictionary<int, uint> _registers;

    internal LapicPage(SortedDictionary<int, uint>? registers = null) => _registers = registers ?? [];

    /// <summary>The vectors that are requested in it.</summary>
    internal IEnumerable<int> Vectors =>
        from register in _registers
        where register.Key is >= (int)Apic.Irr0 and < (int)Apic.Esr
        from bit in Enumerable.Range(0, 32)
        where (register.Value >> bit & 1) != 0
        select (register.Key - (int)Apic.Irr0 << 1) + bit;

    /// <summary>The APIC id of xAPIC mode, if it is said.</summary>
    internal uint? Id => _registers.TryGetValue((int)Apic.Id, out var id) ? id >> 24 : null;

    /// <summary>Gives a register a value.</summary>
    /// <param name="register">A number is an offset in the page, 000h to 3F0h.</param>
    /// <param name="value">32 bits.</param>
    /// <exception cref="ModelException">There is no such register, or the value does not fit, or arms the timer.</exception>
    public LapicPage With(Apic register, long value)
    {
        var offset = (int)register;
        if (offset is < 0x20 or > 0x3f0 || (offset & 0xf) != 0) throw new ModelException($"A page for KVM has registers each 10h bytes from 020h to 3f0h, none at {offset:x}h.");
        if (value is < 0 or > uint.MaxValue) throw new ModelException($"{register} takes 0 to ffffffffh, not {value}.");
        if (register == Apic.TimerInitialCount && value != 0) throw new ModelException("A timer that goes on after KVM_SET_LAPIC is not modelled: leave TimerInitialCount at zero.");
        if (register == Apic.Irr0 && (value & 0xffff) != 0) throw new ModelException("An interrupt has a vector from 16 to 255: Irr0 has no bits below 16.");
        return new(new(_registers) { [offset] = (uint)value });
    }

    /// <summary>Requests a vector: sets its bit in IRR.</summary>
    /// <param name="vector">16 to 255.</param>
    public LapicPage Requested(int vector)
    {
        if (vector is < 16 or > 255) throw new ModelException($"An interrupt has a vector from 16 to 255, not {vector}.");
        var word = Apic.Irr0 + (vector >> 5 << 4);
        return With(word, _registers.GetValueOrDefault((int)word) | 1u << (vector & 31));
    }

    /// <summary>The page, for a vCPU.</summary>
    internal ApicPage Of(int vcpu)
    {
        var page = Boot.Page(vcpu);
        foreach (var (offset, value) in _registers)
            if (offset != (int)Apic.Version) page[offset] = value; // that is KVM's own: kvm_apic_set_version()
        return page;
    }

    /// <summary>The registers that differ, <c>80=20.</c></summary>
    public override string ToString() => string.Concat(_registers.Select(register => string.Create(CultureInfo.InvariantCulture, $"{register.Key:x}={register.Value:x}.")));
}
