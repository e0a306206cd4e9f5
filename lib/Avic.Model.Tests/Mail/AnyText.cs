using System.Text;

namespace Avic.Model.Tests;

public class AnyText
{
    private static readonly string[] Pieces =
    [
        "vCPU0", "vCPU1", "vCPU 7", "CPU", "vmm0", "=====", "-----", "\t", "  ", "      ", "                    ", "\n", "\n", "\n", "> ", "> > ", "- ", "  - ", "* ", "|", "...",
        "…", "***", "***boom***", "disable AVIC", "enable AVIC:", "VMRUN", "#NPT", "zap", "installs the leaf", "raise KVM_REQ_APICV_UPDATE", "handle KVM_REQ_APICV_UPDATE", "stuck",
        "set inhibit X:", "kvm_apicv_activated() == false", "meant to be \"true\"", "MMIO cache holds a wrong entry", "(", ")", ", so ", "; ", "\0", "\uFFFD", "\ud800", "é", "\r\n", "(… 3 rows)",
        "V5_15/2,1W32,+4-4:f30b:ab", "V5_15/9,,,:f30b:", "kvm_request_apicv_update(kvm, false, x)", "AVIC is now on", "guest.insn", "mutex_lock(&kvm->arch.apicv_update_lock)",
    ];

    private static string Noise(Random random, int length)
    {
        var text = new StringBuilder();
        for (var i = 0; i < length; i++) text.Append(random.Next(20) == 0 ? ((char)random.Next(0x10000)).ToString() : Pieces[random.Next(Pieces.Length)]);
        return text.ToString();
    }

    [Fact]
    public void Has_an_answer_or_a_clear_error()
    {
        var limits = new Limits { MaxStates = 2_000 };
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var text = (seed % 2 == 0 ? "vCPU0               vCPU1\n=====               =====\n" : "") + Noise(random, random.Next(5, 150));
            try { Assert.NotEmpty(MailReport.Of(text, [Linux.V5_15], limits)); }
            catch (ModelException e) { Assert.NotEmpty(e.Message); }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException) { Assert.Fail($"seed {seed}: {e}"); }
        }
    }

    [Fact]
    public void Every_line_of_a_diagram_is_somewhere_in_what_was_read()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var words = Enumerable.Range(0, 30).Select(i => $"word{i}").ToArray();
            var body = string.Concat(words.Select(word => $"{new string(' ', random.Next(40))}{(random.Next(2) == 0 ? "- " : "")}{word}\n"));
            var diagram = Assert.Single(MailDiagram.Parse($"vCPU0               vCPU1\n=====               =====\n{body}"));
            var read = string.Join(' ', diagram.Lines.Select(line => line.Text));
            Assert.All(words, word => Assert.Matches($@"\b{word}\b", read));
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("vCPU0 | VMRUN\n")]
    [InlineData("vCPU0    vCPU1\n- disable AVIC\n         - VMRUN\n")]
    [InlineData("(((((")]
    [InlineData("> > > vCPU0  \t")]
    [InlineData("          - a\n")]
    public void A_megabyte_of_it_is_parsed_in_bounded_time(string piece)
    {
        var text = "vCPU0     vCPU1\n" + string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.True(MailDiagram.Parse(text).Count <= 50);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed}");
    }

    [Fact]
    public void More_than_a_mail_can_hold_gets_a_clear_error() =>
        Assert.Contains("MB", Assert.Throws<ModelException>(() => MailDiagram.Parse(new('x', 17 << 20))).Message);
}
