"""Weekly milk runs: which suppliers, on which weekdays, in which trucks, and for whose money."""
