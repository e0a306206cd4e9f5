namespace Avic.Model.Tests;

public class DiagramsOfMails
{
    private static (int, int, MailLineKind)[] Read(MailDiagram diagram) => [.. diagram.Lines.Select(line => (line.Number, line.Column, line.Kind))];

    [Fact]
    public void Dashes_tabs_dots_and_starred_remarks_are_read_in_their_columns()
    {
        const MailLineKind e = MailLineKind.Event, a = MailLineKind.Assertion, p = MailLineKind.Pause, r = MailLineKind.Remark;
        var diagram = MailFacts.Only("late-fault");
        Assert.Equal((6, 35), (diagram.FirstLine, diagram.LastLine));
        Assert.Equal(["vCPU0", "vCPU1"], diagram.Columns.Select(column => column.Name));
        Assert.Equal(
        [
            (8, 0, e), (9, 0, e), (10, 1, e), (11, 1, p), (12, 0, e), (13, 0, e), (14, 1, p), (15, 0, MailLineKind.Heading), (16, 0, e), (18, 0, e),
            (19, 0, e), (19, 0, r), (19, 0, r), (21, 0, e), (22, 0, e), (23, 0, e), (24, 1, p), (25, 1, p), (26, 1, p), (27, 1, e),
            (28, 1, a), (28, 1, e), (28, 1, r), (32, 1, e), (33, 1, e), (34, 1, e), (34, 1, a), (34, 1, a), (35, 1, e),
        ], Read(diagram));
    }

    [Fact]
    public void A_quoted_diagram_goes_on_after_a_reply_and_lists_it()
    {
        var diagram = MailFacts.Only("reenable");
        Assert.Equal((5, 16), (diagram.FirstLine, diagram.LastLine));
        Assert.Equal([12, 18], diagram.Lines.Where(line => line.Column < 0).Select(line => line.Number));
        Assert.Equal([7, 8, 8, 9, 10, 14, 15, 16], diagram.Lines.Where(line => line.IsJudged).Select(line => line.Number));
        Assert.Empty(diagram.Unmapped);
    }

    [Fact]
    public void A_reply_that_corrects_a_value_gives_a_corrected_diagram()
    {
        var corrected = MailFacts.Only("reenable").Corrected!;
        Assert.Equal("kvm_apicv_activated() == true", corrected.Lines.Single(line => line.Number == 10).Text);
        Assert.Null(MailFacts.Only("late-fault").Corrected);
    }

    [Fact]
    public void Headers_may_be_unequal_and_without_underline_and_a_line_nobody_can_read_is_listed()
    {
        var diagram = MailFacts.Only("service");
        Assert.Equal(["vCPU #0 (VMM ioctl)", "vCPU 1"], diagram.Columns.Select(column => column.Name));
        var unread = Assert.Single(diagram.Unmapped);
        Assert.Equal((7, 1, "the moon is full"), (unread.Number, unread.Column, unread.Text));
    }

    [Fact]
    public void A_line_understood_names_its_rows()
    {
        var lines = MailFacts.Only("late-fault").Lines;
        Assert.Equal(["direct_page_fault.map"], lines.Single(line => line.Text == "it installs the leaf").Rows);
        Assert.Equal("vcpu1.apicv_active == 1", lines.Single(line => line.Text == "vCPU1's AVIC is still active").Meaning);
        Assert.Equal("kvm_request_apicv_update, set, first row to last", lines[0].Understood);
    }

    [Theory]
    [InlineData("")]
    [InlineData("vCPU0 and vCPU1 race.\n")]
    [InlineData("vCPU0    vCPU1\n\n\n")]
    [InlineData("- a\n- b\n- c\n")]
    public void A_mail_without_a_diagram_has_none(string mail) => Assert.Empty(MailDiagram.Parse(mail));

    [Fact]
    public void Three_columns_are_read()
    {
        var diagram = Assert.Single(MailDiagram.Parse("vmm0          vCPU0         vCPU1\ndisable AVIC\n              VMRUN\n                            VMRUN\n"));
        Assert.Equal([0, 1, 2], diagram.Lines.Select(line => line.Column));
    }

    [Fact]
    public void Correcting_a_line_that_is_not_there_names_those_that_are()
    {
        var error = Assert.Throws<ModelException>(() => MailFacts.Only("service").Correct(1, "x"));
        Assert.Contains("4, 5, 6, 7, 8, 9", error.Message);
    }
}
