// names: is none of
Linux MyKernel() => Linux.V6_3.Without("kvm_zap_gfn_range", "zap");
