// names: is no order of ABCDEF
string MyOrder() => "ADEBC";
