// names: V5_19 is one of them
Linux[] MySafeKernels() => [Linux.V6_8];
