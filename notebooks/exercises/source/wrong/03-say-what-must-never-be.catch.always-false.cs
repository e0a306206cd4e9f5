// names: is broken on V5_15, too
Property MyProperty() => Property.Named("mine", "What must never be.").Never(Property.Is("anything", x => true));
