// names: Row 12, 
int[] MyRow() => [12];
