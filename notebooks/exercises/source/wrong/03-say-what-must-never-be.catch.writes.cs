// names: writes to the state
Property MyProperty() => Property.Named("mine", "What must never be.").Never(Property.Is("writes", x => { x.Vm.Npt = Leaf.NotPresent; return false; }));
