// names: It is null
Reason[] MyReasons() => null;
