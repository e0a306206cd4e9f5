// names: loops for ever
Linux MyKernel() => Linux.VcpuStatus.With("kvm_faultin_pfn", "activated", x =>
{
    while (true) { }
});
