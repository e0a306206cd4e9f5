using FsCheck;
using FsCheck.Fluent;

namespace Avic.Model.Tests;

/// <summary>Programs as text: what is written is read back, and what is not one is refused in a sentence.</summary>
public class CodeTexts
{
    private static readonly Gen<GuestInstruction> Instructions = Gen.OneOf(
        from offset in Gen.Choose(0, 0xfff) from value in Values() select new GuestInstruction(GuestOperation.Write, offset, offset == (int)Apic.IcrLow ? value & ~0xffu | 0x31 : value),
        from offset in Gen.Choose(0, 0xfff) select new GuestInstruction(GuestOperation.Read, offset),
        from offset in Gen.Choose(0, 0xff8) from bytes in Gen.Elements(1, 2, 8) from value in Gen.Choose(0, 0xff) select new GuestInstruction(GuestOperation.Write, offset, (uint)value, bytes),
        from offset in Gen.Choose(0, 0xff8) from bytes in Gen.Elements(1, 2, 8) select new GuestInstruction(GuestOperation.Read, offset, 0, bytes),
        from value in Gen.Choose(0, 0xff) select new GuestInstruction(GuestOperation.Write, (int)Apic.Tpr, (uint)value),
        from value in Gen.Choose(0, 0xff) select new GuestInstruction(GuestOperation.Read, (int)Apic.Tpr, (uint)value),
        from value in Gen.Choose(0, 15) select new GuestInstruction(GuestOperation.WriteCr8, 0, (uint)value),
        Gen.Elements(GuestOperation.ReadCr8, GuestOperation.Cli, GuestOperation.Sti, GuestOperation.Hlt).Select(operation => new GuestInstruction(operation)));

    private static readonly Gen<GuestCode> Codes =
        from program in Instructions.ListOf()
        from handlers in (from vector in Gen.Choose(16, 22) from body in Instructions.Resize(5).ListOf() select (vector, body)).ListOf()
        select new GuestCode([.. program.Take(100)], handlers.GroupBy(h => h.vector).ToDictionary(h => h.Key, h => (IReadOnlyList<GuestInstruction>)[.. h.First().body.Take(10)]));

    [Fact]
    public void Code_is_read_back_as_it_was_written() => Check(Codes, code =>
    {
        var text = code.ToString();
        var read = GuestCode.Parse(text, (part, why) => new($"{part}: {why}")).Code;
        Assert.Equal(text, read.ToString());
        Assert.Equal(code.Program, read.Program);
        Assert.Equal(code.Handlers.Keys.Order(), read.Handlers.Keys.Order());
        Assert.All(code.Handlers, handler => Assert.Equal(handler.Value, read.Handlers[handler.Key]));
    });

    [Theory]
    [InlineData("2")]
    [InlineData("3t,0W32w300=4031.,2IIhv31.wb0=0.,+4-4,-1,d1:31.ff:20.,d0:10.")]
    [InlineData("1,,d")]
    [InlineData("4,0r81.w3f0=ffffffff.cf.gzsh")]
    [InlineData("2,0zN(W32zsr30.k)en()eW7v31.wb0=0.,+4n0-4,d0:31.")]
    public void Programs_are_read_back_as_they_were_written(string text) => Assert.Equal(text, Programs.Parse(text).ToString());

    private static readonly Gen<Programs> WithDevices =
        from guest in Codes
        from sent in (from to in Gen.Choose(0, 255) from vector in Gen.Choose(16, 18) select new Msi((byte)to, (byte)vector)).ListOf()
        from devices in Gen.Choose(0, 4)
        from windows in Gen.Choose(0, 50)
        from ticks in Gen.Elements(true, false)
        select new Programs([guest, GuestCode.Idle], [[new InhibitCall(Reason.PitReinject, Set: true)], []], [windows, 0], ticks, [.. Enumerable.Repeat<IReadOnlyList<Msi>>([.. sent.Take(100)], devices)]);

    [Fact]
    public void Programs_with_devices_are_read_back() => Check(WithDevices.Where(programs => programs.Vectors.Count <= GuestMemory.MostVectors), programs =>
    {
        var read = Programs.Parse(programs.ToString());
        Assert.Equal(programs.ToString(), read.ToString());
        Assert.Equal(programs.Vectors, read.Vectors);
        Assert.Equal((programs.HostTicks, programs.Devices.Count), (read.HostTicks, read.Devices.Count));
        Assert.All(programs.Devices.Zip(read.Devices), pair => Assert.Equal(pair.First, pair.Second));
    });

