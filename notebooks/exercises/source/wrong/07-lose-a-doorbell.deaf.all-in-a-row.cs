// names: 4 exchanges of neighbours away
string MySecondOrder() => "ABCDEF";
