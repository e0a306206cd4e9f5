using System.Text;
using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>A notebook is read without losing, and written without touching, what is not ours.</summary>
public sealed class NotebookFileFacts
{
    private static NotebookFile Read(string text) => NotebookReader.Read("n.ipynb", Encoding.UTF8.GetBytes(text));

    private static string Error(string text) => Assert.Throws<NotebookException>(() => Read(text)).Message;

    private static string Run(string text, string output = "hi\n") =>
        Encoding.UTF8.GetString(Read(text) is var file ? file.With(file.Cells.Select(c => (c, Stream(output), (int?)c.Number))) : []);

    private static JsonArray Stream(string text) =>
        [new JsonObject { ["name"] = "stdout", ["output_type"] = "stream", ["text"] = CellOutputs.Lines(text) }];

    [Fact]
    public void Only_outputs_and_counts_change_and_new_ones_look_like_jupyters()
    {
        const string before = """
            {
             "cells": [
              {
               "cell_type": "markdown",
               "metadata": {"strange" :  1.0e+0},
               "source": "\u00e9"
              },
              {
               "cell_type": "code",
               "execution_count": null,
               "metadata": {},
               "outputs": [],
               "source": [
                "1"
               ],
               "unknown": [1,2 , 3]
              }
             ],
             "metadata": {},
             "nbformat": 4,
             "nbformat_minor": 5
            }

            """;
        const string outputs = """
               "outputs": [
                {
                 "name": "stdout",
                 "output_type": "stream",
                 "text": [
                  "é\"\\\u001b\n",
                  "😀"
                 ]
                }
               ],
            """;
        Assert.Equal(
            before.Replace("   \"outputs\": [],", outputs, StringComparison.Ordinal).Replace("\"execution_count\": null", "\"execution_count\": 1", StringComparison.Ordinal),
            Run(before, "é\"\\\u001b\n😀"));
    }

    [Fact]
    public void Line_breaks_indent_and_byte_order_mark_of_the_file_are_kept()
    {
        const string before = "\ufeff{\r\n    \"nbformat\": 4,\r\n    \"cells\": [{\"cell_type\": \"code\", \"source\": \"1\", \"execution_count\": 1, \"outputs\": []}]\r\n}";
        var after = Run(before);
        Assert.StartsWith("\ufeff{\r\n    \"nbformat\": 4,\r\n    \"cells\": [{\"cell_type\": \"code\", \"source\": \"1\", \"execution_count\": 1, \"outputs\": [\r\n                {\r\n", after);
        Assert.EndsWith("]\r\n}", after);
        Assert.Equal(after, Run(after));
    }

    [Fact]
    public void A_file_on_one_line_stays_on_one_line_and_missing_members_are_added() =>
        Assert.Equal(
            """{"cells":[{"cell_type":"code","source":"1", "outputs": [{"name": "stdout", "output_type": "stream", "text": ["hi\n"]}], "execution_count": 1}],"nbformat":4}""",
            Run("""{"cells":[{"cell_type":"code","source":"1"}],"nbformat":4}"""));

    [Theory]
    [InlineData("""[{"output_type":"stream","text":"hi\nyou","name":"stdout"}]""")]
    [InlineData("""[ {"name":"stdout","text":["hi\n","you"],"output_type":"stream"} ]""")]
    public void Outputs_that_say_the_same_keep_their_bytes(string saved)
    {
        var text = $$"""{"cells":[{"cell_type":"code","source":"1","outputs":{{saved}},"execution_count":1}],"nbformat":4}""";
        Assert.Equal(text, Run(text, "hi\nyou"));
    }

    [Fact]
    public void A_source_is_a_text_or_a_list_of_lines()
    {
        var cells = Read("""{"cells":[{"cell_type":"code","source":"a\nb"},{"cell_type":"raw","source":7},{"cell_type":"code","source":["a\n","b"],"metadata":{"tags":["t"]}}],"nbformat":4}""").Cells;
        Assert.Equal(["a\nb", "a\nb"], cells.Select(c => c.Source));
        Assert.Equal([1, 2], cells.Select(c => c.Number));
        Assert.Equal(["t"], cells[1].Tags);
    }

