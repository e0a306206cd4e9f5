// names: is broken on V5_15, too
Property MyProperty() => Property.Named("mine", "What must never be.").Never(Property.Is("mapped while inhibited", x => x.Vm.ApicvInhibitReasons != 0 && x.Vm.Npt == Leaf.Present));
