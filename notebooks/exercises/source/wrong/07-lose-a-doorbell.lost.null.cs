// names: It is null
string MyOrder() => null;
