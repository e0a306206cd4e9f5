namespace Avic.Model.Tests;

public class BitLayouts
{
    public static TheoryData<string> Names => [.. BitLayout.Known.Select(layout => layout.Name)];

    // The same on every machine.
    private static IEnumerable<UInt128> Values(BitLayout layout)
    {
        var random = new Random(4);
        yield return 0;
        yield return UInt128.MaxValue >> 128 - layout.Width;
        for (var i = 0; i < 200; i++) yield return new UInt128((ulong)random.NextInt64(long.MinValue, long.MaxValue), (ulong)random.NextInt64(long.MinValue, long.MaxValue)) >> 128 - layout.Width;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_set_is_what_is_got_and_all_other_bits_stay(string name)
    {
        var layout = BitLayout.Of(name);
        var numbers = new Random(6);
        foreach (var value in Values(layout))
        {
            foreach (var field in layout.Fields)
            {
                var number = (ulong)numbers.NextInt64(long.MinValue, long.MaxValue) & field.Most;
                var changed = field.Set(value, number);
                Assert.Equal(number, field.Get(changed));
                Assert.All(layout.Fields.Where(other => other != field), other => Assert.Equal(other.Get(value), other.Get(changed)));
                Assert.Equal(value & layout.Reserved, changed & layout.Reserved);
                Assert.Equal(value, field.Set(changed, field.Get(value)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Fields_and_reserved_bits_make_the_whole_register_without_overlap(string name)
    {
        var layout = BitLayout.Of(name);
        var covered = layout.Reserved;
        foreach (var field in layout.Fields)
        {
            Assert.Equal(UInt128.Zero, covered & field.Mask);
            covered |= field.Mask;
        }
        Assert.Equal(UInt128.MaxValue >> 128 - layout.Width, covered);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_field_says_what_it_means_and_every_register_where_that_is_written(string name)
    {
        var layout = BitLayout.Of(name);
        Assert.DoesNotContain(layout.Fields, field => field.Meaning == "" || field.Name.Trim() != field.Name);
        Assert.Matches("AMD|82093AA", layout.Source);
        Assert.NotEqual("", layout.Meaning);
    }

    /// <summary>Values that the kernel's headers give: AVIC_ENABLE_MASK, AVIC_PHYSICAL_ID_ENTRY_IS_RUNNING_MASK and so on.</summary>
    [Theory]
    [InlineData("VMCB interrupt control", "AVIC_ENABLE", 1UL << 31)]
    [InlineData("VMCB interrupt control", "X2AVIC_ENABLE", 1UL << 30)]
    [InlineData("VMCB interrupt control", "V_IRQ", 1UL << 8)]
    [InlineData("VMCB interrupt control", "V_TPR", 0xffUL)]
    [InlineData("VMCB interrupt control", "V_INTR_MASKING", 1UL << 24)]
    [InlineData("VMCB interrupt control", "V_INTR_PRIO", 0xfUL << 16)]
    [InlineData("VMCB interrupt control", "V_INTR_VECTOR", 0xffUL << 32)]
    [InlineData("VMCB TLB control", "TLB_CONTROL", 0xffUL << 32)]
    [InlineData("physical ID table entry", "V", 1UL << 63)]
    [InlineData("physical ID table entry", "IR", 1UL << 62)]
    [InlineData("physical ID table entry", "BACKING_PAGE", 0xffffffffffUL << 12)]
    [InlineData("physical ID table entry", "HOST_APIC_ID", 0xfffUL)]
    [InlineData("logical ID table entry", "V", 1UL << 31)]
    [InlineData("logical ID table entry", "GUEST_APIC_ID", 0xffUL)]
    [InlineData("AVIC physical table pointer", "MAX_INDEX", 0xfffUL)]
    [InlineData("IRTE", "GUEST_MODE", 1UL << 7)]
    [InlineData("IRTE", "IS_RUN", 1UL << 6)]
    [InlineData("IRTE", "GA_TAG", 0xffffffffUL << 32)]
    [InlineData("ICR", "DELIVERY_STATUS", 1UL << 12)]
    [InlineData("ICR", "SHORTHAND", 0xc0000UL)]
    [InlineData("AVIC_NOACCEL, EXITINFO1", "OFFSET", 0xff0UL)]
    public void Fields_are_where_the_kernels_masks_have_them(string structure, string name, ulong mask) => Assert.Equal((UInt128)mask, BitLayout.Of(structure)[name].Mask);

    /// <summary>What the machine's own words are made of, against the same table.</summary>
    public static TheoryData<string, string, ulong> OfTheMachine => new()
    {
        { "physical ID table entry", "V", PhysicalIdTable.Valid }, { "physical ID table entry", "IR", PhysicalIdTable.IsRunning },
        { "physical ID table entry", "HOST_APIC_ID", PhysicalIdTable.Loaded(0, 0xfff, running: false) },
        { "physical ID table entry", "BACKING_PAGE", PhysicalIdTable.Entry(0, 0, running: false) & ~PhysicalIdTable.Valid | 0xffffffffffUL << 12 },
        { "logical ID table entry", "V", LogicalIdTable.Valid },
        { "IRTE", "GUEST_MODE", Irte.GuestMode }, { "IRTE", "IS_RUN", Irte.IsRun }, { "IRTE", "GA_LOG_INTR", Irte.GaLogIntr },
        { "AVIC APIC_BAR", "V_APIC_BAR", MovedApic.BarMask },
    };

    [Theory]
    [MemberData(nameof(OfTheMachine))]
    public void The_machine_has_its_bits_there(string structure, string name, ulong mask) => Assert.Equal((UInt128)mask, BitLayout.Of(structure)[name].Mask);

    [Fact]
    public void The_high_half_of_an_IRTE_has_the_vector_the_page_and_the_rest_of_the_destination()
    {
        var entry = new UInt128(0x0500_0012_3456_7031, 0);
        var layout = BitLayout.Of("IRTE");
        Assert.Equal(0x31UL, layout["VECTOR"].Get(entry));
        Assert.Equal(0x1234567UL, layout["GA_ROOT_PTR"].Get(entry));
        Assert.Equal(5UL, layout["DESTINATION[31:24]"].Get(entry));
    }

    [Fact]
    public void Sixty_four_bits_stay_sixty_four_bits()
    {
        var running = BitLayout.Of("physical ID table entry")["ir"];
        Assert.Equal(0xc000_0000_0000_0000UL, running.Set(0x8000_0000_0000_0000UL, 1));
        Assert.Contains("has no place in 64 bits", Assert.Throws<ModelException>(() => BitLayout.Of("IRTE")["VECTOR"].Set(0UL, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_too_large_for_its_field_is_an_error() =>
        Assert.Equal("'GUEST_APIC_ID' (bits 7:0) holds 0xff at most, not 0x100.", Assert.Throws<ModelException>(() => BitLayout.Of("logical ID table entry")["GUEST_APIC_ID"].Set(0UL, 0x100)).Message);

    [Fact]
    public void An_unknown_name_is_an_error_that_names_the_nearest()
    {
        Assert.Contains("Did you mean 'physical ID table entry'?", Assert.Throws<ModelException>(() => BitLayout.Of("physical table entry")).Message, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'IR'?", Assert.Throws<ModelException>(() => BitLayout.Of("physical ID table entry")["IRR"]).Message, StringComparison.Ordinal);
    }
}
