namespace Avic.Model;

/// <summary>Decides whether a drawn interleaving can happen.</summary>
public static class MailJudge
{
    /// <summary>States of one exploration at which a judgement gives up, unless told otherwise.</summary>
    public const long DefaultStates = 3_000_000;

    // Explorations of one judgement: so many times the states of one.
    private const int MostExplorations = 8;

    /// <summary>
    /// Judges a diagram on a kernel: as drawn, that is its events in the drawn order with other rows of unpaused actors allowed
    /// between, and its assertions holding at their place. If no schedule does that, finds where it fails and what is nearest.
    /// </summary>
    /// <param name="diagram">What was drawn.</param>
    /// <param name="kernel">On which kernel.</param>
    /// <param name="limits">States of one exploration, workers, cancel; by default 3 million states each.</param>
    /// <returns>The judgement; <see cref="MailOutcome.Unknown"/> if a budget came first.</returns>
    /// <exception cref="ModelException">The diagram needs more vCPUs or threads than the machine has, or nothing in it was understood.</exception>
    public static MailJudgement Judge(this MailDiagram diagram, Linux kernel, Limits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(diagram);
        ArgumentNullException.ThrowIfNull(kernel);
        // The kernel's own texts, should it have rows that V5_15 lacks.
        var lines = MailVocabulary.Read(diagram.Sketch, kernel);
        List<MailLine> judged = [.. lines.Where(line => line.IsJudged)];
        if (judged.Count == 0) throw new ModelException($"Nothing in the diagram at line {diagram.FirstLine} was understood as an event, an assertion or a pause; see its Lines.");
        return new Search(diagram, kernel, lines, judged, limits ?? new() { MaxStates = DefaultStates }).Run();
    }

    private sealed class Search(MailDiagram diagram, Linux kernel, IReadOnlyList<MailLine> lines, List<MailLine> judged, Limits limits)
    {
        private readonly MailJudgement _judgement = new(diagram, kernel) { Judged = judged.Count };
        private string _stopped = "";

        private sealed record Try(MailCast Cast, MailStory Story, MailAutomaton Automaton, Model Model, Verdict Verdict);

        public MailJudgement Run()
        {
            var casts = MailCast.Of(diagram.Sketch, lines, kernel);
            (_judgement.Scenario, _judgement.Reading) = (casts[0].Scenario, casts[0].Reading);
            var tries = casts.ConvertAll(cast => Follow(cast, judged, 0));
            if (Best(tries) is { } drawn) return Done(MailOutcome.Feasible, drawn, []);
            if (_stopped != "") return Done(MailOutcome.Unknown, null, []);
            _judgement.Outcome = MailOutcome.Infeasible;
            Explain(tries);
            Boom(casts);
            return Nearest(casts);
        }

        private static Try? Best(IEnumerable<Try> tries) =>
            tries.Where(t => t.Verdict.Outcome == Outcome.Reached).MinBy(t => t.Verdict.Counterexample!.Steps.Count);

        private Limits Bounded(Term? within) => limits with { Within = within, Fuse = false };

        private Try Follow(MailCast cast, IReadOnlyList<MailLine> kept, int leftOut)
        {
            var story = new MailStory(kept, cast, cast.Scenario.Model);
            var automaton = MailAutomaton.Of(story, leftOut);
            var model = cast.Scenario.Build([automaton.Observer]);
            return new(cast, story, automaton, model, Check(model, automaton.Ends, automaton.Alive));
        }

        private Verdict Check(Model model, Property property, Term? within)
        {
            var verdict = Explorer.Check(model, property, Bounded(within));
            Note(verdict);
            return verdict;
        }

        private void Note(Verdict verdict)
        {
            _judgement.States += verdict.Exploration.States;
            if (verdict.Outcome == Outcome.Unknown) _stopped = verdict.Exploration.Stopped;
        }

        private MailJudgement Done(MailOutcome outcome, Try? found, IReadOnlyList<MailLine> impossible)
        {
            (_judgement.Outcome, _judgement.Stopped) = (outcome, _stopped);
            if (found is null) return _judgement;
            (_judgement.Scenario, _judgement.Reading) = (found.Cast.Scenario, found.Cast.Reading);
            var plain = found.Cast.Scenario;
            var moves = found.Verdict.Counterexample!.Steps.Select(step => step.Move).ToList();
            var lost = found.Verdict.Counterexample.Steps is [.., var last] && ((Mark)last.Marks).HasFlag(Mark.Lost);
            // Without the automaton: the token is then the scenario's own.
            _judgement.Schedule = Trace.Replay(plain.Model, moves, plain.Bounds, lost ? Property.ApicAccessIsNeverLost.Name : null);
            var alignment = MailAlignment.Of(found.Story, plain.Model, moves);
            _judgement.Alignment = [.. alignment.Kept.Select(kept => (found.Story.Lines[kept.Line], kept.Row))];
            _judgement.LeftOut = [.. impossible.Select(line => new MailLeftOut(line, true, ""))
                .Concat(alignment.LeftOut.Select(line => new MailLeftOut(found.Story.Lines[line], false, alignment.Elsewhere(line, found.Story.Lines))))
                .OrderBy(left => left.Line.Number)];
            return _judgement;
        }

