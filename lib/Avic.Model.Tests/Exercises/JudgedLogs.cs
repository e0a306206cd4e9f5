namespace Avic.Model.Tests;

/// <summary>Logs of inhibits, and what is asked about them.</summary>
public class JudgedLogs
{
    private static readonly InhibitLog Reboot = InhibitLog.Find("reboot");

    public static TheoryData<string> Names => [.. InhibitLog.All.Select(log => log.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_word_is_the_one_before_it_with_the_reason_set_or_cleared(string name)
    {
        var (word, time) = (0u, 0L);
        foreach (var line in InhibitLog.Find(name).Lines)
        {
            word = line.IsSet ? word | 1u << line.Reason : word & ~(1u << line.Reason);
            Assert.Equal(word, line.Inhibits);
            Assert.True(line.Microseconds > time);
            time = line.Microseconds;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_reason_is_one_of_the_kernel_that_ran_and_asked_for_by_such_a_thread(string name)
    {
        var log = InhibitLog.Find(name);
        foreach (var line in log.Lines)
        {
            var known = log.Kernel.Reasons.Single(reason => log.Kernel.NumberOf(reason.Reason) == line.Reason);
            Assert.Contains(line.Thread.StartsWith("CPU ", StringComparison.Ordinal) ? "vCPU" : "VMM", known.AskedBy);
        }
    }

    [Fact]
    public void A_line_is_as_the_kernel_prints_it() =>
        Assert.Equal("qemu-system-x86-4100 [055]   1779.344065: kvm_apicv_inhibit_changed: set reason=2, inhibits=0x4", Reboot.Lines[0].ToString());

    [Fact]
    public void Its_text_says_that_nobody_captured_it() => Assert.StartsWith("reboot · V6_1 · composed, not captured\n  1  qemu-", Reboot.ToText());

    [Fact]
    public void A_log_that_is_none_is_told_the_nearest() =>
        Assert.StartsWith("There is no log 'rebot'. Did you mean 'reboot'?", Assert.Throws<ModelException>(() => InhibitLog.Find("rebot")).Message);

    [Fact]
    public void Reasons_are_those_of_the_kernel_that_ran()
    {
        Assert.True(Exercise.NameReasons(Reboot).Check(() => [Reason.Absent, Reason.PitReinject, Reason.IrqWindow, Reason.ApicIdModified]).IsRight);
        Assert.Equal("Number 8 is not IrqWindow on V6_1, as it is on V6_3; 2 of 4 reasons are right.", Exercise.NameReasons(Reboot).Check(() => [Reason.Absent, Reason.IrqWindow, Reason.PitReinject, Reason.ApicIdModified]).Reason);
        Assert.Equal("Number 2 is not 200 on V6_1; 3 of 4 reasons are right.", Exercise.NameReasons(Reboot).Check(() => [(Reason)200, Reason.PitReinject, Reason.IrqWindow, Reason.ApicIdModified]).Reason);
    }

    [Fact]
    public void Time_off_ends_where_the_word_is_zero()
    {
        Assert.Equal("AVIC was off 3 times, for 12645, 27, 7 microseconds, and then for good.", Exercise.TimeOff(Reboot).Check(() => [12645, 27, 7]).Require().Reason);
        Assert.Equal("Line 9 clears a reason, and the word is still 0x10: AVIC stays off.", Exercise.TimeOff(Reboot).Check(() => [12645, 27, 7, 11]).Hint);
        Assert.Equal("The third time was not 8 microseconds; 2 times before it are right.", Exercise.TimeOff(Reboot).Check(() => [12645, 27, 8]).Reason);
        Assert.Equal("AVIC came back 3 times, not 2.", Exercise.TimeOff(Reboot).Check(() => [12645, 27]).Reason);
    }

    [Fact]
    public void What_stays_set_is_cleared_by_the_first_kernel_on_which_it_is_not_sticky()
    {
        Assert.Equal("ApicIdModified is never cleared before V6_3: until 6.2 never; since 6.3 when the ids agree again.", Exercise.ComesBack(Reboot).Check(() => Linux.V6_3).Require().Reason);
        Assert.Equal("On V6_1 ApicIdModified is never cleared, whatever the guest does afterwards.", Exercise.ComesBack(Reboot).Check(() => Linux.V6_1).Reason);
        Assert.Equal("V7_0 clears it, and an older kernel does already.", Exercise.ComesBack(Reboot).Check(() => Linux.V7_0).Reason);
        Assert.StartsWith("V6_3~kvm_zap_gfn_range.-zap is none of V6_1, V6_3,", Exercise.ComesBack(Reboot).Check(() => Linux.V6_3.Without("kvm_zap_gfn_range", "zap")).Reason);
    }

    [Fact]
    public void A_reason_within_another_ends_no_time_off()
    {
        var windows = InhibitLog.Find("windows");
        Assert.Equal("AVIC was off 1 time, for 7 microseconds, and then for good.", Exercise.TimeOff(windows).Check(() => [7]).Require().Reason);
        Assert.True(Exercise.ComesBack(windows).Check(() => Linux.V6_8).IsRight);
    }
}
