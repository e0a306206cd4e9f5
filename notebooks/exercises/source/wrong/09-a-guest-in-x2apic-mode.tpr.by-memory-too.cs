// names: After row 37 vcpu0.tpr is not 48
long[] MyTpr() => [0x20, 0x30, 0x30, 0x40];
