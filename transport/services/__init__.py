"""Writes of the transport app: keyword-only, atomic, publishing events."""
