// names: 16 rows away
string[] MySchedule() => ["vcpu0*13", "vmm0*11", "vcpu0*4", "vmm0*2", "vcpu0*7", "vmm0"];
