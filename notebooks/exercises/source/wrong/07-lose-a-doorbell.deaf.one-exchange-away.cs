// names: 1 exchange of neighbours away
string MySecondOrder() => "ADBECF";
