extern alias cells;

using System.Text;
using cells::Avic.Cells;

namespace Avic.Tool.Tests;

/// <summary>The small parts of the engine and its pipe, each by itself.</summary>
public sealed class PartsFacts
{
    [Theory]
    [InlineData("a\nb", "a\nb")]
    [InlineData("#!csharp\nb", "        \nb")]
    [InlineData("a\r\n  #!share x\r\nb", "a\r\n           \r\nb")]
    [InlineData("var s = @\"\n#!x\n\";", "var s = @\"\n#!x\n\";")]
    [InlineData("/*\n#!x\n*/", "/*\n#!x\n*/")]
    public void Lines_for_other_hosts_are_blanked_and_nothing_else(string code, string expected) =>
        Assert.Equal(expected, CellSource.CSharpOnly(code));

    [Theory]
    [InlineData("a", "csharp:a")]
    [InlineData("#!csharp\na\n#!time\nb", "csharp:        \na\n      \nb ignored:#!time")]
    [InlineData("#!markdown\nit's \"\"\" *here*\n#!csharp\na", "markdown:it's \"\"\" *here* | csharp:          \n               \n        \na")]
    [InlineData("a\n  #!mermaid\ngraph TD\n#!time\n", "csharp:a\n   | mermaid:graph TD\n#!time")]
    [InlineData("#!/usr/bin/env dotnet\na", "csharp:                     \na")]
    [InlineData("#!html\n<b>x</b>\n#!MD\ny", "html:<b>x</b> | markdown:y")]
    [InlineData("#!about --x", "csharp:            ignored:#!about --x")]
    public void A_cell_is_cut_where_its_language_changes(string code, string expected) =>
        Assert.Equal(expected, string.Join(" | ", CellSource.Parts(code).Select(p => $"{p.Language}:{p.Text}{string.Concat(p.Ignored.Select(i => $" ignored:{i}"))}")));

    [Fact]
    public void Plain_text_is_short_and_in_the_invariant_culture()
    {
        Assert.Equal("null", PlainText.Of(null));
        Assert.Equal("a\"b", PlainText.Of("a\"b"));
        Assert.Equal("1.5", PlainText.Of(1.5));
        Assert.Equal("True", PlainText.Of(true));
        Assert.Equal("[\"a\", null, [1, 2]]", PlainText.Of(new object?[] { "a", null, new[] { 1, 2 } }));
        Assert.Equal("{\"a\": 1, \"b\": [2]}", PlainText.Of(new Dictionary<string, object> { ["a"] = 1, ["b"] = new[] { 2 } }));
        Assert.Equal("[]", PlainText.Of(Array.Empty<int>()));
    }

    [Fact]
    public void Sequences_end_after_a_hundred_items_even_when_they_have_no_end()
    {
        Assert.EndsWith(", 99, …] (1000 items)", PlainText.Of(Enumerable.Range(0, 1000).ToList()));
        Assert.EndsWith(", 99, …]", PlainText.Of(Forever()));
        Assert.EndsWith("98, 99]", PlainText.Of(Enumerable.Range(0, 100)));
        List<object> itself = [];
        itself.Add(itself);
        Assert.Equal("[[[[[[…]]]]]]", PlainText.Of(itself));

        static IEnumerable<int> Forever()
        {
            for (var i = 0; ; i++)
                yield return i;
        }
    }

    [Fact]
    public async Task Messages_and_raw_text_are_told_apart_however_the_pipe_cuts_them()
    {
        byte[] all = [.. "raw é"u8, .. MessageJson.Line(new Written("stderr", "\u001e\né")), .. "{}\n"u8, .. MessageJson.Line(new Done(7)), .. "end"u8];
        for (var size = 1; size <= all.Length; size++)
        {
            var text = new StringBuilder();
            await foreach (var message in new MessageReader(new Dripping(all, size)).ReadAll())
                text.Append(message is Written { Stream: "stdout" } raw ? raw.Text : message);
            Assert.Equal("raw é" + new Written("stderr", "\u001e\né") + "{}\n" + new Done(7) + "end", text.ToString());
        }
    }

    [Fact]
    public void A_message_of_a_later_version_is_no_error() =>
        Assert.IsType<Message>(MessageJson.Read("{\"type\":\"hologram\",\"x\":1}"u8));

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a\nb\r\nc\rd", new[] { "a\n", "b\r\n", "c\r", "d" })]
    [InlineData("a\u2028b\u000c\n", new[] { "a\u2028", "b\u000c", "\n" })]
    public void Text_is_cut_into_lines_as_Python_cuts_it(string text, string[] lines) =>
        Assert.Equal(lines, CellOutputs.Lines(text).Select(l => l!.GetValue<string>()));

    [Fact]
    public void A_long_line_is_shown_where_it_differs()
    {
        var same = "[execute_result text/html] " + new string('x', 5000);
        string[] diff = [.. OutputDiff.Of([same + "old"], [same + "new"])];
        Assert.Equal(2, diff.Length);
        Assert.StartsWith("- [execute_result text/html] (character 4960) …xxx", diff[0]);
        Assert.EndsWith("xold", diff[0]);
        Assert.EndsWith("xnew", diff[1]);
    }

    private sealed class Dripping(byte[] all, int size) : MemoryStream(all)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
