using System.Reflection;
using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool.Tests;

public class PictureFacts
{
    [Fact]
    public void Lanes_of_the_race_end_in_boom()
    {
        var lanes = Examples.Race.Lanes();
        Assert.Contains("***boom***", lanes.ToSvg(), StringComparison.Ordinal);
        Assert.Contains("***boom***", lanes.ToText(), StringComparison.Ordinal);
        Assert.Contains("***boom***", lanes.ToHtml(), StringComparison.Ordinal);
    }

    [Fact]
    public void Lanes_without_a_violation_have_no_boom()
    {
        var lanes = Doorbell.Trace(violation: null).Lanes();
        Assert.DoesNotContain("boom***", lanes.ToSvg() + lanes.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_change_nothing_collapse_and_say_how_many()
    {
        Assert.Contains("… 3 rows", Doorbell.Trace().Lanes().ToSvg(), StringComparison.Ordinal);
        Assert.DoesNotContain("… 3 rows", Doorbell.Trace().Lanes(all: true).ToSvg(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_too_long_to_draw_says_so() =>
        Assert.Contains("of several actors, not drawn", Examples.All["lanes of a run too long to draw"]().ToSvg(), StringComparison.Ordinal);

    [Fact]
    public void A_kick_is_sent_taken_and_acknowledged() =>
        Assert.Equal(["Kick 7 → 8 core0", "Acknowledgement 9 → 10 vmm0"], Sent(Doorbell.Trace()));

    [Fact]
    public void A_kick_that_never_arrives_goes_nowhere() =>
        Assert.Equal(["Kick 7 → 0 core0"], Sent(Trace.Replay(Doorbell.Of(), Doorbell.Trace().Steps.Take(7).Select(step => step.Move))));

    [Fact]
    public void Requests_reach_the_vcpus_that_serve_them()
    {
        var serving = Examples.Race.Steps.Single(step => step.Row == "vcpu_enter_guest.apicv").Number;
        Assert.Equal([("vcpu0", 0), ("vcpu1", serving)], LaneArrows.Of(Examples.Race).Select(arrow => (arrow.Target.Name, arrow.To)));
        Assert.All(LaneArrows.Of(Examples.Race), arrow => Assert.Equal("kvm_make_all_cpus_request.set", Examples.Race.Steps[arrow.From - 1].Row));
    }

    [Fact]
    public void Every_crossing_into_or_out_of_a_guest_is_an_arrow()
    {
        var trace = Doorbell.Trace();
        var inGuest = trace.Series("core0.in_guest").Values;
        Assert.Equal(3, Enumerable.Range(1, inGuest.Length - 1).Count(i => inGuest[i] != inGuest[i - 1]));
        Assert.Contains("VMRUN: into the guest", trace.Lanes().ToSvg(), StringComparison.Ordinal);
        Assert.Contains("#VMEXIT: out of it", trace.Lanes().ToSvg(), StringComparison.Ordinal);
        Assert.DoesNotContain("VMRUN", Trace.Replay(Doorbell.Of(), []).Lanes().ToSvg(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_legend_names_no_letter_of_a_lock_whose_name_stands_in_its_bar() =>
        Assert.DoesNotContain(">B<", Doorbell.Trace().Lanes().ToSvg(), StringComparison.Ordinal);

    private static IEnumerable<string> Sent(Trace trace) =>
        LaneArrows.Of(trace).Select(arrow => $"{arrow.Kind} {arrow.From} → {arrow.To} {arrow.Target.Name}");

    [Fact]
    public void Lanes_in_letters_show_who_moves_and_in_which_state()
    {
        var text = Doorbell.Trace().Lanes().ToText().Split('\n');
        Assert.Equal(" row  vcpu0  vmm0  ", text[1]);
        Assert.Equal("   1  h+*    |     run.enter    core0.in_guest = 1", text[2]);
        Assert.Equal("   2  G+     *     ioctl.lock    takes big_lock", text[3]);
        Assert.Equal("   3  G+     *     ... 3 rows", text[4]);
    }

    [Fact]
    public void A_plot_in_letters_names_the_values_of_an_enum()
    {
        Assert.Equal("""
            1 vCPU, 1 kick · Doorbell
            vcpu0.mood
            Hurried |             ####
               Calm |#############
                    +-----------------
                     0              16 rows taken
                     ***boom*** page-is-never-touched

            """, Doorbell.Trace().Plot("vcpu0.mood").ToText());
    }

    [Fact]
    public void An_unknown_field_is_an_error_that_names_the_nearest()
    {
        Assert.Contains("Did you mean 'vcpu1.apicv_active'?", Assert.Throws<ModelException>(() => Examples.Race.Plot("vcpu1.apic_active")).Message, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'npt[0xfee00]'?", Assert.Throws<ModelException>(() => Examples.Race.Table("npt[fee00]")).Message, StringComparison.Ordinal);
        Assert.Throws<ModelException>(() => Examples.Race.Plot());
    }

    [Fact]
    public void A_table_is_blank_where_nothing_changed_and_bold_where_something_did()
    {
        var html = Doorbell.Trace().Table("word", "vcpu0.mood").ToHtml();
        Assert.Contains("<tr><td>0</td><td></td><td>(initial state)</td><td>0</td><td>Calm</td></tr>", html, StringComparison.Ordinal);
        Assert.Contains("<tr><td>1</td><td>vcpu0</td><td>run.enter</td><td></td><td></td></tr>", html, StringComparison.Ordinal);
        Assert.Contains("<tr><td>13</td><td>vcpu0</td><td>run.hurry</td><td></td><td><b>Hurried</b></td></tr>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_without_fields_has_those_that_change()
    {
        var header = Doorbell.Trace().Table().ToText().Split('\n')[1];
        Assert.Equal("actor  row              word  big_lock.owner  vcpu0.int_ctl.avic_enable  vcpu0.mood  core0.in_guest  core0.pending_calls", header.Trim());
    }

    [Fact]
    public void A_table_of_some_actors_says_what_others_changed_meanwhile_but_not_in_bold()
    {
        var table = Doorbell.Trace().Table("word", "vcpu0.mood").Actors("vcpu0");
        Assert.Equal("""
            1 vCPU, 1 kick · Doorbell
                actor  row              word  vcpu0.mood
             0         (initial state)  0     Calm
             1  vcpu0  run.enter
            11  vcpu0  run.out          3
            12  vcpu0  run.off
            13  vcpu0  run.hurry              Hurried
            15  vcpu0  run.again
            16  vcpu0  run.boom         7
            10 rows of vmm0, core0 are not shown.
            ***boom*** page-is-never-touched

            """, table.ToText());
        Assert.Contains("<td>run.out</td><td>3</td><td></td>", table.ToHtml(), StringComparison.Ordinal);
        Assert.Contains("<td>run.boom</td><td><b>7</b></td><td></td>", table.ToHtml(), StringComparison.Ordinal);
        Assert.Contains("<p>10 rows of vmm0, core0 are not shown.</p>", table.ToHtml(), StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_and_actors_of_a_table_are_chosen_in_any_order()
    {
        var trace = Doorbell.Trace();
        Assert.Equal(trace.Table("word").Actors("vmm0").ToHtml(), trace.Table().Actors("vmm0").Fields("word").ToHtml());
        Assert.Equal(trace.Table().ToHtml(), trace.Table("word").Actors("vmm0").Fields().Actors().ToHtml());
    }

    [Fact]
    public void What_a_row_itself_changed_is_bold_even_if_it_is_what_was_last_seen()
    {
        // vmm0 alone: pending_calls was 0 at row 2, is 2 after row 7 and 0 again when core0 has acknowledged it.
        var html = Doorbell.Trace().Table("core0.pending_calls").Actors("vmm0").ToHtml();
        Assert.Contains("<td>7</td><td>vmm0</td><td>ioctl.ipi</td><td><b>2</b></td>", html, StringComparison.Ordinal);
        Assert.Contains("<td>10</td><td>vmm0</td><td>ioctl.wait</td><td>0</td>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_field_or_actor_of_a_table_is_an_error_that_names_the_nearest()
    {
        Assert.Contains("Did you mean 'vcpu0.mood'?", Assert.Throws<ModelException>(() => Doorbell.Trace().Table().Fields("vcpu0.mod")).Message, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'vcpu0'?", Assert.Throws<ModelException>(() => Doorbell.Trace().Table().Actors("vcpu")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_strings_are_text_in_tables_and_verdicts()
    {
        var trace = Doorbell.Trace(Doorbell.Of(Examples.Hostile, Examples.Hostile, Examples.Hostile), Examples.Hostile, Examples.Hostile);
        Assert.DoesNotContain("<img", trace.Table().ToHtml() + trace.ToHtml(), StringComparison.Ordinal);
        Assert.Contains("&lt;img src=x onerror=alert(1)&gt;", trace.Table().ToHtml(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_matrix_without_rows_is_an_error() =>
        Assert.Throws<ModelException>(() => new Heatmap("", [], ["a"], (_, _) => default));

    [Fact]
    public void A_museum_of_one_kernel_has_a_line_a_bug()
    {
        var picture = MuseumMatrix.Of([Linux.V5_14]).Heatmap();
        var lines = picture.ToText().Split('\n');
        Assert.EndsWith("X81", lines.Single(line => line.StartsWith("3a ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.EndsWith("n/a", lines.Single(line => line.StartsWith("6 ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain("…", picture.ToSvg(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_verdict_shows_its_line_in_bold_and_no_times()
    {
        var html = Scenario.On(Linux.V5_15, vcpus: 1).Check(Property.NoDeadlock).ToHtml();
        Assert.StartsWith("<div><b>SAFE no-deadlock up to 1 vCPU", html, StringComparison.Ordinal);
    }

    /// <summary>The convention of .NET Interactive, followed by name as it does.</summary>
    [Theory]
    [InlineData(typeof(Verdict))]
    [InlineData(typeof(KernelDiff))]
    [InlineData(typeof(ExhibitVerdict))]
    [InlineData(typeof(MuseumMatrix))]
    [InlineData(typeof(Exploration))]
    [InlineData(typeof(Trace))]
    [InlineData(typeof(Lanes))]
    [InlineData(typeof(StepPlot))]
    [InlineData(typeof(StateTable))]
    [InlineData(typeof(Heatmap))]
    [InlineData(typeof(Figure))]
    [InlineData(typeof(BitField))]
    [InlineData(typeof(VectorMap))]
    [InlineData(typeof(VectorTimeline))]
    public void Hosts_find_how_to_show_it_without_knowing_us(Type type)
    {
        var attribute = type.GetCustomAttributes(inherit: true).Single(a => a.GetType().Name == "TypeFormatterSourceAttribute");
        Assert.Equal(["text/html", "text/plain"], (string[])Get(attribute, "PreferredMimeTypes")!);
        var source = Activator.CreateInstance((Type)Get(attribute, "FormatterSourceType")!)!;
        var formatters = (IEnumerable<object>)source.GetType().GetMethod("CreateTypeFormatters")!.Invoke(source, null)!;
        Assert.Equal(["text/html", "text/plain"], formatters.Select(formatter => (string)Get(formatter, "MimeType")!));
        Assert.Equal(typeof(string), type.GetMethod("ToHtml", BindingFlags.Public | BindingFlags.Instance, [])!.ReturnType);

        if (type != typeof(Lanes)) return;
        using var page = new StringWriter();
        var html = formatters.First();
        Assert.Equal(true, html.GetType().GetMethod("Format")!.Invoke(html, [Doorbell.Trace().Lanes(), page]));
        Assert.StartsWith("<div style=\"overflow-x:auto\"><img ", page.ToString(), StringComparison.Ordinal);

        static object? Get(object of, string property) => of.GetType().GetProperty(property)!.GetValue(of);
    }
}
