// names: It is null
long[] MyFlag() => null;
