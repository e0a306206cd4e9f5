namespace Avic.Model.Tests;

/// <summary>What becomes of AVIC's ID tables when a guest writes its ids.</summary>
public class IdTables
{
    private static readonly Property PhysicalTableIsKept = Property.Named("physical-table-is-kept", "At rest each vCPU's entry is at its APIC id.").AtRest().Never(Property.Is("it is not", x =>
        PhysicalIdTable.VcpuOf(x.PhysicalIdTable[(int)(x.ApicPageOf(0).Id >> 24)], x.VcpuCount) != 0));

    private static readonly Property EntryIsSomewhere = Property.Named("entry-is-somewhere", "At rest some entry points to each vCPU's page.").AtRest()
        .Never(Property.Is("none does", x => IdTableUpdates.EntryOf(x, 0) < 0));

    private static readonly Property LogicalTableIsKept = Property.Named("logical-table-is-kept", "At rest, with AVIC on, the logical ID table has the vCPU at its logical id.").AtRest()
        .Whenever(Property.Is("AVIC is on", x => x.VmcbOf(0).AvicEnable))
        .Never(Property.Is("it has not", x => x.LogicalIdTable[System.Numerics.BitOperations.TrailingZeroCount(x.ApicPageOf(0).Ldr >> 24)] != (LogicalIdTable.Valid | x.ApicPageOf(0).Id >> 24)));

    [Fact]
    public void An_id_that_the_guest_writes_moves_its_entry() => Is(Outcome.Safe, 0, PhysicalTableIsKept, "1,0w20=5000000.");

    [Fact]
    public void An_ldr_that_the_guest_writes_moves_its_entry() => Is(Outcome.Safe, 0, LogicalTableIsKept, "1,0wd0=8000000.");

    [Fact]
    public void An_ldr_written_while_avic_is_inhibited_is_in_the_table_when_it_is_on_again() => Is(Outcome.Safe, 0, LogicalTableIsKept, "1,0Iwd0=8000000.");

    // The code that moves the entry takes it from the place of vcpu_id, where it is no longer.
    [Fact]
    public void In_5_15_a_moved_entry_is_lost_when_an_inhibit_is_lifted() => Is(Outcome.Violated, 106, EntryIsSomewhere, "1,0w20=5000000.,+4-4");

    // The logical table names the old id: LDR has not changed, so nobody looks.
    [Fact]
    public void In_5_15_the_logical_table_does_not_follow_an_id() => Is(Outcome.Violated, 50, LogicalTableIsKept, "1,0w20=5000000.");

    // The word was inhibited when the fault looked at it, and is not when the vCPU serves its update: nothing has changed, it finds.
    [Fact]
    public void In_5_15_an_ldr_written_under_a_passing_inhibit_does_not_reach_the_table() => Is(Outcome.Violated, 54, LogicalTableIsKept, "1,0wd0=8000000.,+4-4");

    // A format that changes and changes back drops the entry, and an LDR that is the same does not bring it back.
    [Fact]
    public void In_5_15_an_ldr_written_again_after_dfr_stays_without_an_entry() => Is(Outcome.Violated, 81, LogicalTableIsKept, "1,0we0=fffffff.we0=ffffffff.wd0=1000000.");

    private static void Is(Outcome outcome, int rows, Property property, string programs)
    {
        var verdict = Scenario.Parse(Linux.V5_15, programs).Check(property);
        Assert.True(verdict.Outcome != Outcome.Safe || verdict.Premised > 0, verdict.ToText());
        Assert.Equal((outcome, rows), (verdict.Outcome, verdict.Counterexample?.Steps.Count ?? 0));
    }
}
