// names: It is null
Linux MyKernel() => null;
