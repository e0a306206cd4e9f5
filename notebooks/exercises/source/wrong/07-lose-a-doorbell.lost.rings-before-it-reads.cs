// names: C cannot be the first
string MyOrder() => "CABDEF";
