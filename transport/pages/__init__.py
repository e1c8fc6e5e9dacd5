"""Pages of the transport app."""
