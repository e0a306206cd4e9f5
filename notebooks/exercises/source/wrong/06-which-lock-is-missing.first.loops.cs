// names: loops for ever
string MyLock()
{
    while (true) { }
}
