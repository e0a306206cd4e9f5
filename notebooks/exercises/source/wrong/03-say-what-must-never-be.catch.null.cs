// names: It is null
Property MyProperty() => null;
