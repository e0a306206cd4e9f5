// names: is none of the rows in question
string MyLock() => "kvm_request_apicv_update.lock, kvm_vcpu_update_apicv.lock, direct_page_fault.lock, kvm_zap_gfn_range.lock";
