using Avic.Model;

namespace Avic.Notebook;

/// <summary>A judgement as a picture.</summary>
public static class JudgementPicture
{
    /// <summary>What an edited kernel keeps and breaks, beside the one it was made from: a number is the length of the shortest witness, and leads to it; a dash is what it has no occasion for.</summary>
    /// <param name="judgement">The judgement.</param>
    public static Heatmap Heatmap(this Judgement judgement)
    {
        ArgumentNullException.ThrowIfNull(judgement);
        return new(judgement.Kernel.Name, [.. judgement.Questions.Select(question => question.Id.Length < 4 ? $"{question.Id} {question.Title}" : question.Id)], ["before", "after"],
            (r, c) => Cell(c == 0 ? judgement.Questions[r].Before : judgement.Questions[r].After), Words);
    }

    private static readonly IReadOnlyDictionary<CellKind, string> Words = new Dictionary<CellKind, string>(AblationPicture.Words) { [CellKind.Empty] = "no occasion (–), or cannot run (n/a)" };

    private static Cell Cell(AblationCell cell) => cell is { Effect: AblationEffect.Kept, Verdict.Premised: 0 } ? new("–", CellKind.Empty) : AblationPicture.Cell(cell);
}
