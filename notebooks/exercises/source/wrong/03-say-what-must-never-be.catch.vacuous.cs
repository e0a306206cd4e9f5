// names: its premises never hold together
Property MyProperty() => Property.Named("mine", "What must never be.").Whenever(Property.Is("never", x => false)).Never(Property.Is("mapped", x => x.Vm.Npt == Leaf.Present));
