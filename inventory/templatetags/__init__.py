"""Template tags of the inventory app."""
