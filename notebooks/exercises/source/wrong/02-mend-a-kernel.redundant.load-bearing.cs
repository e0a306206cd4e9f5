// names: kvm_zap_gfn_range.seq is needed
string MyRow() => "kvm_zap_gfn_range.seq";
