// names: It is null
Linux[] MyKernels() => null;
