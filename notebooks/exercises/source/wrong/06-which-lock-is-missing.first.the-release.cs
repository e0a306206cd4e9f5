// names: is none of the rows in question
string MyLock() => "kvm_zap_gfn_range.unlock";