    [Theory]
    [InlineData("", "n.ipynb:1:1: the file is empty")]
    [InlineData(" \n", "n.ipynb:1:1: the file is empty")]
    [InlineData("{\n \"cells\": [\n", "n.ipynb:3:1: not JSON: ")]
    [InlineData("[]", "n.ipynb:1:1: not a Jupyter notebook: a notebook is a JSON object")]
    [InlineData("{\"nbformat\": 4}", "n.ipynb:1:1: not a Jupyter notebook: it has no \"cells\"")]
    [InlineData("{\"nbformat\": 3, \"cells\": []}", "n.ipynb:1:1: nbformat is 3, and only 4 can be run")]
    [InlineData("{\"nbformat\": \"4\"}", "n.ipynb:1:14: \"nbformat\" is not a number")]
    [InlineData("{\n\"cells\": {}}", "n.ipynb:2:10: \"cells\" is not a list")]
    [InlineData("{\n\"cells\": [\n1]}", "n.ipynb:3:1: a cell is not an object")]
    [InlineData("{\"cells\": [{}]}", "n.ipynb:1:13: a cell has no \"cell_type\"")]
    [InlineData("{\"cells\": [{\"cell_type\": 1}]}", "n.ipynb:1:26: \"cell_type\" is not a text")]
    [InlineData("{\"cells\": [{\"cell_type\": \"code\"}]}", "n.ipynb:1:32: cell 1: \"source\" is missing")]
    [InlineData("{\"cells\": [{\"cell_type\": \"code\", \"source\": [1]}]}", "n.ipynb:1:44: cell 1: \"source\" is neither a text nor a list of texts")]
    [InlineData("{\"cells\": [{\"cell_type\": \"code\", \"source\": \"\", \"outputs\": 1}]}", "n.ipynb:1:59: cell 1: \"outputs\" is not a list")]
    [InlineData("{\"cells\": [{\"source\": \"\", \"source\": \"\"}]}", "n.ipynb:1:37: cell 1: \"source\" appears twice")]
    [InlineData("{\"cells\": [{\"cell_type\": \"code\", \"source\": \"\\ud800\"}]}", "n.ipynb:1:44: a text holds half a surrogate pair")]
    public void A_file_that_is_no_notebook_is_told_with_its_place(string text, string expected) => Assert.StartsWith(expected, Error(text));

    [Fact]
    public void Broken_UTF8_is_told_with_its_place() =>
        Assert.Equal("n.ipynb:2:2: not UTF-8 text", Assert.Throws<NotebookException>(() => NotebookReader.Read("n.ipynb", [.. "{\n "u8, 0xff])).Message);

    [Theory]
    [InlineData("", "")]
    [InlineData("\"Plotly.NET\"", "Plotly.NET")]
    [InlineData("[\"spin\", \"nuget: xunit, 2.9.3\"]", "spin|nuget: xunit, 2.9.3")]
    public void What_a_notebook_requires_is_a_text_or_a_list(string requires, string expected) =>
        Assert.Equal(expected, string.Join('|', Read($$$"""{"cells": [], "metadata": {"avic": {"x": [1]{{{(requires.Length > 0 ? ", \"requires\": " + requires : "")}}}}}, "nbformat": 4}""").Requires));

    [Fact]
    public void A_shape_is_kinds_types_and_streams_and_nothing_of_what_they_say() =>
        Assert.Equal(
            ["[stream stdout]", "[stream stderr]", "[stream stdout]", "[display_data text/html text/plain]", "[execute_result text/plain]", "[error]", "[?]"],
            SavedOutputs.Shape("""
                [{"output_type": "stream", "name": "stdout", "text": "1"}, {"output_type": "stream", "name": "stdout", "text": ["2"]},
                 {"output_type": "stream", "name": "stderr", "text": "1"}, {"output_type": "stream", "name": "stdout", "text": "1"},
                 {"output_type": "display_data", "data": {"text/plain": "1", "text/html": "2"}, "metadata": {}},
                 {"output_type": "execute_result", "data": {"text/plain": "1"}, "execution_count": 9}, {"output_type": "error", "ename": "E", "evalue": "no"}, 7]
                """));

