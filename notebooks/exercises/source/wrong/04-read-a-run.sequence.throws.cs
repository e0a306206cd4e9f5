// names: It ends with DivideByZeroException
long[] MySequence() => [1 / (DateTime.Now.Year - DateTime.Now.Year)];
