// names: No row is given
int[] MyReleases() => [];
