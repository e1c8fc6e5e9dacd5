"""Template tags of the transport app."""
