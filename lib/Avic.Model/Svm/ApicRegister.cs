using System.Globalization;

namespace Avic.Model;

/// <summary>What AVIC does with a guest's access to a register.</summary>
public enum AvicAccess : byte
{
    /// <summary>The access reads or writes the page, and that is all.</summary>
    Allow,

    /// <summary>The access reaches the page, and the core does what the register is for.</summary>
    Accelerate,

    /// <summary>The write reaches the page; then #VMEXIT, the instruction behind it. (A read does not trap.)</summary>
    Trap,

    /// <summary>#VMEXIT before anything has happened: the instruction is to be emulated.</summary>
    Fault,

    /// <summary>#GP: x2APIC mode has no such access, and the core finds that before AVIC is asked.</summary>
    Gp,
}

/// <summary>A register of the local APIC: what AVIC and KVM do when a guest reads or writes it.</summary>
/// <param name="Offset">In the page, 000h to FF0h.</param>
/// <param name="Name">In data/apic-registers.csv; the name in <see cref="Apic"/>.</param>
/// <param name="Reset">After reset, in KVM; the id's place is filled in.</param>
/// <param name="AvicRead">What AVIC does with a read.</param>
/// <param name="AvicWrite">What AVIC does with a write.</param>
/// <param name="KvmTrap">True if KVM takes its unaccelerated-access exit for a trap, false for a fault.</param>
/// <param name="KvmRead">True if emulation gives the register's value; else a read gives 0.</param>
/// <param name="KvmWriteMask">The bits that an emulated write stores.</param>
/// <param name="KvmWriteOnes">The bits that read as one whatever is written.</param>
/// <param name="KvmEffect">What an emulated write does beside.</param>
/// <param name="Msr">The x2APIC MSR, or 0.</param>
/// <param name="X2AvicRead">What x2AVIC does with RDMSR.</param>
/// <param name="X2AvicWrite">What x2AVIC does with WRMSR.</param>
/// <param name="X2Bits">The bits that WRMSR may set in x2APIC mode; others are #GP. Of ICR, those of the lower half.</param>
/// <param name="KvmX2Read">True if KVM's emulation of x2APIC gives the value; else RDMSR is #GP.</param>
/// <param name="KvmX2Write">True if KVM's emulation of x2APIC takes WRMSR; else it is #GP.</param>
/// <param name="X2AvicOpen">True if KVM leaves the MSR to the guest under x2AVIC.</param>
/// <param name="Meaning">In words.</param>
/// <remarks>
/// AMD64 APM vol. 2, table in 15.29, and 16.11; arch/x86/kvm/lapic.c kvm_lapic_reg_write(), v5.15; of x2AVIC, arch/x86/kvm/svm/avic.c
/// avic_set_x2apic_msr_interception(), v6.19.
/// </remarks>
public sealed record ApicRegister(int Offset, string Name, uint Reset, AvicAccess AvicRead, AvicAccess AvicWrite, bool KvmTrap, bool KvmRead,
    uint KvmWriteMask, uint KvmWriteOnes, string KvmEffect, int Msr, AvicAccess X2AvicRead, AvicAccess X2AvicWrite, uint X2Bits, bool KvmX2Read, bool KvmX2Write, bool X2AvicOpen,
    string Meaning)
{
    private static readonly Lazy<(IReadOnlyList<ApicRegister> All, ApicRegister[] ByOffset)> Table = new(Read);

    /// <summary>Every register that the manual's table names.</summary>
    public static IReadOnlyList<ApicRegister> All => Table.Value.All;

    /// <summary>
    /// The register at an offset. Slots that the table leaves out are plain memory below 400h and fault above (in revision 3.44).
    /// </summary>
    /// <param name="offset">Anywhere in the page; the low four bits do not count.</param>
    public static ApicRegister At(int offset) => Table.Value.ByOffset[(offset & 0xfff) >> 4];

    /// <summary>The register of an x2APIC MSR; what is none is reserved, and any access to it #GP.</summary>
    /// <param name="msr">800h to 8FFh.</param>
    public static ApicRegister OfMsr(int msr) => At((msr & 0xff) << 4);

    /// <summary>What AVIC does with an access.</summary>
    /// <param name="isWrite">True for a write.</param>
    /// <param name="isX2">True for an access by MSR, under x2AVIC.</param>
    public AvicAccess Avic(bool isWrite, bool isX2 = false) => isX2 ? isWrite ? X2AvicWrite : X2AvicRead : isWrite ? AvicWrite : AvicRead;

    /// <summary>True if WRMSR may write the value in x2APIC mode: no reserved bit is set.</summary>
    public bool MayHold(ulong value) => ((uint)value & ~X2Bits) == 0 && (value >> 32 == 0 || Offset == (int)Apic.IcrLow);

    private static (IReadOnlyList<ApicRegister>, ApicRegister[]) Read()
    {
        List<ApicRegister> all = [];
        foreach (var cell in Csv.Rows(Data.Text("apic-registers.csv"), "apic-registers.csv"))
            all.Add(new(Hex(cell[0]), cell[1], cell[2] == "id<<24" ? 0 : (uint)Hex(cell[2]), Access(cell[3]), Access(cell[4]),
                cell[5] == "yes", cell[6] == "yes", (uint)Hex(cell[7]), (uint)Hex(cell[8]), cell[9],
                cell[10] == "none" ? 0 : Hex(cell[10]), Access(cell[11]), Access(cell[12]), (uint)Hex(cell[13]), cell[14] == "yes", cell[15] == "yes", cell[16] == "yes", cell[17]));
        var byOffset = new ApicRegister[0x100];
        for (var slot = 0; slot < byOffset.Length; slot++)
        {
            var plain = slot < 0x40 ? AvicAccess.Allow : AvicAccess.Fault;
            byOffset[slot] = new(slot << 4, string.Create(CultureInfo.InvariantCulture, $"{slot << 4:x3}h"), 0, plain, plain, false, false, 0, 0, "none", 0, AvicAccess.Gp, AvicAccess.Gp, 0, false, false, false, "no register");
        }
        foreach (var register in all) byOffset[register.Offset >> 4] = register;
        return (all, byOffset);
    }

    private static AvicAccess Access(string text) => Enum.Parse<AvicAccess>(text, ignoreCase: true);

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} ({Offset:x3}h)");
}

