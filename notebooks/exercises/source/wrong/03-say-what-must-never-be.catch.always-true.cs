// names: holds on V5_15.VcpuStatus as well
Property MyProperty() => Property.Named("mine", "What must never be.").Never(Property.Is("nothing", x => false));
