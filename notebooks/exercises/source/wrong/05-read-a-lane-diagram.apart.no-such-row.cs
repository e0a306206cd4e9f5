// names: no row 75
int[] MyRow() => [75];
