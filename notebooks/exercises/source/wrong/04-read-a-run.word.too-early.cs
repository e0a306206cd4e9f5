// names: After row 19 apicv_inhibit_reasons is not 16
long[] MyWord() => [16, 16, 16, 16];
