"""Starts everything Collab needs on one machine; knows nothing of Django."""
