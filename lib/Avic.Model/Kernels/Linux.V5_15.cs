namespace Avic.Model;

public sealed partial class Linux
{
    /// <summary>
    /// Linux 5.15 as of the stable release 5.15.85: the inhibit machinery as M. Levitsky reworked it, with
    /// <c>apicv_update_lock</c>, kick before store, and the memslot that stays.
    /// </summary>
    public static Linux V5_15 => field ??= new("V5_15", "5.15.85: update lock, kick before store, the memslot stays", new(
        VcpuRun.Loop, VcpuRun.EnterGuest, SvmVcpuRun.Routine,
        ApicvInhibit.Request, ApicvInhibit.Inner, ApicvInhibit.Update, IrqWindow.Enable, IrqWindow.Interception,
        Requests.MakeAllCpus, ZapGfnRange.Routine,
        PageFaults.Handle, PageFaults.Direct, PageFaults.Faultin, Emulation.Routine,
        InterruptDelivery.Device, InterruptDelivery.ToApic, InterruptDelivery.Accept, InterruptDelivery.DeliverAvic, InterruptDelivery.Kick,
        AvicExits.IncompleteIpi, AvicExits.KickTargets, AvicExits.Unaccelerated, IdTableUpdates.IdUpdate, IdTableUpdates.LdrUpdate, IdTableUpdates.DfrUpdate, IdTableUpdates.Restore,
        Blocking.Halt, Blocking.Block, Injection.Inject, ApicMetadata.Update, Injection.Cr8Write, Msr.Interception, Msr.SetBase, LapicTimer.Unit, LapicTimer.InjectPending, AutoEoi.SetSint, AutoEoi.UpdateVector,
        Scheduling.Schedule, Scheduling.Run, PreSvmRun.Routine,
        IoApicLines.SetIrq, IoApicLines.UpdateEoi, IoApicLines.Port, PostedInterrupts.UpdateAffinity, PostedInterrupts.SetMode, PostedInterrupts.Refresh, GaLogInterrupt.Thread,
        InterruptRoutes.Routing, InterruptRoutes.Update, InterruptRoutes.Add, InterruptRoutes.Delete,
        VcpuCreation.Create, VcpuCreation.Thread, DebuggedVcpus.Set, LapicState.RunOnVcpu, LapicState.Ioctl, LapicState.Get, LapicState.Set,
        Nmi.Inject, Nmi.Process, Nmi.IretInterception, Nmi.Complete, Nmi.DebugInterception, Nmi.DisableSingleStep,
        NestedGuest.Run, NestedGuest.Enter, NestedGuest.Exit, NestedGuest.Leave, NestedGuest.SetState,
        AcceptEvents.Accept, AcceptEvents.Reset, AcceptEvents.LapicReset,
        VmIoctl.Thread), [], "5.7");
}
