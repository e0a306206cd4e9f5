namespace Avic.Model.Tests;

/// <summary>What history says of each bug, and what the explorer finds.</summary>
public class TheMuseum
{
    public static TheoryData<string> Ids => [.. Museum.Exhibits.Select(exhibit => exhibit.Id)];

    private static readonly Lazy<MuseumMatrix> Matrix = new(() => MuseumMatrix.Of());

    [Theory, MemberData(nameof(Ids))]
    public void The_broken_kernel_shows_it_in_so_many_rows_and_the_mended_one_had_occasion_to(string id)
    {
        var exhibit = Museum.Find(id).Single();
        var verdict = exhibit.Judge();
        Assert.True(verdict.IsAsHistorySays, $"{verdict.Broken.Line}\n{verdict.Mended.Line}");
        Assert.Equal((exhibit.Rows, true), (verdict.Broken.Counterexample!.Steps.Count, verdict.Broken.IsShortest));
        Assert.All(new[] { verdict.Broken, verdict.Mended }, v => Assert.InRange(v.Exploration.States, 1, 200_000));
        Assert.Contains(verdict.Mended.NeverHeld, term => exhibit.Property.Terms.Any(t => t.Name == term));
    }

    [Theory, MemberData(nameof(Ids))]
    public void What_mended_it_is_load_bearing(string id)
    {
        var exhibit = Museum.Find(id).Single();
        // 16b's mend is other rows in place of these; 7b's check asks another word in the same row; 11a's mend is a store that is no longer made; 9's are rows that nothing disturbs any more, and 17's one condition less, 39's another, and 24a's moves what ends an inhibit from one function into another; 28's gives a call to those who need it; 42's asks one thing less, 43's writes at once what was written twice, and 48's asks for what was read.
        if (exhibit.Undo is not { } undo) Assert.Contains(id, new[] { "7b", "9a", "9b", "9c", "11a", "16b", "17", "21", "24a", "28", "39", "42", "43", "48" });
        else Assert.Equal(Outcome.Violated, exhibit.On(exhibit.Mended.Edited(undo)).Check(exhibit.Property).Outcome);
    }

    [Theory, MemberData(nameof(Ids))]
    public void The_reference_explorer_agrees(string id)
    {
        var exhibit = Museum.Find(id).Single();
        foreach (var kernel in new[] { exhibit.Broken, exhibit.Mended })
        {
            var verdict = exhibit.On(kernel).Check(exhibit.Property);
            var reference = new ReferenceExplorer(exhibit.On(kernel).Model, [exhibit.Property]);
            int? depth = reference.Depth.TryGetValue(exhibit.Property, out var rows) ? rows : null;
            Assert.Equal(depth, verdict.Counterexample?.Steps.Count);
            if (depth is null) Assert.Equal(reference.Seen.Count, verdict.Exploration.States);
        }
    }

    /// <summary>A sign for each kernel of history, oldest first: X has it, . has it not, - not applicable.</summary>
    [Theory]
    //            5.6  5.7  .14  .15  .16  .17  .18  .19  6.1  6.3  6.8 6.17  7.0
    [InlineData("1", ". . . . . . . . . . . . .")] // never merged
    [InlineData("2", "- - - . . . . . . . . . .")] // never merged; the check before VMRUN came with the rework
    [InlineData("3a", "X X X . . . . . . . . . .")]
    [InlineData("3b", "X X X . . . . . . . . . .")]
    [InlineData("4a", ". . . . . . . . . . . . .")] // SRCU was always dropped
    [InlineData("4b", ". . . . . . . . . . . . .")] // mended before the zap was used so
    [InlineData("4d", "X X X . . . . . . . . . .")]
    [InlineData("6", "- - - X X X X X . . . . .")]
    [InlineData("7a", ". . . . . . . . . . . . .")] // in release candidates of 5.7 only
    [InlineData("7b", ". X . . . . . . . . . . .")]
    [InlineData("9a", "X X X X X X X . . . . . .")] // the first mend, in 5.18, left half of it
    [InlineData("9b", "X X X . . . . . . . . . .")] // 5.15.85 has the mend of 5.16
    [InlineData("9c", ". . . . . X X . . . . . .")] // came with the cleanup of 5.17
    [InlineData("18", ". . . . . . . X X X X X .")] // until 5.18 a guest that may run guests has no AVIC
    [InlineData("24a", "X X X X X X X X X X X X .")] // until 5.18 the bit stays beside that of nesting, and changes nothing
    [InlineData("24b", "X X X X X X X X X X X X .")]
    [InlineData("8", "X X X X X . . . . . . . .")]
    [InlineData("11a", "X X X X X . . . . . . . .")]
    [InlineData("11b", ". . . . . X X X X X X . .")] // until 5.16 the search is made anew
    [InlineData("22a", ". . . . . . . X X . . . .")] // until 5.18 ids inhibit nothing
    [InlineData("22c", "X X X X X X X X X . . . .")]
    [InlineData("25d", "X X X X X X X X X X X . .")]
    [InlineData("28", "X X X . . . . . . . . . .")]
    [InlineData("30", "X X X X X X X X X . . . .")]
    [InlineData("34", "- - - - - - - . . . . . .")] // in release candidates of 5.8, whose map inhibits nothing
    [InlineData("14", "X X X X X X X X X . . . .")]
    [InlineData("20", "- . . . . . . . X . . . .")] // until 5.19 x2APIC mode keeps AVIC off
    [InlineData("21", "- . . . . . . . X . . . .")] // with x2AVIC, since 6.0; what else is of this number was wrong between release candidates
    [InlineData("17", "- . . . . . . . X X . . .")] // until 5.19 x2APIC mode keeps AVIC off
    [InlineData("16a", "X X X X X X X X X X . . .")]
    [InlineData("42", "X X X X X X X X X X . . .")]
    [InlineData("43", "X X X X X X X X X X X . .")] // what mended 16a left
    [InlineData("48", "- - - . X X . . . . . . .")] // 5.15.85 has the mend; up to 5.14 there is no such check, and the vCPU runs with AVIC on
    [InlineData("49", "X X X X X X X X X X X X .")]
    [InlineData("46", "- - - X . . . . . . . . .")] // the flag came with 5.15
    [InlineData("47", "- - - X . . . . . . . . .")] // never merged; 5.15 has no reason to scan for
    [InlineData("16b", "X X X X X X X X X X X . .")] // 6.6 mended the entry that is made, not the one that is posted again
    [InlineData("25a", "X X X X X X X X X X X . .")] // with AVIC on V_TPR was left to the core from the beginning
    [InlineData("25b", "X X X X X X X X X X X . .")]
    [InlineData("25c", "X X X X X X X X X X X X .")]
    [InlineData("39", "X X X X X X X X X X X X .")]
    [InlineData("41", "X X X X X X X X X . . . .")]
    public void Each_kernel_has_the_bugs_that_history_says(string id, string expected)
    {
        var found = Linux.History.Select(kernel => Matrix.Value[id, kernel.Name].Presence switch { Presence.Violated => "X", Presence.Safe => ".", Presence.NotApplicable => "-", _ => "?" });
        Assert.Equal(expected, string.Join(' ', found));
    }

