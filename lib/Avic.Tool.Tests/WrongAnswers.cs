using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>Answers that are wrong, of every question of the kit's exercises.</summary>
public sealed class WrongAnswers : IDisposable
{
    private static readonly string Exercises = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../notebooks/exercises"));
    private static readonly string Source = Path.Combine(Exercises, "source");

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    // Wrong answers by notebook and question. One of each question is graded at a time.
    private static readonly IReadOnlyList<IGrouping<string, string[]>> Wrong = [.. Directory.GetFiles(Path.Combine(Source, "wrong"), "*.cs").Order(StringComparer.Ordinal)
        .GroupBy(file => string.Join('.', Path.GetFileName(file).Split('.')[..2])).Select(answers => answers.ToArray()).GroupBy(answers => Path.GetFileName(answers[0]).Split('.')[0])];

    public static TheoryData<int> Rounds => [.. Enumerable.Range(0, Wrong.Max(notebook => notebook.Max(answers => answers.Length)))];

    [Fact]
    public void Every_question_has_wrong_answers()
    {
        var asked = Directory.GetFiles(Source, "*.ipynb").SelectMany(file => ExerciseNotebook.Read(file).Cells.Where(cell => cell.Marks is { IsSolution: true })
            .Select(cell => $"{Path.GetFileNameWithoutExtension(file)}.{cell.Marks!.GradeId}"));
        Assert.Equal(asked.Order(StringComparer.Ordinal), Directory.GetFiles(Path.Combine(Source, "wrong")).Select(file => string.Join('.', Path.GetFileName(file).Split('.')[..2])).Distinct().Order(StringComparer.Ordinal));
    }

    [LongTheory]
    [MemberData(nameof(Rounds))]
    public Task A_wrong_answer_brings_nothing_and_hears_its_mistake(int round) =>
        Parallel.ForEachAsync(Wrong.Where(notebook => notebook.Any(answers => answers.Length > round)), async (notebook, _) => await Grade(notebook, round));

    private async Task Grade(IGrouping<string, string[]> wrong, int round)
    {
        var notebook = wrong.Key + ".ipynb";
        var root = JsonNode.Parse(File.ReadAllText(Path.Combine(Exercises, notebook)))!;
        List<(string File, string Question, string Mistake)> given = [];
        foreach (var file in wrong.Where(answers => answers.Length > round).Select(answers => answers[round]))
        {
            var (question, answer) = (Path.GetFileName(file).Split('.')[1], File.ReadAllText(file).ReplaceLineEndings("\n"));
            const string sign = "// names: ";
            Assert.StartsWith(sign, answer);
            given.Add((file, question, answer[sign.Length..answer.IndexOf('\n', StringComparison.Ordinal)]));
            root["cells"]!.AsArray().Single(cell => cell!["metadata"]!["nbgrader"]?["grade_id"]?.GetValue<string>() == question)!["source"] = answer;
        }
        File.WriteAllText(_place.Path(notebook), root.ToJsonString());

        var said = await Workplace.Avic("grade", _place.Path(notebook), "--source", Source);

        Assert.Equal(0, said.Exit);
        foreach (var (file, question, mistake) in given)
        {
            var line = said.Output.ReplaceLineEndings("\n").Split('\n').Single(l => l.StartsWith($"  {question}-test  ", StringComparison.Ordinal));
            Assert.True(line.StartsWith($"  {question}-test  0 of ", StringComparison.Ordinal) && line.Contains(mistake, StringComparison.Ordinal), $"{file}: {line}");
        }
    }
}
