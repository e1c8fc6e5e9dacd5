"""What devices and seals tell the rest."""
