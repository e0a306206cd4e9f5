// names: It is null
string[] MySchedule() => null;
