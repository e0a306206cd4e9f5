// names: After row 88 vcpu0.tpr is not 64
long[] MyTpr() => [0x20, 0x20, 0x20, 0x40];
