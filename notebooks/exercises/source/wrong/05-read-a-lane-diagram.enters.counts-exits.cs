// names: The nearest that is lies 1 row from it
int[] MyEntries() => [34, 72];
