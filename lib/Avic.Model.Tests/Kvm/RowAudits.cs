namespace Avic.Model.Tests;

/// <summary>What rows declare of themselves, checked at every reachable state of small scenarios.</summary>
public class RowAudits
{
    /// <summary>The hub at length, every other kernel where it differs: a window, an inhibit and its end, an access.</summary>
    public static TheoryData<string, string> Scenarios
    {
        get
        {
            TheoryData<string, string> scenarios = new() { { "V5_15", "2,1W32,+4" }, { "V5_15", "2,0IW1" }, { "V5_15", "2,0I,+4" }, { "V5_15", "1,0R0W7,+4-4+4" }, { "V5_15", "1p,0W7,+4" }, { "V5_15", "2c1,0W7,1W7" }, { "V5_15", "1tx,0m808=20.q808.q808.m1b=fee00100.,+4-4" }, { "V6_3", "1x,0m808=20.m1b=fee00100.,+4-4" } };
            foreach (var kernel in Linux.Known.Where(kernel => kernel != Linux.V5_15)) scenarios.Add(kernel.Name, "1,0W7I,+4-4");
            return scenarios;
        }
    }

    /// <summary>Devices, pages of registers and ids; the rows of these in guests, KVM and IOMMU store to several fields, and say why.</summary>
    public static TheoryData<string, string> Devices => new()
    {
        { "V5_15", "1,0v41.l1.wb0=0.,+4-4,d+1.,i1:8041." }, { "V5_15", "1,0h,a0:41.0:42.,g2" }, { "V5_15", "1,+4-4,a0:41." }, { "V6_17", "1,0h,+4-4,a0:41." }, { "V5_15", "1p,0w320=31.w380=1000.h,+4" }, { "V6_8", "1,b0u0,d0:31." }, { "V5_14", "2,C1,+4" }, { "V6_17", "2,1W7,C1,+4" }, { "V5_15", "1,R0=0:42.R0=ff:42.,aff:41." }, { "V6_8", "1,0h,R0=0:42.R0=ff:42.,aff:41." }, { "V6_17", "1,0h,R0=0:42.R0=ff:42.,aff:41." },
        { "V6_3", "2x,0m830=200004831.,1h" }, { "V5_14", "1p,0h,d0:31." }, { "V5_19", "1p,0h,+4,d0:31." },
        { "V5_15", "1,0h,+4L0:80=20.210=20000." }, { "V5_19", "1,0w20=5000000.w20=0.,+4" }, { "V6_3", "1,0w20=5000000.w20=0.,+4" },
        { "V5_15", "1,0n(W32)e,d0:31." }, { "V5_19", "1,0n(W32k)eW7,+4" }, { "V7_0", "1,0n(W32k)e,n0" }, { "V7_0", "1,0IzN(k)e,d0:31." },
    };

    /// <summary>NMI, INIT and SIPI, calls between two runs, ids that the map is made of, and vCPUs that move on later kernels.</summary>
    public static TheoryData<string, string> Joined => new()
    {
        { "V5_15", "1,0v2.g,dn0.n0." }, { "V7_0", "1,0v2.g,+4,dn0." }, { "V5_15", "1,0w300=44500.,+4" }, { "V6_17", "1,0w300=44500.,+4" }, { "V7_0", "1x,0m830=44500.,+4" },
        { "V5_15", "2,0w310=1000000.w300=469a.,1UW32" }, { "V5_17", "1,0hv2.g,dn0." },
        { "V6_17", "1,0w300=44031.,+4L0:210=20000." }, { "V5_15", "1,0W7,+4l0-4" }, { "V7_0", "1,0wd0=0.,L0:20=5000000." },
        { "V7_0", "2,0wd0=2000000." }, { "V6_17", "1p,0W7,+4" }, { "V6_17", "1p,0h,d0:31." }, { "V5_15", "1,0w20=5000000.w20=0.,+4" },
        { "V5_15", "1p,0v2.g,dn0." }, { "V7_0", "1p,0w300=44500.,+4" }, { "V5_15", "2c1,0w310=1000000.w300=400." },
        { "V5_15", "2,0m40000092=20031.m40000092=10000.,1m40000092=20031." }, { "V5_14", "1,0m1b=fed40900.bw80=20.r80.,+4-4" }, { "V5_15", "2,0m1b=fed40900.br80.,1R0" }, { "V6_3", "1,0m1b=fed40900.br80.r80.,+4-4" },
    };

