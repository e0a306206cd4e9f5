// names: loops for ever
long[] MyTimes()
{
    while (true) { }
}
