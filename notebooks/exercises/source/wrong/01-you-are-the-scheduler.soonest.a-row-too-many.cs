// names: 54 are enough
string[] MyShortest() => ["vcpu0*13", "vmm0*11", "vcpu0*4", "vmm0*2", "vcpu0*7", "vmm0", "vcpu0*15", "vmm0", "vcpu0"];
