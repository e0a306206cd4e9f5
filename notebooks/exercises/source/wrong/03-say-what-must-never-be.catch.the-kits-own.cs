// names: is the kit's own
Property MyProperty() => Property.ApicAccessIsNeverLost;
