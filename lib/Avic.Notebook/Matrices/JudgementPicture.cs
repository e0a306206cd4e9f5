using Avic.Model;

namespace Avic.Notebook;

/// <summary>A judgement as a picture.</summary>
public static class JudgementPicture
{
    /// <summary>What an edited kernel keeps and breaks, beside the one it was made from: a number is the length of the shortest witness, and leads to it.</summary>
    /// <param name="judgement">The judgement.</param>
    public static Heatmap Heatmap(this Judgement judgement)
    {
        ArgumentNullException.ThrowIfNull(judgement);
        return new(judgement.Kernel.Name, [.. judgement.Questions.Select(question => question.Id.Length < 4 ? $"{question.Id} {question.Title}" : question.Id)], ["before", "after"],
            (r, c) => AblationPicture.Cell(c == 0 ? judgement.Questions[r].Before : judgement.Questions[r].After),
            AblationPicture.Words);
    }
}
