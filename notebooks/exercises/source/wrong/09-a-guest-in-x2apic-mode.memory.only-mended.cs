// names: V5_19 is one of them
Linux[] MyQuietKernels() => [Linux.V6_3, Linux.V6_8];
