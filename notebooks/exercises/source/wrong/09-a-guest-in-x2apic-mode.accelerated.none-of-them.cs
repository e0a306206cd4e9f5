// names: V6_1 is one of them
Linux[] MyKernels() => [];
