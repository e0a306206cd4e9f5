// names: is none of the kernels in question
Linux[] MyKernels() => [Linux.V6_1, Linux.V6_8, Linux.V7_0];
