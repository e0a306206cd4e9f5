// names: After row 32 mmu_notifier_seq is not 24
long[] MySequence() => [0, 24, 24, 24];