    [Theory]
    [InlineData("")]
    [InlineData("t")]
    [InlineData("0")]
    [InlineData("5")]
    [InlineData("2,2W1")]
    [InlineData("2,0W1,0W2")]
    [InlineData("2,0W256")]
    [InlineData("2,0W")]
    [InlineData("2,0w1000=1.")]
    [InlineData("2,0w30=100000000.")]
    [InlineData("2,0w30=1")]
    [InlineData("2,0w30.")]
    [InlineData("2,0w=1.")]
    [InlineData("2,0w-1=1.")]
    [InlineData("2,0r.")]
    [InlineData("2,0r+8.")]
    [InlineData("2,0c10.")]
    [InlineData("2,0x")]
    [InlineData("2,0t")]
    [InlineData("2,0v5.h")]
    [InlineData("2,0v100.h")]
    [InlineData("2,0v31.hv31.h")]
    [InlineData("2,+99")]
    [InlineData("2,*4")]
    [InlineData("2,0w3I00=4031.")]
    [InlineData("2,0n(I)e")]
    [InlineData("2,g2,g3")]
    [InlineData("2,d1")]
    [InlineData("2,d1:5.")]
    [InlineData("2,d100:31.")]
    [InlineData("2,d1:31:1.")]
    [InlineData("2,d,d,d,d,d")]
    [InlineData("2,d0:10.0:11.0:12.0:13.0:14.0:15.0:16.0:17.0:18.")]
    public void What_is_no_program_is_refused_in_one_line(string text) => Assert.DoesNotContain('\n', Assert.Throws<ModelException>(() => Programs.Parse(text)).Message);

    [Theory]
    [InlineData("1,0IW1I")]
    [InlineData("1,0W1II")]
    [InlineData("1,0W1Iv31.I")]
    public void Windows_are_the_vcpus_wherever_they_stand(string text) => Assert.Equal(2, Programs.Parse(text).IrqWindows[0]);

    [Fact]
    public void Code_that_is_too_long_is_refused()
    {
        Assert.Throws<ModelException>(() => Programs.Parse("1,0" + new string('g', 101)));
        Assert.Throws<ModelException>(() => Programs.Parse("1,0v31." + new string('g', 252)));
        Assert.Throws<ModelException>(() => Programs.Parse("1,0v31." + new string('g', 100_000)));
        Assert.Throws<ModelException>(() => Programs.Parse($"1,0n({new string('g', 101)})e"));
        var most = Scenario.On(Linux.V5_15, vcpus: 1).Guest(0, g => g.Vmrun(l2 => l2.Repeat(100, x => x.Cli())));
        Assert.Equal(100, Programs.Parse(most.Programs.ToString()).Guest[0].Program[0].L2.Count);
        Assert.Equal("A guest program has up to 100 instructions, not 101.", Assert.Throws<ModelException>(() => Scenario.On(Linux.V5_15, vcpus: 1).Guest(0, g => g.Vmrun(l2 => l2.Repeat(100, x => x.Cli()).Sti()))).Message);
        Assert.Equal(251, Programs.Parse("1,0v31." + new string('g', 251)).Guest[0].Handlers[0x31].Count);
    }

    [Fact]
    public void Whatever_is_typed_is_a_program_or_refused() => Check(
        Gen.Frequency((9, Gen.Elements("2,0W1wrcgzshvIdt.:=+-0123456789abcdefé ".ToCharArray())), (1, Gen.Choose(0, 0xffff).Select(c => (char)c))).ListOf().Select(signs => "2," + string.Concat(signs)), text =>
        {
            try
            {
                var programs = Programs.Parse(text);
                Assert.Equal(programs.ToString(), Programs.Parse(programs.ToString()).ToString());
            }
            catch (ModelException e)
            {
                Assert.NotEqual("", e.Message);
            }
        }, 2_000);

    private static Gen<uint> Values() => Gen.OneOf(Gen.Choose(0, 255).Select(value => (uint)value), from high in Gen.Choose(0, 0xffff) from low in Gen.Choose(0, 0xffff) select (uint)high << 16 | (uint)low);

    private static void Check<T>(Gen<T> gen, Action<T> fact, int times = 300) =>
        Prop.ForAll(gen.ToArbitrary(), fact).Check(Config.QuickThrowOnFailure.WithMaxTest(times).WithReplay(1, 1));
}
