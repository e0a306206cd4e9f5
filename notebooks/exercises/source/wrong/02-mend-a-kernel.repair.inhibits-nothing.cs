// names: breaks 
Linux MyKernel() => Linux.VcpuStatus.With("__kvm_request_apicv_update", "edge", x => x.Return());