    [Theory]
    [MemberData(nameof(Scenarios))]
    [MemberData(nameof(Devices))]
    [MemberData(nameof(Joined))]
    public void Every_change_of_shared_memory_is_a_declared_store(string kernel, string programs) => Clean(Undeclared, kernel, programs);

    [Fact]
    public void A_store_without_its_word_is_found() =>
        Assert.Equal("kvm_zap_gfn_range.begin changes mmu_notifier_count undeclared", Undeclared(On("1,+4", Linux.V5_15.With("kvm_zap_gfn_range", "begin", x =>
        {
            x.Vm.MmuNotifierCount++;
            return x.Next;
        }))).Finding);

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void A_row_stores_to_one_shared_field_at_most(string kernel, string programs) => Clean(Crowded, kernel, programs);

    // The core's own steps leave the guest with what they wrote; a page of registers is replaced at once, and the row says why.
    [Theory]
    [MemberData(nameof(Joined))]
    public void Of_what_is_joined_only_the_core_and_a_new_page_store_to_several(string kernel, string programs) =>
        Clean(walk => Crowded(walk, "guest.insn", "svm_vcpu_run.vmrun", "kvm_apic_set_state.regs"), kernel, programs);

    [Fact]
    public void A_row_that_stores_twice_is_found() =>
        Assert.Equal("kvm_zap_gfn_range.end stores to mmu_notifier_seq, mmu_notifier_count", Crowded(On("1,+4", Linux.V5_15.With("kvm_zap_gfn_range", "end", x =>
        {
            x.Increment(ref x.Vm.MmuNotifierSeq);
            x.Store(ref x.Vm.MmuNotifierCount, (sbyte)0);
            return x.Next;
        }))).Finding);

    [Theory]
    [MemberData(nameof(Scenarios))]
    [MemberData(nameof(Devices))]
    [MemberData(nameof(Joined))]
    public void Private_and_control_rows_change_only_what_is_their_own(string kernel, string programs) => Clean(Trespasses, kernel, programs);

    [Fact]
    public void A_private_row_that_changes_what_others_see_is_found() =>
        Assert.Equal("kvm_vcpu_update_apicv.refresh changes vcpu0.apicv_active", Trespasses(On("1,+4", Linux.V5_15.With("kvm_vcpu_update_apicv", "refresh", Row.Of("refresh", "a lie", x =>
        {
            x.Store(ref x.Vcpu.ApicvActive, !x.Vcpu.ApicvActive);
            return x.Next;
        }, isPrivate: true)))).Finding);

    [Theory]
    [MemberData(nameof(Scenarios))]
    [MemberData(nameof(Devices))]
    [MemberData(nameof(Joined))]
    public void Private_and_control_rows_do_the_same_whatever_others_wrote(string kernel, string programs) => Clean(Dependences, kernel, programs);

    [Fact]
    public void A_private_row_that_reads_what_others_write_is_found() =>
        Assert.Equal("kvm_vcpu_update_apicv.refresh: vcpu0.int_ctl.avic_enable depends on what others write", Dependences(On("1,+4", Linux.V5_15.With("kvm_vcpu_update_apicv", "refresh", Row.Of("refresh", "a lie", x =>
        {
            x.Vmcb.AvicEnable = x.Vm.ApicvInhibitReasons == 0;
            return x.Next;
        }, isPrivate: true)))).Finding);

