// names: After row 37 vcpu0.general_protections is not 1
long[] MyFaults() => [0, 1, 1, 2];