/// <summary>A register of the local APIC, by its offset in the page.</summary>
public enum Apic
{
    /// <summary>APIC ID.</summary>
    Id = 0x20,

    /// <summary>Version.</summary>
    Version = 0x30,

    /// <summary>Task priority; its upper half is CR8.</summary>
    Tpr = 0x80,

    /// <summary>Arbitration priority.</summary>
    Apr = 0x90,

    /// <summary>Processor priority.</summary>
    Ppr = 0xa0,

    /// <summary>End of interrupt.</summary>
    Eoi = 0xb0,

    /// <summary>Remote read.</summary>
    RemoteRead = 0xc0,

    /// <summary>Logical destination.</summary>
    Ldr = 0xd0,

    /// <summary>Destination format.</summary>
    Dfr = 0xe0,

    /// <summary>Spurious vector and software enable.</summary>
    Svr = 0xf0,

    /// <summary>In service, vectors 0 to 31; the others follow 10h apart.</summary>
    Isr0 = 0x100,

    /// <summary>Trigger mode, vectors 0 to 31; the others follow 10h apart.</summary>
    Tmr0 = 0x180,

    /// <summary>Requested, vectors 0 to 31; the others follow 10h apart.</summary>
    Irr0 = 0x200,

    /// <summary>Error status.</summary>
    Esr = 0x280,

    /// <summary>Interrupt command; the write sends.</summary>
    IcrLow = 0x300,

    /// <summary>Interrupt command: the destination.</summary>
    IcrHigh = 0x310,

    /// <summary>LVT of the timer.</summary>
    LvtTimer = 0x320,

    /// <summary>LVT of the thermal sensor.</summary>
    LvtThermal = 0x330,

    /// <summary>LVT of the performance counters.</summary>
    LvtPerformance = 0x340,

    /// <summary>LVT of LINT0.</summary>
    LvtLint0 = 0x350,

    /// <summary>LVT of LINT1.</summary>
    LvtLint1 = 0x360,

    /// <summary>LVT of APIC errors.</summary>
    LvtError = 0x370,

    /// <summary>The timer's initial count.</summary>
    TimerInitialCount = 0x380,

    /// <summary>The timer's current count.</summary>
    TimerCurrentCount = 0x390,

    /// <summary>The timer's divider.</summary>
    DivideConfiguration = 0x3e0,

    /// <summary>Self-IPI; x2APIC mode only.</summary>
    SelfIpi = 0x3f0,

    /// <summary>Extended APIC feature; faults under AVIC, and KVM has none.</summary>
    ExtendedFeature = 0x400,
}