    [Theory]
    [InlineData("1", "V5_15.VcpuStatus")]
    [InlineData("2", "V5_15.WordBeforeKick")]
    [InlineData("7a", "V5_7.Rc")]
    [InlineData("7b", "V5_7.Rc")]
    [InlineData("8", "V5_17.Rc")]
    [InlineData("47", "V6_8.ScanUnlocked")]
    public void A_kernel_that_was_no_release_has_the_bug_too(string id, string kernel) => Assert.Equal(Presence.Violated, Matrix.Value[id, kernel].Presence);

    [Theory]
    [InlineData("1", "V5_15.RetryIfPending")]
    [InlineData("1", "V5_15.WordBeforeKick")]
    [InlineData("2", "V5_15.VcpuStatus")]
    [InlineData("11a", "V5_17.Rc")]
    public void A_kernel_that_was_no_release_has_not_every_bug(string id, string kernel) => Assert.Equal(Presence.Safe, Matrix.Value[id, kernel].Presence);

    [Fact]
    public void Every_cell_is_small() => Assert.All(Matrix.Value.Cells.SelectMany(row => row), cell => Assert.InRange(cell.States, 0, 200_000));

    [Fact]
    public void Every_exhibit_has_a_line_of_history_here() =>
        Assert.Equal(Museum.Exhibits.Select(exhibit => exhibit.Id).Order(), typeof(TheMuseum).GetMethod(nameof(Each_kernel_has_the_bugs_that_history_says))!
            .GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>().Select(line => (string)line.GetData(null!).Single()[0]).Order());

    [Fact]
    public void One_thread_alone_leaves_no_slot_behind_that_belies_the_word() =>
        Assert.Equal(Outcome.Safe, Scenario.Parse(Linux.V5_14, "1,0W32,+4-4+1").Check(Property.NoAccessLostAfterInhibit).Outcome);

    [Fact]
    public void A_cell_out_of_budget_is_unknown() =>
        Assert.Equal(Presence.Unknown, MuseumMatrix.Of([Linux.V5_15], new() { MaxStates = 10 })["1", "V5_15"].Presence);

    [Fact]
    public void Numbers_are_told_once_whether_exhibited_or_not()
    {
        string[] ids = [.. Museum.Exhibits.Select(exhibit => exhibit.Id), .. Museum.Elsewhere.Select(bug => bug.Id)];
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(Museum.Elsewhere, bug => Assert.True(bug is { Why.Length: > 10, Title.Length: > 5 }));
    }

    [Fact]
    public void Every_number_of_the_collection_is_an_exhibit_or_says_why_it_is_none()
    {
        int[] numbers = [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 14, 16, 17, 18, 19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30, 32, 33, 34, 35, 36, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50]; // those beyond 38 are our own
        string[] told = [.. Museum.Exhibits.Select(exhibit => exhibit.Id), .. Museum.Elsewhere.Select(bug => bug.Id)];
        Assert.Equal(numbers, told.Select(id => int.Parse(id.TrimEnd('a', 'b', 'c', 'd'), System.Globalization.CultureInfo.InvariantCulture)).Distinct().Order());
    }

    [Fact]
    public void A_number_finds_all_that_share_it_and_one_without_an_exhibit_says_why()
    {
        Assert.Equal(["3a", "3b"], Museum.Find("3").Select(exhibit => exhibit.Id));
        Assert.Contains("is older than 5.6", Assert.Throws<ModelException>(() => Museum.Find("29")).Message);
        Assert.StartsWith("There is no exhibit '99'", Assert.Throws<ModelException>(() => Museum.Find("99")).Message);
    }

    [Theory, MemberData(nameof(Ids))]
    public void Stories_have_three_sentences(string id)
    {
        var story = Museum.Find(id).Single().Story;
        Assert.Equal(3, story.Split(". ").Length);
    }
}
