// names: nobody has moved
string[] MySchedule() => [];