        private void Boom(List<MailCast> casts)
        {
            if (!judged.Any(line => line.Phrase is { IsOutcome: true, Marks: Mark.Lost })) return;
            foreach (var cast in casts)
            {
                var verdict = cast.Scenario.Check(Property.ApicAccessIsNeverLost, Bounded(null));
                Note(verdict);
                // One reading that loses an access is enough; "none does" needs all of them.
                if (_judgement.Boom is null || Weight(verdict) > Weight(_judgement.Boom)) _judgement.Boom = verdict;
            }
        }

        private static int Weight(Verdict verdict) => verdict.Outcome switch { Outcome.Violated => 2, Outcome.Unknown => 1, _ => 0 };

        // Lines first that no schedule at all can show; then as few more as needed.
        private MailJudgement Nearest(List<MailCast> casts)
        {
            _stopped = "";
            var plans = casts.ConvertAll(cast => (Cast: cast, Impossible: Impossible(cast)));
            for (var leftOut = 1; leftOut < judged.Count; leftOut++)
            {
                List<(Try Try, List<MailLine> Impossible)> tries = [];
                foreach (var (cast, impossible) in plans)
                {
                    if (impossible.Count > leftOut || impossible.Count == judged.Count) continue;
                    if (_judgement.States > MostExplorations * limits.MaxStates)
                    {
                        _stopped = $"{MostExplorations} times the state budget of {limits.MaxStates} used up with {leftOut} lines left out";
                        return Done(MailOutcome.Infeasible, null, []);
                    }
                    List<MailLine> kept = [.. judged.Where(line => !impossible.Contains(line))];
                    var more = leftOut - impossible.Count;
                    if (more > MailAutomaton.MostLeftOut(new(kept, cast, cast.Scenario.Model)))
                    {
                        _stopped = $"more than {leftOut - 1} lines would have to be left out";
                        return Done(MailOutcome.Infeasible, null, []);
                    }
                    tries.Add((Follow(cast, kept, more), impossible));
                }
                if (Best(tries.Select(t => t.Try)) is { } nearest)
                    return Done(MailOutcome.Infeasible, nearest, tries.First(t => ReferenceEquals(t.Try, nearest)).Impossible);
                // Less than the best may hide behind a budget: then nothing further is the nearest.
                if (_stopped != "") return Done(MailOutcome.Infeasible, null, []);
            }
            _stopped = "no line can be kept";
            return Done(MailOutcome.Infeasible, null, []);
        }

        private List<MailLine> Impossible(MailCast cast)
        {
            List<(MailLine Line, Property Goal)> goals = [];
            List<MailLine> impossible = [];
            foreach (var line in judged.Where(line => line.Kind != MailLineKind.Pause))
            {
                if (MailGoal.Of(line, cast) is { } goal) goals.Add((line, goal));
                else impossible.Add(line);
            }
            if (goals.Count == 0) return impossible;
            var verdicts = Explorer.Check(cast.Scenario.Model, [.. goals.Select(goal => goal.Goal)], Bounded(null));
            _judgement.States += verdicts[0].Exploration.States;
            impossible.AddRange(goals.Where((_, i) => verdicts[i].Outcome == Outcome.NeverReached).Select(goal => goal.Line));
            return impossible;
        }

        private void Explain(List<Try> tries)
        {
            var (best, node) = tries.Select(t => (t, Node: t.Story.Nodes.Where(n => t.Automaton.Reached[n.Index]).MaxBy(n => n.Done)!)).MaxBy(t => t.Node.Done);
            (_judgement.Scenario, _judgement.Reading) = (best.Cast.Scenario, best.Cast.Reading);
            var line = node.Next[0];
            _judgement.FailsAt = best.Story.Lines[line];
            List<string> why = [];
            var failing = best.Story.Lines[line];
            if (failing.Rows.Count == 0) why.Add($"{failing.Meaning}: no state after the lines before it has that");
            else if (best.Automaton.AlmostFits[line]) why.Add($"{string.Join(" or ", failing.Rows)} comes there, but never {(failing.Meaning == "" ? "by this actor, in this call" : "with " + failing.Meaning)}");
            else why.Add($"{failing.Understood} never comes there");
            if (node.Index > 0)
            {
                var watched = MailAutomaton.Of(best.Story, 0);
                var verdict = Check(best.Cast.Scenario.Build([watched.Observer]), watched.Comes(node.Index), watched.Alive);
                if (verdict.Counterexample is { } far)
                {
                    var plain = best.Cast.Scenario;
                    _judgement.AsFarAs = Trace.Replay(plain.Model, far.Steps.Select(step => step.Move), plain.Bounds);
                    why.Add($"the lines before it can be followed, in {far.Steps.Count} rows at least; then possible: {Possible(plain.Model, _judgement.AsFarAs)}");
                }
            }
            _judgement.Why = why;
        }

        private static string Possible(Model model, Trace trace)
        {
            var stepper = new Stepper(model);
            stepper.Load(trace.Bytes(trace.Steps.Count));
            var moves = stepper.Enabled().Select(move => $"{model.Actors[move.Actor].Name} {stepper.Offered(move.Actor)[move.Alternative].Id}").Distinct().ToList();
            return moves.Count == 0 ? "nothing" : string.Join(", ", moves);
        }
    }
}
