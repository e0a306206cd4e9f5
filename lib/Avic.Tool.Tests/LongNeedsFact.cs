namespace Avic.Tool.Tests;

/// <summary>A fact that takes long and needs outside programs.</summary>
internal sealed class LongNeedsFactAttribute : FactAttribute
{
    public LongNeedsFactAttribute(params string[] programs) => Skip = new LongFactAttribute().Skip ?? new NeedsFactAttribute(programs).Skip;
}
