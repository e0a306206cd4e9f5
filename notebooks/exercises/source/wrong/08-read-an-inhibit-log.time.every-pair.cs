// names: Line 9 clears a reason, and the word is still 0x10
long[] MyTimes() => [12645, 27, 7, 11, 11];
