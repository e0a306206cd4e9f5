// names: loops for ever
Property MyProperty() => Property.Named("mine", "What must never be.").Never(Property.Is("loops", x => { while (true) { } }));
