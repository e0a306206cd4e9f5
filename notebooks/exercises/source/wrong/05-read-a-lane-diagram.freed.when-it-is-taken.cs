// names: Row 1, 
int[] MyReleases() => [1, 20, 40, 59];
