// names: There are 11 reasons
Reason[] MyReasons() => [Reason.Absent, Reason.Absent, Reason.PitReinject, Reason.PitReinject, Reason.IrqWindow, Reason.IrqWindow, Reason.ApicIdModified, Reason.IrqWindow, Reason.IrqWindow, Reason.IrqWindow, Reason.IrqWindow];
