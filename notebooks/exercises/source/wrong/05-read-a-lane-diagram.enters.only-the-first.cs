// names: 1 of 2 rows found
int[] MyEntries() => [33];
