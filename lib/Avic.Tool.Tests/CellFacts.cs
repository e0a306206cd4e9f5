using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>One notebook of many cells, run once; each fact below looks at one of them.</summary>
public sealed class ManyCells : IAsyncLifetime
{
    private readonly Workplace _place = new();
    private readonly List<string> _sources = [];

    public Said Said { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _sources.AddRange(CellFacts.Sources);
        File.WriteAllText(_place.Path("loaded.csx"), "int FromFile(int x)\n{\n    if (x < 0)\n        throw new ArgumentException(\"below zero\");\n    return x + 1;\n}\n");
        Directory.CreateDirectory(_place.Path("feed"));
        File.WriteAllText(_place.Path("nuget.config"), PackageFacts.Feed);
        Said = await Workplace.Avic("run", "--keep-going", _place.Notebook("many.ipynb", [.. _sources]));
    }

    public JsonArray Outputs(string source) => _place.Outputs("many.ipynb", Number(source));

    public int Number(string source) => _sources.IndexOf(source) + 1;

    public Task DisposeAsync()
    {
        _place.Dispose();
        return Task.CompletedTask;
    }
}

public sealed class CellFacts(ManyCells run) : IClassFixture<ManyCells>
{
    private const string Number = "var six = 6;\n6 * 7";
    private const string State = "six + 1";
    private const string Streams = "Console.Write(\"a\"); Console.Error.Write(\"b\"); Console.Write(\"c\"); Console.WriteLine(\"d\");";
    private const string Html = "class Both { public string ToHtml() => \"<b>é</b>\"; public string ToText() => \"é\"; }\nclass HtmlOnly { public string ToHtml() => \"<i>x</i>\\n<i>y</i>\"; public override string ToString() => \"x y\"; }\ndisplay(new Both());\nnew HtmlOnly().Display();\nnew Both()";
    private const string Await = "await Task.Delay(1);\nawait Task.FromResult(\"awaited\")";
    private const string Null = "(string)null";
    private const string Void = "display(1)";
    private const string Statement = "six = 6;";
    private const string Compile = "\n\n  nowhere.X(\n     six)";
    private const string Thrown = "int Half(int x)\n{\n    if (x % 2 == 1)\n        throw new ArgumentException(\"odd\");\n    return x / 2;\n}\nvar kept = 8;\nHalf(7)";
    private const string Kept = "kept";
    private const string Inner = "async Task<int> Later()\n{\n    await Task.Yield();\n    throw new InvalidOperationException(\"outer\", new Exception(\"inner\"));\n}\nawait Later()";
    private const string Load = "#load \"loaded.csx\"\nFromFile(1)";
    private const string LoadThrown = "FromFile(-1)";
    private const string NuGet = "1 + 1;\n#r \"nuget: Some.Package, 1.0.0\"";
    private const string NuGetFirst = "#r \"nuget: Some.Package, 1.0.0\"\n1";
    private const string Directives = "#!csharp\n#!set --name x\nthrow new Exception(\"third line\");";
    private const string RawString = "var shell = \"\"\"\n    #!/bin/sh\n    \"\"\";\nshell";
    private const string RawBytes = "using (var raw = Console.OpenStandardOutput()) { raw.Write(new byte[] { 0xC3, 0xA9, 0x7B, 0x7D }); raw.Flush(); }\n\"after\"";
    private const string ReadLine = "Console.ReadLine()";
    private const string Culture = "System.Globalization.CultureInfo.CurrentCulture.Name + 1.5.ToString() + await Task.Run(() => (2.5).ToString())";
    private const string BadHtml = "class Bad { public string ToHtml() => throw new Exception(\"no picture\"); }\nnew Bad()";
    private const string Symbols = "\"\\u001e{\\\"type\\\":\\\"done\\\"}\\n\\u001b[0m☃😀\"";
    private const string Folder = "Directory.GetFiles(\".\").Select(Path.GetFileName).Order().First()";
    private const string Usings = "new StringBuilder(\"x\").ToString() + new List<int>().Count() + Path.GetExtension(\"a.b\")";
    private const string Optimised = "System.Reflection.Assembly.GetExecutingAssembly().GetCustomAttributes(false).OfType<System.Diagnostics.DebuggableAttribute>().Any(d => d.IsJITOptimizerDisabled)";
    private const string Table = "record Point(int X, string Name);\nnew[] { new Point(1, \"<b>\"), new Point(2, \"b\") }";
    private const string Listed = "new List<int> { 1, 2 }";
    private const string Throwing = "class Careful { public int Good => 1; public int Bad => throw new Exception(\"no & no\"); }\nnew Careful()";
    private const string Huge = "class Many { public string All => new string('x', 2_000_000); public override string ToString() => \"many\"; }\nnew Many()";
    private const string Updated = "var shown = display(1);\nConsole.Write(\"a\");\nshown.Update(2);\nConsole.Write(\"b\");\nvar later = new List<int>().Display();";
    private const string UpdatedLater = "later.Update(\"changed\")";
    private const string TrailingDisplay = "display(3)";
    private const string Markup = "HTML(\"<b>x</b>\")";
    private const string OnlyHtml = "display(\"a<b\", \"text/html\"); display(new List<int>(), \"text/plain\"); \"# T\".DisplayAs(\"text/markdown\");";
    private const string Figure = "class Plotted { public string ToHtml() => \"<i></i>\"; public string ToText() => \"f\"; public string ToPlotlyJson() => \"{\\\"data\\\":[]}\"; }\nnew Plotted()";
    private const string Mixed = "#!markdown\n# It's *here*\n#!csharp\nvar afterwards = 5;\n#!mermaid\ngraph TD\n  A-->B\n#!html\n<b>y</b>\n#!fsharp\nlet x = 1\n#!csharp\n#!time\nthrow new Exception(\"line 14\");";
    private const string Ours = "AppDomain.CurrentDomain.GetAssemblies().Count(a => a.GetName().Name.StartsWith(\"Avic.\")) + \" \" + ((string)AppContext.GetData(\"TRUSTED_PLATFORM_ASSEMBLIES\")).Split(Path.PathSeparator).Any(f => Path.GetFileName(f).StartsWith(\"Avic.\"))";

