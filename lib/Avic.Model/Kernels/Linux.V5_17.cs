namespace Avic.Model;

public sealed partial class Linux
{
    /// <summary>
    /// Linux 5.17 on its way (5.17-rc3), after 755c2bf87860 had left irr_pending alone and before 66fa226c131f put an interrupt into IRR
    /// before it asked the flag: a vCPU that blocks is unloaded, and whoever is in the guest gets the doorbell. No release.
    /// </summary>
    public static Linux V5_17_Rc => field ??= V5_16.From
        .Replaced(ApicMetadata.Kept)
        .With("svm_deliver_avic_intr", "running", CompleteDelivery.InGuest)
        .Less("avic_kick_target_vcpus", "running")
        .Less("kvm_vcpu_block", "update")
        .With("kvm_vcpu_block", "blocking", CompleteDelivery.Put)
        .With("kvm_vcpu_block", "unblocking", CompleteDelivery.Load)
        .With("kvm_vcpu_block", "state", Blocking.Prepare)
        .With("kvm_vcpu_block", "finish", Blocking.Finish)
        .With("schedule", "in", Scheduling.InUnlessBlocking)
        .With("kvm_vcpu_update_apicv", "refresh", CompleteDelivery.Refresh)
        .As("V5_17.Rc", "5.17-rc3: irr_pending left alone, the flag still asked before IRR is set");

    /// <summary>
    /// Linux 5.17: an interrupt is put into IRR before the flag is asked, and the mode is stored with release, so that who reads it
    /// also reads the flag that was written before.
    /// </summary>
    public static Linux V5_17 => field ??= V5_17_Rc.From
        .Reworded("vcpu_enter_guest", "mode", "smp_store_release(&vcpu->mode, IN_GUEST_MODE)", "arch/x86/kvm/x86.c, v5.17; 66fa226c131f")
        .Replaced(CompleteDelivery.Deliver, CompleteDelivery.Complete)
        .With("__apic_accept_irq", "post", CompleteDelivery.Post)
        .With("__apic_accept_irq", "posted", CompleteDelivery.Posted)
        .Less("__apic_accept_irq", "irr").Less("__apic_accept_irq", "pending").Less("__apic_accept_irq", "event").Less("__apic_accept_irq", "kick")
        .Edit("avic_kick_target_vcpus", "wake'", routine => routine.With("wake", CompleteDelivery.Kick))
        .As("V5_17", "5.17: an interrupt is in IRR before the flag is asked, the mode is stored with release");
}
