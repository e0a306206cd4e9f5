// names: 2 of 4 rows found
int[] MyReleases() => [19, 58];