    internal static readonly string[] Sources =
    [
        Number, State, Streams, Html, Await, Null, Void, Statement, Compile, Thrown, Kept, Inner, Load, LoadThrown, NuGet, NuGetFirst, Directives,
        RawString, RawBytes, ReadLine, Culture, BadHtml, Symbols, Folder, Usings, Optimised, Ours, "",
        Table, Listed, Throwing, Huge, Updated, UpdatedLater, TrailingDisplay, Markup, OnlyHtml, Figure, Mixed,
    ];

    [Fact]
    public void A_trailing_expression_is_an_execute_result() => Equal(Number, """
        [{"data":{"text/plain":["42"]},"execution_count":1,"metadata":{},"output_type":"execute_result"}]
        """);

    [Fact]
    public void Variables_live_on_in_later_cells() => Assert.Equal("7", Plain(State));

    [Fact]
    public void Streams_come_in_the_order_of_writing() => Equal(Streams, """
        [{"name":"stdout","output_type":"stream","text":["a"]},
         {"name":"stderr","output_type":"stream","text":["b"]},
         {"name":"stdout","output_type":"stream","text":["cd\n"]}]
        """);

    [Fact]
    public void ToHtml_makes_html_and_text_always_goes_with_it() => Equal(Html, """
        [{"data":{"text/html":["<b>é</b>"],"text/plain":["é"]},"metadata":{},"output_type":"display_data"},
         {"data":{"text/html":["<i>x</i>\n","<i>y</i>"],"text/plain":["x y"]},"metadata":{},"output_type":"display_data"},
         {"data":{"text/html":["<b>é</b>"],"text/plain":["é"]},"execution_count":4,"metadata":{},"output_type":"execute_result"}]
        """);

    [Fact]
    public void Await_works_at_the_top_of_a_cell() => Assert.Equal("awaited", Plain(Await));

    [Fact]
    public void A_trailing_null_is_shown() => Assert.Equal("null", Plain(Null));

    [Fact]
    public void A_trailing_display_is_shown_once() => Equal(Void, """
        [{"data":{"text/plain":["1"]},"metadata":{},"output_type":"display_data"}]
        """);

    [Fact]
    public void A_statement_shows_nothing() => Equal(Statement, "[]");

    [Fact]
    public void An_error_of_the_compiler_names_cell_line_and_column() => Equal(Compile, $$"""
        [{"ename":"CompilationError","evalue":"cell {{run.Number(Compile)}} (3,3): error CS0103: The name 'nowhere' does not exist in the current context","output_type":"error",
          "traceback":["cell {{run.Number(Compile)}} (3,3): error CS0103: The name 'nowhere' does not exist in the current context"]}]
        """);

    [Fact]
    public void An_exception_shows_the_cells_lines_and_no_engine() => Equal(Thrown, $$"""
        [{"ename":"ArgumentException","evalue":"odd","output_type":"error",
          "traceback":["ArgumentException: odd","   at Half(Int32 x) in cell {{run.Number(Thrown)}}, line 4","   at cell {{run.Number(Thrown)}}, line 8"]}]
        """);

