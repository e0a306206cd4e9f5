// names: V5_15 is none of them
Linux[] MyKernels() => [Linux.V5_15, Linux.V5_19, Linux.V6_1, Linux.V6_8];
