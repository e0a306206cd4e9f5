namespace Avic.Model;

/// <summary>A property's look at the last row of a run, taken again, and at the state it leaves.</summary>
internal static unsafe class EndOfRun
{
    /// <summary>True if what the property forbids, or a goal seeks, is there.</summary>
    public static bool Hits(Property property, Trace trace)
    {
        var (model, rows) = (trace.Model, trace.Steps.Count);
        var stepper = new Stepper(model);
        if (property.Scope == Scope.Rest || rows == 0)
        {
            stepper.Load(trace.Bytes(rows));
            if (property.Scope == Scope.Rest && stepper.Enabled().Any(move => !stepper.Offered(move.Actor)[move.Alternative].May)) return false;
            stepper.Engine.Begin(model.Rows[0], Engine.Nobody, null, 0);
        }
        else
        {
            stepper.Load(trace.Bytes(rows - 1));
            stepper.Take(trace.Steps[^1].Move);
        }
        var monitor = new PropertyMonitor(property, model);
        if (property.Scope != Scope.Row || monitor.Applies(stepper.Engine.Row, stepper.Engine.Taken.AsSpan(0, stepper.Engine.TakenCount), stepper.Engine.Marks))
            monitor.Look(stepper, default);
        return monitor.Hit is not null;
    }
}
