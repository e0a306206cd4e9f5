// names: as it is on V6_3
Reason[] MyReasons() => [Reason.Absent, Reason.IrqWindow, Reason.Nested, Reason.PhysicalIdAliased];
