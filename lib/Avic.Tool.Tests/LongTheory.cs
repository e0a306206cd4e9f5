namespace Avic.Tool.Tests;

/// <summary>A theory that takes long: looked at where AVIC_LONG=1.</summary>
internal sealed class LongTheoryAttribute : TheoryAttribute
{
    public LongTheoryAttribute()
    {
        if (Environment.GetEnvironmentVariable("AVIC_LONG") != "1")
            Skip = "takes long; set AVIC_LONG=1";
    }
}
