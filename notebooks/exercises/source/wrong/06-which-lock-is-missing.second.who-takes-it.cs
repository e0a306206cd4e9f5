// names: In the run, row 28 takes it
string MySecondLock() => "kvm_vcpu_update_apicv.lock";
