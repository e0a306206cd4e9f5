using FsCheck;
using FsCheck.Fluent;

namespace Avic.Model.Tests;

/// <summary>The explorer looks for changes only where a row was given references: nothing may change elsewhere.</summary>
public unsafe class WhatIsTouched
{
    private const string Ipis = "2,0w310=1000000.w300=4031.v41.wb0=0.,1w310=0.w300=4041.v31.wb0=0.";

    /// <summary>Programs that take each kernel through its windows, inhibits, ticks, IPIs and devices.</summary>
    public static TheoryData<string, string> Programs
    {
        get
        {
            TheoryData<string, string> programs = new() { { "V5_15", $"{Ipis},+4-4" }, { "V5_15", $"{Ipis.Replace("2,", "2h,")},d1:51." } };
            foreach (var kernel in Linux.Known)
                foreach (var text in new[] { "2,0IW7,1W32,+4-4", "3t,1R0,2W7,+4" })
                    programs.Add(kernel.Name, text);
            return programs;
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_row_changes_nothing_but_what_it_was_given(string kernel, string programs)
    {
        var model = Scenario.Parse(Linux.Parse(kernel), programs).Watched([.. Property.All, .. Property.OfInterrupts]);
        var stepper = new Stepper(model);
        var (steps, told) = (0, 0);
        Check(Gen.Choose(0, int.MaxValue), 40, seed =>
        {
            var random = new Random(seed);
            stepper.Load(model.Initial);
            for (var left = 500; left > 0 && stepper.Enabled() is { Count: > 0 } moves; left--, steps++)
            {
                stepper.Take(moves[random.Next(moves.Count)]);
                if (stepper.Engine.Touched != ulong.MaxValue) told++;
                for (var block = 0; block < model.VectorSize / Blocks.Size; block++)
                    if (Blocks.Different(stepper.Before, stepper.Work, block) != 0)
                        Assert.True((stepper.Engine.Touched >> block & 1) != 0, $"{stepper.Engine.Row.Id} changes block {block} and was given nothing in it");
                stepper.Commit();
            }
        });
        Assert.True(steps > 1_000 && told > steps / 2, $"{told} of {steps} steps told what they were given");
    }

    [Fact]
    public void A_row_that_writes_beside_the_row_it_calls_is_looked_for_everywhere()
    {
        var store = Linux.V5_15.Code["__kvm_request_apicv_update"].Rows.Single(row => row.Label == "store");
        var beside = Linux.V5_15.Code.Edit("__kvm_request_apicv_update", routine => routine.With("store", store with
        {
            Effect = (ref machine, actor, engine) =>
            {
                machine.LogicalIdTable[LogicalIdTable.Size - 1]++;
                return store.Effect(ref machine, actor, engine);
            },
        }));
        var model = Linked(beside);
        Assert.Equal(new ReferenceExplorer(model).Seen.Count, Explorer.Explore(model).States);
        Assert.Equal(2, Explorer.Explore(model).Components["logical_id_table"]);
    }

    [Fact]
    public void What_is_written_untold_is_refused_by_name()
    {
        // A predicate that should only look, asked where the explorer does not look for changes.
        var store = Linux.V5_15.Code["__kvm_request_apicv_update"].Rows.Single(row => row.Label == "store");
        var writes = Linux.V5_15.Code.Edit("__kvm_request_apicv_update", routine => routine.With("store", store with
        {
            CoveredWhen = (ref machine, _, _) => machine.LogicalIdTable[LogicalIdTable.Size - 1]++ < 0,
        }));
        Assert.Contains("logical_id_table[59] was written", Assert.Throws<ModelException>(() => Explorer.Explore(Linked(writes), new() { Fuse = true })).Message);
    }

    [Fact]
    public void A_property_that_writes_at_rest_is_refused_by_name()
    {
        var writes = Property.Named("writes-at-rest", "").AtRest().Never(Property.Is("w", x => (x.Vm.ScratchPage = 5) == 7));
        Assert.Contains("writes-at-rest writes to the state", Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V5_15, "1,0W32").Check(writes)).Message);
    }

    [Fact]
    public void Blocks_are_those_that_the_bytes_lie_in() => Check(from offset in Gen.Choose(0, 10_000) from size in Gen.Choose(1, 5_000) select (offset, size), 1_000, part =>
    {
        ulong blocks = 0;
        for (var at = part.offset; at < part.offset + part.size; at++) blocks |= 1UL << at / Blocks.Size % 64;
        Assert.Equal(blocks, Blocks.Of(part.offset, part.size));
    });

    [Fact]
    public void Different_bytes_of_a_block_are_found() => Check(from at in Gen.Choose(0, 63) from other in Gen.Choose(0, 63) from block in Gen.Choose(0, 2) select (at, other, block), 300, where =>
    {
        byte* one = stackalloc byte[3 * Blocks.Size], two = stackalloc byte[3 * Blocks.Size];
        new Span<byte>(one, 3 * Blocks.Size).Fill(7);
        new Span<byte>(two, 3 * Blocks.Size).Fill(7);
        (two[where.block * Blocks.Size + where.at], two[where.block * Blocks.Size + where.other]) = (8, 8);
        for (var block = 0; block < 3; block++)
            Assert.Equal(block == where.block ? 1UL << where.at | 1UL << where.other : 0, Blocks.Different(one, two, block));
    });

    // A VMM thread alone: it sets an inhibit.
    private static Model Linked(Code<Machine> code)
    {
        var scenario = Scenario.Parse(Linux.V5_15, "1,+4");
        Machine machine = default;
        scenario.Model.Initial.AsSpan(0, sizeof(Machine)).CopyTo(new(&machine, sizeof(Machine)));
        return new ModelBuilder<Machine>("edited", Hardware.Default.Under(code), machine) { Locals = typeof(Locals), Data = scenario.Model.Data }
            .Count("vcpu", 1).Count("core", 1).Count("irte", 0).Count("irqfd", 0).Count("ir_list", 0).Count("hrtimer", 0).Count("guest_debug", 0).Count("moved_apic", 0).Count("creation", 0).Count("iommu", 0).Count("ga_log", 0).Count("cached", 0).Count("ioapic", 0).Count("nested", 0).Count("synic", 0).Count("hyperv", 0).Thread("vcpu0", "vcpu_run").Thread("vmm0", "kvm_vm_ioctl").Unit("core0", "core").Build();
    }

    private static void Check<T>(Gen<T> gen, int times, Action<T> fact) =>
        Prop.ForAll(gen.ToArbitrary(), fact).Check(Config.QuickThrowOnFailure.WithMaxTest(times).WithReplay(1, 1));
}
