"""The transport app's reads: plain rows out, never models."""
