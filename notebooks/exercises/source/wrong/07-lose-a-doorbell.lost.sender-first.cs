// names: is kept: 63 rows
string MyOrder() => "ABCDEF";
