// names: safe only because it does nothing
Linux MyKernel() => Linux.VcpuStatus.With("kvm_faultin_pfn", "activated", x => x.Return(PageFault.Emulate));
