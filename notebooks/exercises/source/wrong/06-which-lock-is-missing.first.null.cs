// names: It is null
string MyLock() => null;
