// names: It is null
int[] MyEntries() => null;
