// names: After row 32 vcpu0.apicv_active is not 0
long[] MyFlag() => [1, 0, 0, 0];
