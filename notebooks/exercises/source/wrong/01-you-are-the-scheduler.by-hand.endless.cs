// names: more than 1000000 turns
string[] MySchedule() => [.. Enumerable.Repeat("vcpu0*1000000", 1000)];
