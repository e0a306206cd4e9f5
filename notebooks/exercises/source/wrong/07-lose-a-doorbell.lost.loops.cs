// names: loops for ever
string MyOrder()
{
    while (true) { }
}