    [Fact]
    public void What_a_failing_cell_had_set_is_kept() => Assert.Equal("8", Plain(Kept));

    [Fact]
    public void The_cause_of_an_exception_is_told() => Equal(Inner, $$"""
        [{"ename":"InvalidOperationException","evalue":"outer","output_type":"error",
          "traceback":["InvalidOperationException: outer","   at Later() in cell {{run.Number(Inner)}}, line 4","   at cell {{run.Number(Inner)}}, line 6","caused by Exception: inner"]}]
        """);

    [Fact]
    public void Load_reads_a_file_beside_the_notebook() => Assert.Equal("2", Plain(Load));

    [Fact]
    public void An_exception_in_a_loaded_file_names_that_file() =>
        Assert.Equal("   at FromFile(Int32 x) in loaded.csx, line 4", Traceback(LoadThrown)[1]);

    [Fact]
    public void A_package_that_cannot_be_had_is_an_error_of_the_line_that_asks_for_it()
    {
        var line = $"cell {run.Number(NuGetFirst)} (1,1): error AVIC: the package Some.Package 1.0.0 cannot be had: your package sources have none of that name";
        Assert.Equal([line], Traceback(NuGetFirst));
        Assert.Contains("error CS", Traceback(NuGet)[0]);
    }

    [Fact]
    public void Directives_of_other_hosts_are_blank_lines() =>
        Assert.Equal($"   at cell {run.Number(Directives)}, line 3", Traceback(Directives)[1]);

    [Fact]
    public void A_shebang_inside_a_string_is_text() => Assert.Equal("#!/bin/sh", Plain(RawString));

    [Fact]
    public void Bytes_written_past_the_console_are_output_and_break_nothing() => Equal(RawBytes, $$"""
        [{"name":"stdout","output_type":"stream","text":["é{}"]},
         {"data":{"text/plain":["after"]},"execution_count":{{run.Number(RawBytes)}},"metadata":{},"output_type":"execute_result"}]
        """);

    [Fact]
    public void Nobody_answers_a_ReadLine() => Assert.Equal("null", Plain(ReadLine));

    [Fact]
    public void The_culture_is_invariant_on_every_thread() => Assert.Equal("1.52.5", Plain(Culture));

    [Fact]
    public void A_picture_that_throws_is_an_error_of_the_cell() => Assert.Equal("Exception: no picture", Traceback(BadHtml)[0]);

    [Fact]
    public void Control_characters_and_emoji_survive() => Assert.Equal("\u001e{\"type\":\"done\"}\n\u001b[0m☃😀", Plain(Symbols));

    [Fact]
    public void A_cell_works_in_the_notebooks_folder() => Assert.Equal("loaded.csx", Plain(Folder));

    [Fact]
    public void The_usual_usings_are_there() => Assert.Equal("x0.b", Plain(Usings));

    [Fact]
    public void Cells_are_compiled_optimised() => Assert.Equal("False", Plain(Optimised));

    [Fact]
    public void The_engine_has_no_copy_of_our_libraries() => Assert.Equal("0 False", Plain(Ours));

    [Fact]
    public void An_empty_cell_has_no_output() => Equal("", "[]");

    [Fact]
    public void Objects_become_the_table_of_Polyglot_Notebooks_and_are_encoded()
    {
        var html = Picture(Table);
        Assert.StartsWith("<table><thead><tr><th><i>index</i></th><th>value</th></tr></thead>", html);
        Assert.Contains("<td>Name</td><td><div class=\"dni-plaintext\"><pre>&lt;b&gt;</pre></div></td>", html);
        Assert.Equal("[Point { X = 1, Name = <b> }, Point { X = 2, Name = b }]", Plain(Table));
    }

    [Fact]
    public void A_list_has_both_forms()
    {
        Assert.StartsWith("<div class=\"dni-plaintext\"><pre>[ 1, 2 ]</pre></div>", Picture(Listed));
        Assert.Equal("[1, 2]", Plain(Listed));
    }

    [Fact]
    public void A_property_that_throws_shows_what_it_threw_and_no_trace_of_the_machine()
    {
        Assert.Contains("<td>Good</td><td><div class=\"dni-plaintext\"><pre>1</pre></div></td>", Picture(Throwing));
        Assert.Contains("Exception: no &amp; no", Picture(Throwing));
        Assert.DoesNotContain("   at ", Picture(Throwing));
    }

    [Fact]
    public void A_value_of_megabytes_is_told_as_text() => Equal(Huge, $$"""
        [{"data":{"text/plain":["many"]},"execution_count":{{run.Number(Huge)}},"metadata":{},"output_type":"execute_result"}]
        """);

