namespace Avic.Model;

/// <summary>What the hardware sees of one vCPU: control fields, the guest's registers, its cached translation.</summary>
/// <remarks>Offsets are those of the AMD64 APM vol. 2, appendix B.</remarks>
public struct Vmcb
{
    /// <summary>Offset 078h, EXITINFO1; zero once KVM has read it.</summary>
    [Private, Hexadecimal, Term("exit_info_1")]
    public ulong ExitInfo1;

    /// <summary>Offset 080h, EXITINFO2; zero once KVM has read it.</summary>
    [Private, Hexadecimal, Term("exit_info_2")]
    public ulong ExitInfo2;

    /// <summary>Offset 0E0h: the page that AVIC takes for this vCPU's APIC.</summary>
    [Private]
    public ulong AvicBackingPage;

    /// <summary>Offset 0F0h: the logical ID table.</summary>
    [Private]
    public ulong AvicLogicalTable;

    /// <summary>Offset 0F8h: the physical ID table in 51:12, its last index in 11:0.</summary>
    [Private]
    public ulong AvicPhysicalTable;

    /// <summary>Offset 070h, EXITCODE: why the core left the guest; zero once KVM has read it.</summary>
    [Private, Term("exit_code")]
    public Exit ExitCode;

    /// <summary>Offset 058h bits 31:0: the guest's address space; 0 is the host's own.</summary>
    [Private]
    public uint Asid;

    /// <summary>Offset 5F8h: what the guest read last.</summary>
    [Private]
    public uint Rax;

    /// <summary>The upper half of what RDMSR read last. Not in the VMCB: KVM keeps it for the guest.</summary>
    [Private]
    public uint Rdx;

    /// <summary>Offset 048h, MSRPM_BASE_PA: what the map of MSR permissions says of 800h to 8FFh.</summary>
    [Private]
    public MsrPermissions MsrPermissions;

    /// <summary>Offset 060h bit 31. Obeyed from the next VMRUN on.</summary>
    [Private, Term("int_ctl.avic_enable")]
    public bool AvicEnable;

    /// <summary>Offset 060h bit 30. Not without bit 31.</summary>
    [Private, Term("int_ctl.x2avic_enable")]
    public bool X2AvicEnable;

    /// <summary>Offset 060h bit 8: a virtual interrupt is pending. Ignored while AVIC is on.</summary>
    [Private, Term("int_ctl.v_irq")]
    public bool VIrq;

    /// <summary>Offset 060h bits 19:16: the virtual interrupt waits for a V_TPR below, unless <see cref="VIgnTpr"/>.</summary>
    [Private, Term("int_ctl.v_intr_prio")]
    public byte VIntrPrio;

    /// <summary>Offset 060h bit 20: the virtual interrupt does not wait for V_TPR.</summary>
    [Private, Term("int_ctl.v_ign_tpr")]
    public bool VIgnTpr;

    /// <summary>Offset 060h bits 39:32: the vector that the guest takes, where VINTR does not leave it.</summary>
    [Private, Term("int_vector")]
    public byte VIntrVector;

    /// <summary>Offset 00Ch bit 4: where it would take the virtual interrupt the guest is left.</summary>
    [Private, Term("intercept_vintr")]
    public bool InterceptVintr;

    /// <summary>Offset 058h bits 39:32: what VMRUN flushes.</summary>
    [Private]
    public TlbControl TlbControl;

    /// <summary>The cached translation of guest frame 0xfee00.</summary>
    [Private, Term("tlb[0xfee00]")]
    public TlbEntry Tlb;

    /// <summary>Guest instructions passed; the place in the guest's code.</summary>
    [Private]
    public byte Rip;

    /// <summary>RFLAGS bit 9: the guest takes interrupts.</summary>
    [Private, Term("rflags.if")]
    public bool InterruptFlag;

    /// <summary>Offset 068h bit 0: the instruction after STI has not retired yet.</summary>
    [Private]
    public bool InterruptShadow;

    /// <summary>Offset 0A8h: the vector VMRUN will deliver to the guest, or 0.</summary>
    [Private]
    public byte EventInjection;

