// names: V6_1 is none of them
Linux[] MyQuietKernels() => [Linux.V5_19, Linux.V6_1, Linux.V6_3, Linux.V6_8];
