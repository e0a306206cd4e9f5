// names: an older kernel does already
Linux MyKernel() => Linux.Latest;
