using System.Text;
using System.Text.Json.Nodes;
using FsCheck.Fluent;

namespace Avic.Tool.Tests;

/// <summary>Polyglot Notebooks' text format: read, run, and saved as a Jupyter notebook beside it.</summary>
public sealed class DibFacts : IDisposable
{
    private const string Small = """
        #!meta

        {"kernelInfo":{"defaultKernelName":"csharp","items":[{"name":"csharp"},{"name":"py","aliases":["python"]}]},"author":"é"}

        #!csharp

        #!time
        var x = 1;

        #!markdown

        # Title
        #!mermaid
        graph LR
        #!python
        print(1)
        #!C#
        x + 1

        """;

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    private static DibFile Read(string text) => DibFile.Read("n.dib", Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void Cells_begin_where_a_line_names_a_kernel_and_other_directives_stay_in_their_cell(string newLine) =>
        Assert.Equal(
            [new("csharp", "#!time\nvar x = 1;"), new("markdown", "# Title"), new("mermaid", "graph LR"), new("py", "print(1)"), new DibCell("csharp", "x + 1")],
            Read("\ufeff" + Small.ReplaceLineEndings(newLine)).Cells);

    [Fact]
    public void Text_before_the_first_kernel_is_in_the_language_that_meta_names()
    {
        Assert.Equal(new DibCell("csharp", "1"), Assert.Single(Read("1").Cells));
        Assert.Equal(new DibCell("fsharp", "#!about\n1"), Assert.Single(Read("#!meta\n{\"kernelInfo\":{\"defaultKernelName\":\"f#\"}}\n#!about\n1").Cells));
        Assert.Empty(Read("").Cells);
        Assert.Empty(Read("#!csharp\n\n#!markdown\n").Cells);
    }

    [Theory]
    [InlineData("#!meta\n{\n \"a\": ]\n}\n#!csharp\n1", "n.dib:3:7: what follows #!meta is not JSON: ")]
    [InlineData("\n#!meta\n[]\n", "n.dib:2: what follows #!meta is no JSON object")]
    [InlineData("#!meta", "n.dib:2:1: what follows #!meta is not JSON: ")]
    [InlineData("#!meta\n{\"a\":1,\"a\":2}", "n.dib:2:")]
    [InlineData("#!meta\n{\"a\":\"\\ud800\"}", "n.dib:1: what follows #!meta holds half a surrogate pair")]
    public void A_broken_meta_block_is_told_with_its_place(string text, string message) =>
        Assert.StartsWith(message, Assert.Throws<NotebookException>(() => Read(text)).Message);

    [Fact]
    public void Broken_UTF8_is_told_with_its_line() =>
        Assert.Equal("n.dib:2: not UTF-8 text", Assert.Throws<NotebookException>(() => DibFile.Read("n.dib", [.. "1\n"u8, 0xff])).Message);

    [Fact]
    public void Any_cells_written_are_the_cells_read_and_the_notebook_made_of_them_has_their_sources()
    {
        var line = Gen.OneOf(
            Gen.Elements("", " ", "#", "#!about", "#! csharp", "#!csharp x", " #!csharp", "\"\\u0000\"", "{\"a\": 1}", "\t", "é😀", "\v\f\u0085\u2028", "#!!", "x\\"),
            Gen.Choose(1, 0xd7ff).Select(c => ((char)c).ToString()).Where(c => c is not ("\n" or "\r" or "\ufeff")));
        var cell = Gen.Elements("csharp", "markdown", "mermaid", "fsharp", "kql").SelectMany(language => line.ListOf().Where(l => l.Count > 0 && l[0] != "" && l[^1] != "").Select(l => new DibCell(language, string.Join('\n', l))));
        foreach (var cells in cell.ListOf().Sample(1_000, new FsCheck.Rnd(11), 12))
        {
            var read = Read(string.Concat(cells.Select(c => $"#!{c.Language}\n\n{c.Source}\n\n")));
            Assert.Equal(cells, read.Cells);
            var notebook = NotebookReader.Read("n.ipynb", read.ToJupyter("n.dib"));
            Assert.Equal(cells.Where(c => c.Language != "markdown"), notebook.Cells.Select(c => new DibCell(c.Language!, c.Source)));
            Assert.Equal("n.dib", notebook.MadeFrom);
        }
    }

    [Fact]
    public void Any_bytes_are_cells_or_one_line_that_names_file_and_place()
    {
        var seed = Encoding.UTF8.GetBytes(Small);
        string[] hostile = ["#!meta\n", "#!csharp\n", "\n#!", "{\"kernelInfo\":", "\"items\":[1,null,{\"name\":null,\"aliases\":7}]", "\0", "\r", "\ud83d\ude00", new string('[', 3000), "\"avic\":3,", "#!meta\n{\"avic\":{\"requires\":1}}\n"];
        var random = new Random(7);
        var read = 0;
        for (var i = 0; i < 5_000; i++)
            try
            {
                var bytes = Mutations.Of(seed, hostile, random);
                var notebook = NotebookReader.Read("n.ipynb", DibFile.Read("n.dib", bytes).ToJupyter("n.dib"));
                Assert.Equal("n.dib", notebook.MadeFrom);
                read++;
            }
            catch (NotebookException e)
            {
                Assert.Matches(@"^n\.(dib:\d+(:\d+)?|ipynb:\d+:\d+): [^\r\n]+$", e.Message);
            }
        Assert.InRange(read, 500, 4_900);
    }

    [Fact]
    public async Task A_run_saves_a_notebook_beside_it_and_the_next_one_changes_nothing()
    {
        var dib = _place.Path("n.dib");
        File.WriteAllText(dib, Small);

        var said = await Workplace.Avic("run", dib);

        Assert.Equal(0, said.Exit);
        Assert.Contains($"{dib}  2 cells  ", said.Error);
        Assert.EndsWith($"saved to {_place.Path("n.ipynb")}\n", said.Error);
        Assert.Equal(Small, _place.Text("n.dib"));
        Assert.Equal("2", _place.Outputs("n.ipynb", 4)[0]!["data"]!["text/plain"]![0]!.GetValue<string>());
        Assert.Equal("é", JsonNode.Parse(_place.Text("n.ipynb"))!["metadata"]!["author"]!.GetValue<string>());
        Assert.Contains("cell 2/4  skipped (mermaid)", said.Error);

        // The folder holds both now, and one of them was made from the other.
        var again = await Workplace.Avic("run", _place.Folder);
        Assert.EndsWith("unchanged\n", again.Error);
        Assert.Single(again.Error.Split('\n'), line => line.Contains(" cells ", StringComparison.Ordinal));
        Assert.Equal(0, (await Workplace.Avic("run", "--verify", dib)).Exit);
        Assert.Equal(0, (await Workplace.Avic("run", _place.Folder, "--out", _place.Path("out"))).Exit);
        Assert.True(File.Exists(_place.Path("out/n.ipynb")));

        File.WriteAllText(dib, Small.Replace("x + 1", "x + 2", StringComparison.Ordinal));
        var other = await Workplace.Avic("run", "--verify", dib);
        Assert.Equal(2, other.Exit);
        Assert.EndsWith("n.ipynb has other cells; run it without --verify first\n", other.Error);
        Assert.Equal(0, (await Workplace.Avic("run", dib)).Exit);
        Assert.Equal("3", _place.Outputs("n.ipynb", 4)[0]!["data"]!["text/plain"]![0]!.GetValue<string>());
    }

    [Fact]
    public async Task A_notebook_that_was_not_made_from_it_is_not_overwritten()
    {
        File.WriteAllText(_place.Path("n.dib"), "1");
        var own = File.ReadAllBytes(_place.Notebook("n.ipynb", "2"));

        var said = await Workplace.Avic("run", _place.Path("n.dib"));

        Assert.Equal(new Said(2, "", $"avic: {_place.Path("n.dib")}: {_place.Path("n.ipynb")} is there already and was not made from it; name a folder with --out\n"), said);
        Assert.Equal(own, File.ReadAllBytes(_place.Path("n.ipynb")));
    }
}
