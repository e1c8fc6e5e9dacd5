"""Vehicle routes: which vehicle visits which stops in which order, at least distance or cost."""
