// names: is none of the rows in question
string MySecondLock() => "mutex";
