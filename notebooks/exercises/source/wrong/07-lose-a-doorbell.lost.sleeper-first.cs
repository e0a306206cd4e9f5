// names: after DEAB the next cannot be C
string MyOrder() => "DEABCF";
