// names: After row 87 vcpu0.general_protections is not 0
long[] MyFaults() => [0, 0, 0, 0];
