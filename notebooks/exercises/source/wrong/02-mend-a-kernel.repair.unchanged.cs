// names: Nothing is edited
Linux MyKernel() => Linux.VcpuStatus;
