extern alias cells;

using cells::Avic.Cells;
using FsCheck;
using FsCheck.Fluent;

namespace Avic.Tool.Tests;

/// <summary>A session in this process, with a cell that has run.</summary>
public sealed class OneSession : IAsyncLifetime
{
    private readonly Workplace _place = new();
    private readonly TextWriter _console = Console.Out;

    internal CellSession Session { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Session = await CellSession.Start(_place.Folder, AppContext.BaseDirectory, new Outbox(Stream.Null), new CellTurns());
        await Session.Run(new Execute(1, $$"""
            #r "{{Path.Combine(AppContext.BaseDirectory, "Avic.Model.dll")}}"
            using Avic.Model;
            var race = Scenario.On(Linux.V5_15, vcpus: 2);
            var letters = new List<string> { "a" };
            int Half(int whole) => whole / 2;
            """));
    }

    public Task DisposeAsync()
    {
        Console.SetOut(_console);
        _place.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>Completion and inspection; the cursor stands at the bar.</summary>
public sealed class QuestionFacts(OneSession one) : IClassFixture<OneSession>
{
    private readonly Documentation _documentation = new();

    [Theory]
    [InlineData("rac|", "race", "Local")]
    [InlineData("race.Che|", "Check", "Method")]
    [InlineData("race.|", "Explore", "Method")]
    [InlineData("letters.Wh|", "Where", "Method")]
    [InlineData("letters?.Cou|", "Count", "Property")]
    [InlineData("letters.Where(x => x.Le|", "Length", "Property")]
    [InlineData("letters.Select(x => x.Trim()).Where(y => y.|)", "Length", "Property")]
    [InlineData("Linux.V5|", "V5_15", "Property")]
    [InlineData("var inner = 1; if (inn|", "inner", "Local")]
    [InlineData("System.Collections.Gen|", "Generic", "Namespace")]
    [InlineData("Standing.H|", "HoldsOnlyIf", "EnumMember")]
    [InlineData("var v = new Scen|", "Scenario", "Class")]
    [InlineData("fore|", "foreach", "Keyword")]
    [InlineData("Hal|", "Half", "Method")]
    [InlineData("#!time\nrac|", "race", "Local")]
    [InlineData("$\"{rac|}\"", "race", "Local")]
    [InlineData("disp|", "display", "Method")]
    public void A_name_is_proposed(string code, string name, string kind) => Assert.Contains(At(code).Proposals, p => p.Text == name && p.Kind == kind);

    [Theory]
    [InlineData("\"rac|\"")]
    [InlineData("// rac|")]
    [InlineData("/* rac| */")]
    [InlineData("12rac|")]
    [InlineData("#!markdown\nrac|")]
    [InlineData("'|")]
    [InlineData("nowhere.|")]
    public void Nothing_is_proposed_in_text(string code) => Assert.Empty(At(code).Proposals);

    [Theory]
    [InlineData("letters.|", "Empty")]       // static
    [InlineData("string.|", "Length")]       // of a value
    [InlineData("letters.|", "foreach")]
    [InlineData("letters.|", "get_Count")]
    public void What_cannot_stand_there_is_not_proposed(string code, string name) => Assert.DoesNotContain(At(code).Proposals, p => p.Text == name);

    [Fact]
    public void The_typed_part_is_what_is_replaced()
    {
        var completed = At("1 + race.Che|ck");
        Assert.Equal((9, 12), (completed.Start, completed.End));
    }

    [Fact]
    public void A_proposal_tells_signature_and_meaning_on_one_line() => Assert.Equal(
        "Exploration Scenario.Explore(Limits? limits = null) · Counts every state.",
        Assert.Single(At("race.Explo|").Proposals).Summary);

    [Theory]
    [InlineData("rac|e", "(field) Scenario race|Scenario race")]
    [InlineData("race.Explore|()", "Counts every state.")]
    [InlineData("race.Explore(|", "Counts every state.")]
    [InlineData("Half(3|", "int Half(int whole)")]
    [InlineData("new Limits { MaxSta|tes = 1 }", "States at which to give up")]
    [InlineData("Standing.Ho|lds", "It is true as it stands.")]
    [InlineData("letters.Wher|e(x => true)", "IEnumerable<string>.Where<string>(Func<string, bool> predicate)")]
    public void A_name_is_explained_with_its_documentation(string code, string words)
    {
        var data = Inspect(code);
        Assert.NotNull(data);
        Assert.Contains(words.Split('|'), w => data["text/plain"].Contains(w, StringComparison.Ordinal));
        Assert.DoesNotContain("<T>", data["text/html"]);
    }

    [Theory]
    [InlineData("|")]
    [InlineData("nowhere|")]
    [InlineData("1 + |2")]
    public void Of_nothing_nothing_is_known(string code) => Assert.Null(Inspect(code));

    [Fact]
    public void Any_text_at_any_place_is_answered()
    {
        string[] pieces = ["race", ".", "(", ")", "{", "}", "\"", "\"\"\"", "$\"", "'", "\\", "#", "#!", "#r \"x.dll\"", "#load \"x\"", "markdown", "csharp", "\n", "\r\n", "=>", "?.", "new ", "<", ">", ",", ";", "/*", "*/", "//", "@", "é", "\ud83d", "\u2028", " ", "1.", "using ", "class ", "::", "->"];
        var texts = Gen.OneOf(
            Gen.Elements(pieces).ListOf().Select(string.Concat),
            ArbMap.Default.GeneratorFor<string>().Select(s => s ?? ""));
        var asked = from text in texts from place in Gen.Choose(-1, text.Length + 1) select (text, place);
        Prop.ForAll(Arb.From(asked), ask =>
        {
            var completed = CodeCompletion.Of(new Complete(1, ask.text, ask.place), one.Session.Draft, _documentation);
            Assert.InRange(completed.Start, 0, completed.End);
            Assert.InRange(completed.End, completed.Start, ask.text.Length);
            CodeInspection.Of(new Inspect(1, ask.text, ask.place), one.Session.Draft, _documentation);
            Assert.Equal(ask.text.Length, CellSource.CSharpOnly(ask.text).Length);
            Assert.NotNull(CellQuestions.Judge(new IsWhole(1, ask.text)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    private Completed At(string code) => CodeCompletion.Of(new Complete(1, code.Replace("|", "", StringComparison.Ordinal), code.IndexOf('|')), one.Session.Draft, _documentation);

    private Dictionary<string, string>? Inspect(string code) => CodeInspection.Of(new Inspect(1, code.Replace("|", "", StringComparison.Ordinal), code.IndexOf('|')), one.Session.Draft, _documentation);
}
