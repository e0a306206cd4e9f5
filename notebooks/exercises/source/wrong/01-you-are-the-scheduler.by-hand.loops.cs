// names: loops for ever
string[] MySchedule()
{
    while (true) { }
}
