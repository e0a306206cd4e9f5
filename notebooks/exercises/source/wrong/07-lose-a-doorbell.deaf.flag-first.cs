// names: after DEA the next cannot be B
string MySecondOrder() => "DEABCF";
