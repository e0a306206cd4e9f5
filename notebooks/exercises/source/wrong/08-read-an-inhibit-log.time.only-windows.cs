// names: It begins with line 1
long[] MyTimes() => [7];
