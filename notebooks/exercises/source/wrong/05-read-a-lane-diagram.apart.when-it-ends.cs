// names: The nearest that is lies 14 rows from it
int[] MyRow() => [62];
