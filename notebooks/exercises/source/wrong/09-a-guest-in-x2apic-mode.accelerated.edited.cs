// names: is none of the kernels in question
Linux[] MyKernels() => [Linux.V6_1.Without("kvm_zap_gfn_range", "zap"), Linux.V6_8];
