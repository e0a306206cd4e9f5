// names: AVIC came back 3 times, not 0
long[] MyTimes() => [];