    [Fact]
    public void Hostile_files_are_read_or_refused_in_one_line_and_what_is_read_can_be_written() => Fuzz(2_000);

    [LongFact]
    public void Many_hostile_files_are_read_or_refused_in_one_line_and_what_is_read_can_be_written() => Fuzz(50_000);

    private static void Fuzz(int files)
    {
        var seed = Encoding.UTF8.GetBytes("""
            {"cells": [
              {"cell_type": "code", "execution_count": null, "metadata": {"tags": ["skip-run", "é"], "polyglot_notebook": {"kernelName": "csharp"}},
               "outputs": [{"data": {"text/plain": ["1\n", "2"]}, "execution_count": 1, "metadata": {}, "output_type": "execute_result"},
                           {"ename": "E", "evalue": "v", "output_type": "error", "traceback": ["a", "\ud83d\ude00"]}], "source": ["1\n", "2"]},
              {"cell_type": "markdown", "metadata": {}, "source": "x"}
             ], "metadata": {"avic": {"requires": ["a"], "from": "n.dib"}, "kernelspec": {"language": "C#"}}, "nbformat": 4, "nbformat_minor": 5}
            """);
        byte[][] seeds = [seed, [.. Encoding.UTF8.Preamble, .. seed], Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(seed).ReplaceLineEndings("\r\n")), []];
        string[] hostile =
        [
            "null", "[]", "{}", "-1e999", "NaN", "Infinity", "\"\\ud800\"", "\"\\u0000\"", "[[[[[[[[", "{\"a\":{\"a\":", "\"" + new string('x', 5000) + "\"", new string('[', 5000), new string('[', 250) + new string(']', 250),
            "\"cells\":", "\"cells\": [],", "\"outputs\": [7],", "\"source\": \"\",", ",", "\u2028", "true", "4", "1e400", "99999999999999999999", "[null]", "[\"\\udc00\"]", "{\"\\ud800\": 1}", "{\"data\": {\"\\udfff\": 1}}", "\ufeff", "/* */", "\u001e", "\0",
        ];
        var random = new Random(2021);
        var read = 0;
        for (var i = 0; i < files; i++)
        {
            var bytes = Mutations.Of(seeds[i % seeds.Length], hostile, random);
            if (i % 50 == 0)
                random.NextBytes(bytes = new byte[random.Next(200)]);
            var before = (byte[])bytes.Clone();
            try
            {
                var file = NotebookReader.Read("n.ipynb", bytes);
                read++;
                var after = NotebookReader.Read("n.ipynb", file.With(file.Cells.Select(c => (c, Stream("hi"), (int?)c.Number))));
                Assert.Equal(file.Cells.Select(c => c.Source), after.Cells.Select(c => c.Source));
                Assert.Equal(file.Requires, after.Requires);
                Assert.All(after.Cells, c => Assert.Equal(["[stdout] hi"], SavedOutputs.Readable(after.Text(c.Outputs!.Value))));
                Assert.All(file.Cells.Select(c => c.Outputs is { } span ? file.Text(span) : "[]"), saved =>
                {
                    Assert.DoesNotContain(SavedOutputs.Readable(saved), line => line.Contains('\n', StringComparison.Ordinal));
                    SavedOutputs.Shape(saved);
                });
            }
            catch (NotebookException e)
            {
                Assert.Matches(@"^n\.ipynb:\d+:\d+: [^\r\n]+$", e.Message);
            }
            Assert.Equal(before, bytes);
        }
        Assert.InRange(read, files / 40, files * 39 / 40);
    }

    [Theory]
    [InlineData("\"polyglot_notebook\": {\"kernelName\": \"fsharp\"}, \"dotnet_interactive\": {\"language\": \"csharp\"}")]
    [InlineData("\"dotnet_interactive\": {\"language\": \"csharp\"}, \"polyglot_notebook\": {\"kernelName\": \"fsharp\"}")]
    public void The_newer_word_for_a_cells_language_counts_in_either_order(string metadata)
    {
        var cell = Assert.Single(Read($$"""{"cells": [{"cell_type": "code", "metadata": {{{metadata}}}, "source": "1", "outputs": []}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}""").Cells);
        Assert.Equal(("fsharp", "1"), (cell.Language, cell.Source));
    }
}
