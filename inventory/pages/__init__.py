"""Pages of stock, coverage, targets and planned output."""
