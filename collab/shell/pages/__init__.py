"""The shell's own pages, one module per subject."""