    [Fact]
    public void An_update_changes_what_was_shown_where_it_was_shown_and_cuts_no_stream()
    {
        Equal(Updated, """
            [{"data":{"text/plain":["2"]},"metadata":{},"output_type":"display_data"},
             {"name":"stdout","output_type":"stream","text":["ab"]},
             {"data":{"text/plain":["changed"]},"metadata":{},"output_type":"display_data"}]
            """);
        Equal(UpdatedLater, "[]");
    }

    [Fact]
    public void A_handle_is_no_value_to_show() => Equal(TrailingDisplay, """
        [{"data":{"text/plain":["3"]},"metadata":{},"output_type":"display_data"}]
        """);

    [Fact]
    public void HTML_is_shown_as_it_is() => Equal(Markup, $$"""
        [{"data":{"text/html":["<b>x</b>"],"text/plain":["<b>x</b>"]},"execution_count":{{run.Number(Markup)}},"metadata":{},"output_type":"execute_result"}]
        """);

    [Fact]
    public void A_type_can_be_asked_for() => Equal(OnlyHtml, """
        [{"data":{"text/html":["a&lt;b"],"text/plain":["a<b"]},"metadata":{},"output_type":"display_data"},
         {"data":{"text/plain":["[]"]},"metadata":{},"output_type":"display_data"},
         {"data":{"text/markdown":["# T"],"text/plain":["# T"]},"metadata":{},"output_type":"display_data"}]
        """);

    [Fact]
    public void The_numbers_of_a_figure_are_not_saved() => Equal(Figure, $$"""
        [{"data":{"text/html":["<i></i>"],"text/plain":["f"]},"execution_count":{{run.Number(Figure)}},"metadata":{},"output_type":"execute_result"}]
        """);

    [Fact]
    public void Markdown_Mermaid_and_HTML_in_a_cell_are_shown_and_CSharp_between_them_runs() => Equal(Mixed, $$"""
        [{"data":{"text/markdown":["# It's *here*"],"text/plain":["# It's *here*"]},"metadata":{},"output_type":"display_data"},
         {"data":{"text/html":["<pre>graph TD\n","  A--&gt;B</pre>"],"text/plain":["graph TD\n","  A-->B"]},"metadata":{},"output_type":"display_data"},
         {"data":{"text/html":["<b>y</b>"],"text/plain":["<b>y</b>"]},"metadata":{},"output_type":"display_data"},
         {"ename":"Exception","evalue":"line 14","output_type":"error","traceback":["Exception: line 14","   at cell {{run.Number(Mixed)}}, line 14"]}]
        """);

    [Theory]
    [InlineData(Directives, "#!set --name x is for another host, ignored")]
    [InlineData(Mixed, "#!time is for another host, ignored")]
    [InlineData(Mixed, "#!fsharp is skipped: only C# runs here")]
    [InlineData(Mixed, "a Mermaid diagram is shown as its source")]
    public void What_is_not_done_is_told(string source, string word) => Assert.Contains($"many.ipynb  cell {run.Number(source)}: {word}", run.Said.Error);

    [Fact]
    public void A_line_of_progress_tells_each_cell_and_its_seconds()
    {
        Assert.Equal(1, run.Said.Exit);
        var words = run.Said.Error.TrimEnd().Split(Environment.NewLine);
        string[] lines = [.. words.Where(line => !line.Contains(": ", StringComparison.Ordinal) || line.Contains("  failed", StringComparison.Ordinal))];
        Assert.Equal(Sources.Length, lines.Length);   // the empty cell has none, the notebook has one
        Assert.Matches(@"^.*many\.ipynb  cell 1/39  \d+\.\d\d s$", lines[0]);
        Assert.Matches(@"cell 10/39  \d+\.\d\d s  failed: ArgumentException: odd$", lines[9]);
        Assert.Matches(@"many\.ipynb  39 cells  \d+\.\d\d s  failed, saved$", lines[^1]);
        Assert.Equal("", run.Said.Output);
    }

    private void Equal(string source, string expected) =>
        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), run.Outputs(source).ToJsonString());

    private string Plain(string source) => string.Concat(run.Outputs(source)[^1]!["data"]!["text/plain"]!.AsArray().Select(l => l!.GetValue<string>()));

    private string Picture(string source) => string.Concat(run.Outputs(source)[^1]!["data"]!["text/html"]!.AsArray().Select(l => l!.GetValue<string>()));

    private string[] Traceback(string source) => [.. run.Outputs(source)[^1]!["traceback"]!.AsArray().Select(l => l!.GetValue<string>())];
}
