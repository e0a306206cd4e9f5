namespace Avic.Tool;

/// <summary>Which words of one page lead to the glossary: of each term the first.</summary>
/// <param name="glossary">Null for a site without one.</param>
internal sealed class TermLinks(Glossary? glossary)
{
    private readonly HashSet<string> _led = [];

    public IEnumerable<(int Start, int Length, string Address)> FirstUses(string text) =>
        glossary?.In(text).Where(use => _led.Add(use.Address)) ?? [];
}
