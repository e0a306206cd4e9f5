// names: There is no actor 'vcpu7'
string[] MySchedule() => ["vcpu7"];
