// names: One of the kernels is null
Linux[] MyKernels() => [null, Linux.V6_1, Linux.V6_8];
