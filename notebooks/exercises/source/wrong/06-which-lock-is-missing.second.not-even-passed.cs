// names: does not even come by that row
string MySecondLock() => "kvm_zap_gfn_range.lock";
