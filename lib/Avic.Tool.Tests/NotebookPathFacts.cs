namespace Avic.Tool.Tests;

/// <summary>Which notebooks a word of the command line means.</summary>
public sealed class NotebookPathFacts : IDisposable
{
    private readonly Workplace _place = new();

    public NotebookPathFacts()
    {
        foreach (var name in new[] { "00 a.ipynb", "01-b.ipynb", "10-ç.dib", "sub/01-b.ipynb", "sub/deep/x.ipynb", ".hidden/x.ipynb", "sub/.ipynb_checkpoints/x.ipynb", "sub/x.txt", "sub/no.ipynb.bak" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_place.Path(name))!);
            File.WriteAllText(_place.Path(name), "");
        }
    }

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("", "00 a.ipynb|01-b.ipynb|10-ç.dib|sub/01-b.ipynb|sub/deep/x.ipynb")]
    [InlineData("0*.ipynb", "00 a.ipynb|01-b.ipynb")]
    [InlineData("*", "00 a.ipynb|01-b.ipynb|10-ç.dib")]
    [InlineData("?0*", "00 a.ipynb|10-ç.dib")]
    [InlineData("10-?.dib", "10-ç.dib")]
    [InlineData("**/x.ipynb", "sub/deep/x.ipynb")]
    [InlineData("**/01-b.ipynb", "01-b.ipynb|sub/01-b.ipynb")]
    [InlineData("**/**/**/01-b.ipynb", "01-b.ipynb|sub/01-b.ipynb")]
    [InlineData("s*/**", "sub/01-b.ipynb|sub/deep/x.ipynb")]
    [InlineData("s*/../0*.ipynb", "sub/../00 a.ipynb|sub/../01-b.ipynb")]
    [InlineData("*/deep/*.ipynb", "sub/deep/x.ipynb")]
    [InlineData(".h*/*", ".hidden/x.ipynb")]
    [InlineData("sub/.ipynb_checkpoints/x.ipynb", "sub/.ipynb_checkpoints/x.ipynb")]
    public void Files_folders_and_patterns_mean(string word, string files) =>
        Assert.Equal(files.Split('|'), NotebookPaths.Find([_place.Path(word)]).Select(n => n.Path[(_place.Folder.Length + 1)..]));

    [Fact]
    public void A_pattern_in_the_working_folder_has_no_folder_before_it()
    {
        Assert.Equal(("", 1), (Glob.Split("*.ipynb").Folder, Glob.Split("*.ipynb").Pattern.Length));
        Assert.Equal(("/", 2), (Glob.Split("/*/x").Folder, Glob.Split("/*/x").Pattern.Length));
        Assert.Equal(["**", "x"], Glob.Split("a/**/**/x").Pattern);
    }

    [Fact]
    public void A_notebook_named_twice_runs_once() =>
        Assert.Equal(2, NotebookPaths.Find([_place.Path("01-b.ipynb"), _place.Path("sub/../01-b.ipynb"), _place.Path("0*.ipynb")]).Count);

    [Fact]
    public void Under_an_output_folder_it_lies_as_below_the_first_wildcard() =>
        Assert.Equal(["01-b.ipynb", "deep/x.ipynb"], NotebookPaths.Find([_place.Path("sub/**")]).Select(n => n.Under));

    [Fact]
    public void A_pattern_that_leads_up_again_does_not_lead_out_of_an_output_folder() =>
        Assert.Equal("01-b.ipynb", Assert.Single(NotebookPaths.Find([_place.Path("sub/d*/../../01*")])).Under);

    [Theory]
    [InlineData("9*.ipynb", "9*.ipynb: no notebook (.ipynb, .dib) has such a name")]
    [InlineData("nowhere/*.ipynb", "nowhere/*.ipynb: no notebook (.ipynb, .dib) has such a name")]
    [InlineData("sub/x.txt", "x.txt: not a notebook: its name ends neither in .ipynb nor in .dib")]
    [InlineData("00 b.ipynb", "there is no such file or folder; did you mean ")]
    public void What_means_nothing_is_told(string word, string message) =>
        Assert.Contains(message, Assert.Throws<NotebookException>(() => NotebookPaths.Find([_place.Path(word)])).Message);

    [Fact]
    public void Folders_that_link_in_a_circle_end()
    {
        if (OperatingSystem.IsWindows())
            return;   // links need a privilege there
        Directory.CreateSymbolicLink(_place.Path("sub/deep/back"), _place.Folder);
        Assert.Equal(5, NotebookPaths.Find([_place.Folder]).Count);
    }

    [Fact]
    public void A_folder_may_be_called_like_a_notebook()
    {
        File.Move(_place.Path("sub/deep/x.ipynb"), _place.Path("x"));
        Directory.CreateDirectory(_place.Path("folder.ipynb"));
        File.Move(_place.Path("x"), _place.Path("folder.ipynb/x.ipynb"));
        Assert.Equal("x.ipynb", Assert.Single(NotebookPaths.Find([_place.Path("folder.ipynb")])).Under);
        Assert.Equal(5, NotebookPaths.Find([_place.Folder]).Count);
    }
}