    // The timer's callback stores to three fields: its row says why that is one step.
    [Theory]
    [InlineData("V5_7")]
    [InlineData("V5_15")]
    [InlineData("V5_17")]
    [InlineData("V7_0")]
    public void The_rows_of_a_timer_are_as_they_say(string kernel)
    {
        foreach (var audit in (Func<Walk, (string? Finding, long Looked)>[])[Undeclared, Trespasses, Dependences, Leftovers, Strays]) Clean(audit, kernel, "1,0w320=31.w380=5.h,+4-4");
    }

    [Fact]
    public void The_rows_that_give_the_apic_access_page_up_are_as_they_say()
    {
        foreach (var audit in (Func<Walk, (string? Finding, long Looked)>[])[Undeclared, Crowded, Trespasses, Dependences, Leftovers, Strays])
        {
            var (finding, looked) = audit(new(Scenario.Parse(Linux.V6_3, "2x,0r20.,1r20.").On(Hardware.WithoutX2Avic).Model));
            Assert.Null(finding);
            Assert.True(looked > 1_000, $"looked {looked} times");
        }
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    [MemberData(nameof(Devices))]
    [MemberData(nameof(Joined))]
    public void Unused_bytes_of_a_stack_are_zero(string kernel, string programs) => Clean(Leftovers, kernel, programs);

    [Theory]
    [MemberData(nameof(Scenarios))]
    [MemberData(nameof(Devices))]
    [MemberData(nameof(Joined))]
    public void Bytes_of_no_component_never_change(string kernel, string programs) => Clean(Strays, kernel, programs);

    [Fact]
    public void Every_row_says_where_it_comes_from() =>
        Assert.All(Linux.Known.SelectMany(kernel => kernel.Code.Routines).Concat(Hardware.Default.Code.Routines), routine => Assert.All(routine.Rows, row =>
            Assert.True((row.Source ?? routine.Source).Length > 8 && row.Text.Length > 2, $"{routine.Name}.{row.Label}: '{row.Text}' ({row.Source ?? routine.Source})")));

    private static Walk On(string programs, Linux? kernel = null) => new(Scenario.Parse(kernel ?? Linux.V5_15, programs).Model);

    private static void Clean(Func<Walk, (string? Finding, long Looked)> audit, string kernel, string programs)
    {
        var walk = On(programs, Linux.Parse(kernel));
        var (finding, looked) = audit(walk);
        Assert.Null(finding);
        if (audit == Undeclared || audit == Crowded) Assert.Equal(Explorer.Explore(walk.Model).Edges, looked);
        Assert.True(looked > 1_000, $"looked {looked} times");
    }

    private static (string? Finding, long Looked) Undeclared(Walk walk)
    {
        var shared = new Field?[walk.Model.VectorSize];
        foreach (var field in walk.Model.Layout.Fields.Where(field => field.Shared)) Array.Fill(shared, field, field.Offset, field.Size);
        long looked = 0;
        foreach (var _ in walk.Steps())
        {
            looked++;
            foreach (var i in walk.Changes())
                if (shared[i] is { } field && !walk.Stores.Contains((field.Offset, field.Size))) return ($"{walk.Row.Id} changes {field.Name} undeclared", looked);
        }
        return (null, looked);
    }

    // Under a lock several stores would be one step for all who take it; no row of any kernel needs that, not even a locked one.
    private static (string? Finding, long Looked) Crowded(Walk walk) => Crowded(walk, []);

    private static (string? Finding, long Looked) Crowded(Walk walk, params string[] but)
    {
        var names = walk.Model.Layout.Fields.ToDictionary(field => (field.Offset, field.Size));
        long looked = 0;
        foreach (var _ in walk.Steps())
        {
            var fields = walk.Stores.Select(store => names[store]).Where(field => field.Shared).Distinct().ToList();
            looked++;
            if (but.Contains(walk.Row.Id)) continue;
            if (fields.Count > 1 || (fields.Count > 0 && walk.Row.Order == Order.Barrier)) return ($"{walk.Row.Id} stores to {string.Join(", ", fields.Select(f => f.Name))}", looked);
        }
        return (null, looked);
    }

    private static (string? Finding, long Looked) Trespasses(Walk walk)
    {
        var threads = walk.Model.Stacks.Length;
        var outside = Enumerable.Range(0, 2 * threads).Select(i => walk.Outside(i % threads, isControl: i >= threads)).ToArray();
        long looked = 0;
        foreach (var (row, thread, before, after) in walk.OwnRows())
        {
            looked++;
            var fence = outside[thread + (row.Control ? threads : 0)];
            for (var i = 0; i < fence.Length; i++)
                if (fence[i] && before[i] != after[i]) return ($"{row.Id} changes {walk.NameOf(i)}", looked);
        }
        return (null, looked);
    }

    // A thread's own: its stack, and what nobody but it writes of its vCPU. (Others read apicv_active, its vCPU alone writes it.)
    // A row must do to it the same in every reachable state where it is the same, and in some more that nobody reaches.
    private static (string? Finding, long Looked) Dependences(Walk walk)
    {
        const int Unreached = 16;
        var random = new Random(1);
        var foreign = walk.Foreign();
        int[][] own = [.. foreign.Select(bytes => Enumerable.Range(0, bytes.Length).Where(i => !bytes[i]).ToArray())];
        Dictionary<byte[], byte[]>[] done = [.. walk.Model.Rows.Select(_ => new Dictionary<byte[], byte[]>(ByBytes.Comparer))];
        long looked = 0;
        foreach (var (row, thread, before, after) in walk.OwnRows())
        {
            byte[] at = [(byte)thread, .. Own(before)], expected = Own(after);
            looked++;
            if (done[row.Index].TryGetValue(at, out var then))
            {
                if (Differ(then) is { } finding) return (finding, looked);
                continue;
            }
            done[row.Index][at] = expected;
            for (var worlds = 0; worlds < Unreached; worlds++, looked++)
            {
                var other = walk.Perturb(before, foreign[thread], random);
                var run = walk.Run(row, thread, other);
                if (Differ(Own(run)) is { } finding) return (finding, looked);
                for (var i = 0; i < run.Length; i++)
                    if (foreign[thread][i] && run[i] != other[i]) return ($"{row.Id}: {walk.NameOf(i)} depends on what others write", looked);
            }

            byte[] Own(byte[] state) => Array.ConvertAll(own[thread], i => state[i]);
            string? Differ(byte[] found) => found.AsSpan().CommonPrefixLength(expected) is var i && i == expected.Length
                ? null : $"{row.Id}: {walk.NameOf(own[thread][i])} depends on what others write";
        }
        return (null, looked);
    }

    private static (string? Finding, long Looked) Leftovers(Walk walk)
    {
        long looked = 0;
        foreach (var state in walk.States)
            for (var thread = 0; thread < walk.Model.Stacks.Length; thread++, looked++)
            {
                var stack = walk.StackOf(state, thread);
                if (stack[1] != 0 || stack[(Avic.Model.Engine.StackHead + stack[0] * walk.Model.FrameSize)..].ContainsAnyExcept((byte)0))
                    return ($"stack of {walk.Model.Actors[thread].Name}: {Convert.ToHexString(stack)}", looked);
            }
        return (null, looked);
    }

    private static (string? Finding, long Looked) Strays(Walk walk)
    {
        var used = new bool[walk.Model.VectorSize];
        foreach (var component in walk.Model.Layout.Components) Array.Fill(used, true, component.Offset, component.Size);
        long looked = 0;
        foreach (var state in walk.States)
            for (var i = 0; i < used.Length; i++, looked++)
                if (!used[i] && state[i] != walk.Model.Initial[i]) return ($"byte {i} changes", looked);
        return (null, looked);
    }
}
