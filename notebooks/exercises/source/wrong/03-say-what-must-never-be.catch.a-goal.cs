// names: is a goal
Property MyProperty() => Property.Named("mine", "What must never be.").Sometimes(Property.Is("mapped", x => x.Vm.Npt == Leaf.Present));
