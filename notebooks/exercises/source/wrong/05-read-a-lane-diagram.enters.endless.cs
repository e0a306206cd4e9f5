// names: loops for ever
int[] MyEntries()
{
    while (true) { }
}