    /// <summary>
    /// What the core remembers from its last evaluation of IRR: a vector above the processor's priority is to be taken. Not in the
    /// VMCB; false outside the guest. A store to IRR alone does not change it.
    /// </summary>
    [Private]
    public bool VirtualInterruptPending;

    /// <summary>The core is within an instruction of more than one step: no #VMEXIT(INTR) until it has retired.</summary>
    [Private]
    public bool WithinInstruction;

    /// <summary>Offset 060h bits 3:0, V_TPR: the guest's CR8. What the core masks interrupts by, AVIC or not.</summary>
    [Private]
    public byte VTpr;

    /// <summary>Offset 000h bit 24: a write of CR8 leaves the guest.</summary>
    [Private, Term("intercept_cr8_write")]
    public bool InterceptCr8Write;

    /// <summary>Offset 010h bit 0: VMRUN leaves the guest. VMRUN insists on it.</summary>
    [Private]
    public bool InterceptVmrun;

    /// <summary>Offset 00Ch bit 24: HLT leaves the guest.</summary>
    [Private]
    public bool InterceptHlt;

    /// <summary>Offset 00Ch bit 20: IRET leaves the guest, before it is done.</summary>
    [Private]
    public bool InterceptIret;

    /// <summary>Offset 418h bits 19:12, the base of CS: where SIPI has started the guest; 0 if it has not.</summary>
    [Private, Hexadecimal, Term("cs.base[19:12]")]
    public byte CodeSegment;

    /// <summary>RFLAGS bit 8, TF, which KVM sets to see the guest's next instruction pass.</summary>
    [Private, Term("rflags.tf")]
    public SingleStep SingleStep;

    /// <summary>The core has halted in the guest. Not in the VMCB: after #VMEXIT the guest goes on behind its HLT.</summary>
    [Private]
    public bool Halted;

    /// <summary>The last index of the physical ID table.</summary>
    public readonly int AvicMaxIndex => (int)(AvicPhysicalTable & 0xfff);
}

/// <summary>Which x2APIC MSRs a guest may access without an exit. KVM has these two maps; all other MSRs are intercepted in both.</summary>
public enum MsrPermissions : byte
{
    /// <summary>None.</summary>
    Intercepted,

    /// <summary>Those that <see cref="ApicRegister.X2AvicOpen"/> names, read and written.</summary>
    X2AvicOpen,

    /// <summary>Every one; no KVM does that.</summary>
    Open,
}

/// <summary>What TF has come to.</summary>
public enum SingleStep : byte
{
    /// <summary>It is clear.</summary>
    Off,

    /// <summary>It is set: the next instruction ends in #DB.</summary>
    On,

    /// <summary>An instruction has passed under it, and #DB is to be taken before anything else.</summary>
    Due,
}

/// <summary>What VMRUN flushes of what its core has cached.</summary>
public enum TlbControl : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Everything, under every ASID.</summary>
    FlushAll = 1,

    /// <summary>What is cached under the guest's ASID.</summary>
    FlushAsid = 3,

    /// <summary>The same, but for what the guest calls global: a translation of the APIC's page is not.</summary>
    FlushAsidLocal = 7,
}

/// <summary>A cached translation of the APIC page. Its kind is fixed when it is filled.</summary>
public enum TlbEntry : byte
{
    /// <summary>None: the next access walks.</summary>
    None,

    /// <summary>Filled with AVIC on: accesses reach the virtual APIC page.</summary>
    Avic,

    /// <summary>Filled with AVIC off: accesses reach the frame in the leaf, as plain memory.</summary>
    Plain,

    /// <summary>Filled by vCPU 0 with AVIC on: accesses reach that vCPU's virtual APIC page, whoever makes them.</summary>
    AvicOfVcpu0,

    /// <summary>The same by vCPU 1.</summary>
    AvicOfVcpu1,

    /// <summary>The same by vCPU 2.</summary>
    AvicOfVcpu2,

    /// <summary>The same by vCPU 3.</summary>
    AvicOfVcpu3,
}
