namespace Avic.Tool.Tests;

/// <summary>A fact that takes long: looked at where AVIC_LONG=1.</summary>
internal sealed class LongFactAttribute : FactAttribute
{
    public LongFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("AVIC_LONG") != "1")
            Skip = "takes long; set AVIC_LONG=1";
    }
}
