// names: There are 3 numbers for 4 rows
long[] MyWord() => [0, 16, 16];
