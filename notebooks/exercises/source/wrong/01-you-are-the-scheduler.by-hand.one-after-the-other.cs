// names: closed the door
string[] MySchedule() => ["vmm0*14", "vcpu0*30"];
