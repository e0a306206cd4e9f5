// names: V5_15 is not made from V5_15.VcpuStatus
Linux MyKernel() => Linux.V5_15;
