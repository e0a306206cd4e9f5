// names: loops for ever
Linux[] MyKernels()
{
    while (true) { }
}
