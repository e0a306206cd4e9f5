using System.CommandLine;
using System.Text;
using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool;

/// <summary><c>avic tour</c>: the argument of October 2021 as a verdict, a mail block and a page.</summary>
internal static class TourVerb
{
    private const string About = """
        The argument of October 2021, decided: may the page-fault path look at the vCPU's own AVIC status, or must it look
        at the VM's? Prints the verdicts and the race as a mail block, and writes one page with the pictures.

        Example:
          avic tour
          avic tour --out /somewhere/else
        """;

    public static Command Create()
    {
        Option<string> to = new("--out") { Description = "The folder for the page.", HelpName = "DIR", DefaultValueFactory = _ => "artifacts" };
        var command = new Command("tour", About) { to };
        command.Answers((parsed, output, limits) =>
        {
            OutFolder.Try(parsed.GetValue(to)!, "--out");
            var race = Scenario.On(Linux.V5_15, vcpus: 2)
                .Guest(1, g => g.Write(Apic.Tpr, 0x20))
                .Host(h => h.SetInhibit(Reason.PitReinject).ClearInhibit(Reason.PitReinject).SetInhibit(Reason.PitReinject));
            output.WriteLine("May KVM's page-fault path look at the vCPU's own AVIC status, or must it look at the VM's?\n");
            output.WriteLine("The VM's, as merged in Linux 5.15:");
            var merged = race.Check(Property.ApicAccessIsNeverLost, limits);
            output.WriteLine($"  {merged.Line}\n");
            output.WriteLine("The vCPU's own, as proposed:");
            var proposed = race.On(Linux.VcpuStatus).Check(Property.ApicAccessIsNeverLost, limits);
            output.WriteLine($"  {proposed.Line}\n");
            if (proposed.Counterexample is not { } boom) return CommandLine.Failed;
            output.WriteLine(boom.Mail());
            var claims = Claim.JudgeThread(limits);
            foreach (var claim in claims.Verdicts) output.WriteLine($"  {claim.Word}: {claim.Claim.Sentence}");

            var page = Path.Combine(parsed.GetValue(to)!, "tour.html");
            try
            {
                Directory.CreateDirectory(parsed.GetValue(to)!);
                AtomicFile.Write(page, Encoding.UTF8.GetBytes(Page(merged, proposed, boom, claims)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ModelException($"The page could not be written to {page}: {e.Message} Name another folder with --out.");
            }
            output.WriteLine($"\nThe same with pictures: {Path.GetFullPath(page)}");
            output.WriteLine("Then open notebooks/00-start-here.ipynb, change one line of the kernel, and ask again.");
            return CommandLine.Ok;
        });
        return command;
    }

    private static string Page(Verdict merged, Verdict proposed, Trace boom, ClaimTable claims) => $$"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
        <title>AVIC: the argument of October 2021</title>
        <style>
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff; overflow-wrap: anywhere }
        pre { background: #f4f4f4; padding: .8rem; white-space: pre-wrap; font-size: .85rem; line-height: 1.35 }
        table { border-collapse: collapse; font-size: .9rem } td, th { border: 1px solid #bbb; padding: .3rem .5rem; text-align: left; vertical-align: top }
        img { display: block } .scroll { overflow-x: auto }
        @media print { .scroll { overflow: visible } img { break-inside: avoid; max-width: 100% !important; max-height: 235mm } }
        </style></head><body>
        <h1>May the page-fault path look at the vCPU's own AVIC status?</h1>
        <p>In October 2021 two kernel engineers argued whether <code>kvm_faultin_pfn()</code> may ask the faulting vCPU's
        <code>apicv_active</code> or must ask the VM's <code>apicv_inhibit_reasons</code>. Here both kernels are run under every schedule.</p>
        <h2>The VM's word, as merged in Linux 5.15</h2><pre>{{PageText.Encode(merged.ToText())}}</pre>
        <h2>The vCPU's own flag, as proposed</h2><pre>{{PageText.Encode(proposed.ToText())}}</pre>
        <h2>The race</h2><p>Time runs downwards. The last row is the guest's write to its APIC, which ends in a page that no APIC reads.</p>
        {{boom.Lanes().ToHtml()}}
        <h2>What each thread saw</h2>
        {{boom.Plot("apicv_inhibit_reasons", "vcpu1.apicv_active", "vcpu1.requests", "npt[0xfee00]", "vcpu1.tlb[0xfee00]").ToHtml()}}
        <h2>As a mail</h2><pre>{{PageText.Encode(boom.Mail())}}</pre>
        <h2>The thread's claims</h2><div class="scroll" role="group" aria-label="Table" tabindex="0">{{claims.ToHtml()}}</div>
        </body></html>

        """;
}
