namespace Avic.Tool.Tests;

/// <summary>The manners of the command line: help, and what it says to a slip.</summary>
public sealed class CommandLineFacts
{
    public static TheoryData<string> Verbs { get; } = [.. Listed()];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Every_verb_has_an_example_and_two_ways_to_its_help(string verb)
    {
        var option = await Workplace.Avic(verb, "--help");
        var word = await Workplace.Avic("help", verb);

        Assert.Equal(0, option.Exit);
        Assert.Contains("Example:", option.Output);
        Assert.Contains($"avic {verb}", option.Output[option.Output.IndexOf("Example:", StringComparison.Ordinal)..]);
        Assert.Equal(option, word);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Every_verb_names_the_option_that_was_meant(string verb) =>
        Assert.Equal(new Said(2, "", $"avic: there is no option '--hepl'. Did you mean '--help'?\nTry: avic {verb} --help\n"), await Workplace.Avic(verb, "--hepl"));

    [Theory]
    [InlineData("-x")]
    [InlineData("--")]
    public async Task A_word_that_looks_like_an_option_is_no_file(string word)
    {
        var said = await Workplace.Avic(word == "--" ? ["run", word, "--no-such-file"] : ["run", word]);
        Assert.StartsWith(word == "--" ? "avic: --no-such-file: there is no such file" : "avic: there is no option '-x'.", said.Error);
    }

    [Theory]
    [InlineData("rnu", "run")]
    [InlineData("chekc", "check")]
    [InlineData("Mail", "mail")]
    [InlineData("lst", "list")]
    public async Task An_unknown_verb_gets_the_nearest(string word, string meant)
    {
        var said = await Workplace.Avic(word, "x", "--y");
        Assert.Equal(2, said.Exit);
        Assert.StartsWith($"avic: there is no verb '{word}'. Did you mean '{meant}'? There are: tour, ", said.Error);
        Assert.Equal(2, said.Error.TrimEnd().Split('\n').Length);
    }

    [Theory]
    [InlineData("run", "NOTEBOOK is missing. Notebooks (.ipynb, .dib), folders of them, or names with wildcards.")]
    [InlineData("replay", "TOKEN is missing. ")]
    public async Task A_missing_argument_is_named(string verb, string said) =>
        Assert.StartsWith($"avic: {said}", (await Workplace.Avic(verb)).Error);

    [Fact]
    public async Task A_verbs_verb_gets_the_nearest_too() =>
        Assert.Equal("avic: there is no verb 'jupyter isntall' and no such file. Did you mean 'jupyter install'?\n", (await Workplace.Avic("jupyter", "isntall")).Error);

    [Fact]
    public async Task A_verb_like_none_gets_the_list() =>
        Assert.StartsWith("avic: there is no verb 'zzzzzz'. There are: tour, ", (await Workplace.Avic("zzzzzz")).Error);

    [Fact]
    public async Task Help_alone_has_a_line_a_verb()
    {
        var help = await Workplace.Avic("--help");
        Assert.Equal(0, help.Exit);
        Assert.Equal(help, await Workplace.Avic("help"));
        Assert.Equal(help, await Workplace.Avic("help", "help"));
        Assert.Equal(help with { Exit = 2 }, await Workplace.Avic());
        Assert.All(Listed(), verb => Assert.Single(help.Output.Split('\n'), line => line.StartsWith($"  {verb} ", StringComparison.Ordinal) && line.Length is > 20 and < 160));
    }

    [Fact]
    public async Task The_version_is_one_line() => Assert.Matches(@"^\d+\.\d+\.\d+[^\r\n]*\r?\n$", (await Workplace.Avic("--version")).Output);

    [Theory]
    [InlineData("00-strat-here.ipynb", "00-start-here.ipynb")]
    [InlineData("00-start-here.ipynv", "00-start-here.ipynb")]
    [InlineData("lessens/one.ipynb", "lessons/one.ipynb")]
    public async Task A_file_that_is_not_there_gets_the_nearest(string given, string meant)
    {
        using var place = new Workplace();
        place.Notebook("00-start-here.ipynb", "1");
        place.Notebook("lessons/one.ipynb", "1");

        foreach (var verb in new[] { "run", "mail" })
        {
            var said = await Workplace.Avic(verb, place.Path(given));
            Assert.Equal(new Said(2, "", $"avic: {place.Path(given)}: there is no such file or folder; did you mean {place.Path(meant)}?\n"), said);
        }
    }

    public static TheoryData<string> Outs => ["publish NOTEBOOK --out", "vscode --out", "tour --out", "run NOTEBOOK --out", "release NOTEBOOK --out", "jupyter install --prefix"];

    [Theory]
    [MemberData(nameof(Outs))]
    public async Task A_file_where_a_folder_is_needed_is_told_before_the_work(string words)
    {
        using var place = new Workplace();
        var notebook = place.Notebook("a.ipynb", "1");
        File.WriteAllText(place.Path("file"), "");
        string[] verb = [.. words.Split(' ').Select(word => word == "NOTEBOOK" ? notebook : word)];
        foreach (var folder in new[] { place.Path("file"), place.Path("file/below/it") })
            Assert.Equal(new Said(2, "", $"avic: {place.Path("file")}: a file has this name; name another folder with {verb[^1]}\n"), await Workplace.Avic([.. verb, folder]));
        Assert.Equal(2, Directory.GetFileSystemEntries(place.Folder).Length);
    }

    [Theory]
    [MemberData(nameof(Outs))]
    public async Task A_folder_that_cannot_be_is_told_before_the_work(string words)
    {
        using var place = new Workplace();
        string[] verb = [.. words.Split(' ').Select(word => word == "NOTEBOOK" ? place.Notebook("a.ipynb", "1") : word)];
        var said = await Workplace.Avic([.. verb, "/proc/no/such"]);
        Assert.Equal((2, ""), (said.Exit, said.Output));
        Assert.Matches(@"^avic: /proc/no/such\S*: nothing can be written in /proc; name another folder with --\w+\n$", said.Error);
    }

    [Fact]
    public async Task A_mail_that_is_no_text_is_one_clear_line()
    {
        using var place = new Workplace();
        File.WriteAllBytes(place.Path("latin1"), [.. "From: J"u8, 0xf6, .. "rg\n"u8]);
        File.WriteAllBytes(place.Path("zip"), [.. "PK\n"u8, 0, 0]);
        File.WriteAllText(place.Path("utf16"), "no diagram, ö\n", System.Text.Encoding.Unicode);

        Assert.Equal(new Said(2, "", $"avic: {place.Path("latin1")}:1: not UTF-8 text; if it is a mail in an older encoding: iconv -f latin1 -t utf8\n"), await Workplace.Avic("mail", place.Path("latin1")));
        Assert.Equal(new Said(2, "", $"avic: {place.Path("zip")}: no text; name a mail, or a diagram in a text file\n"), await Workplace.Avic("mail", place.Path("zip")));
        Assert.StartsWith("No diagram found", (await Workplace.Avic("mail", place.Path("utf16"))).Output);
    }

    // What the list of verbs in `avic zzz` names; a verb that is added is looked at without being named here.
    private static string[] Listed() =>
        Workplace.Avic("zzzzzz").Result.Error.Split('\n')[0].Split("There are: ")[1].TrimEnd('.').Split(", ");
}
