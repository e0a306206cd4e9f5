// names: is none of the rows in question
string MyRow() => "kvm_zap_gfn_range";
