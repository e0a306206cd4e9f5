// names: On V6_1 ApicIdModified is never cleared
Linux MyKernel() => Linux.V6_1;
