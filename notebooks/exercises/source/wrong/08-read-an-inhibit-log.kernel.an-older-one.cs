// names: V5_15 is none of
Linux MyKernel() => Linux.V5_15;
