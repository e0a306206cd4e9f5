using System.Globalization;

namespace Avic.Model;

public sealed partial record Programs
{
    /// <summary>How far they go, in words.</summary>
    public string Reach
    {
        get
        {
            var calls = Calls.ToList();
            var toggles = calls.OfType<InhibitCall>().Count();
            GuestInstruction[] instructions = [.. Guest.SelectMany(guest => guest.All)];
            List<string> reach =
            [
                Number(Guest.Count, "vCPU"), Number(toggles + 2 * IrqWindows.Sum(), "toggle"),
                instructions.All(i => i.IsApicAccess) ? Number(instructions.Length, "access", "accesses") : Number(instructions.Length, "guest instruction"),
            ];
            var signals = Devices.SelectMany(device => device).ToList();
            Add(signals.OfType<Msi>().Count(), "MSI");
            Add(signals.OfType<NmiMessage>().Count(), "NMI");
            Add(signals.OfType<LineLevel>().Count(line => line.IsHigh), "raised line");
            // A slip that makes everything safe: such a pin is masked.
            reach.AddRange(signals.OfType<LineLevel>().Select(line => line.Pin).Distinct().Where(pin => Pins.All(known => known.Number != pin)).Select(pin => string.Create(CultureInfo.InvariantCulture, $"pin {pin} without an entry")));
            Add(Assigned.Sum(device => device.Count), "interrupt of assigned devices", "interrupts of assigned devices");
            if (HostTicks) reach.Add("host ticks");
            if (HltInGuest) reach.Add("HLT in the guest");
            if (X2Apic) reach.Add("x2APIC");
            if (VcpusMove || Cores != Guest.Count) reach.Add(Number(Cores, "core"));
            Add(Guest.Sum(code => code.Program.Count(i => i.Operation == GuestOperation.Vmrun)), "VMRUN");
            Add(VcpuCalls.OfType<LapicCall>().Count(), "LAPIC ioctl");
            Add(VcpuCalls.OfType<NestedStateCall>().Count(), "restored L2", "restored L2s");
            Add(Created.Count, "vCPU created on the way", "vCPUs created on the way");
            Add(VcpuCalls.OfType<GuestDebugCall>().Count(), "KVM_SET_GUEST_DEBUG", "KVM_SET_GUEST_DEBUGs");
            Add(calls.OfType<RouteCall>().Count(), "change of a route", "changes of routes");
            Add(calls.OfType<PreemptCall>().Count() + calls.OfType<MigrateCall>().Count(), "call of the scheduler", "calls of the scheduler");
            if (HostPreempts) reach.Add(HostMigrates ? "migration" : "preemption");
            return string.Join(", ", reach);

            void Add(int count, string one, string? many = null)
            {
                if (count > 0) reach.Add(Number(count, one, many));
            }
        }
    }

    /// <summary>
    /// An APIC id that a guest or the VMM gives and that the machine's physical ID table has no entry for, or null. Until 5.18 ids move entries there, and an IPI to such a
    /// one finds nobody while AVIC is on, where hardware has entries up to 254.
    /// </summary>
    internal uint? IdBeyondTable => Guest.SelectMany(code => code.All).Where(i => i.IsWrite && i.Written == (int)Apic.Id).Select(i => i.Into(0) >> 24)
        .Concat(VcpuCalls.OfType<LapicCall>().Where(call => call.Page is not null).Select(call => (uint)call.Page!.Of(call.Vcpu).PhysicalId))
        .Where(id => id is >= PhysicalIdTable.Size and not 0xff).Cast<uint?>().FirstOrDefault();

    private static string Number(int count, string one, string? many = null) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many ?? one + "s")}");
}
