using Avic.Model;

namespace Avic.Textbook;

/// <summary>Properties that textbook locks share.</summary>
public static class Textbook
{
    /// <summary>Never two threads at the same row.</summary>
    public static Property MutualExclusion(Model.Model model, string row)
    {
        var threads = model.Actors.Where(actor => actor.IsThread).ToArray();
        return Property.Named("mutual-exclusion", "Two are never in the critical section at once.")
            .Never(Term.Of<byte>($"two at {row}", (ref readonly _, e) => threads.Count(t => e.Position(t.Index) == row) > 1));
    }
}
