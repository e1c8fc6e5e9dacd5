"""Solvers behind plain dataclasses; no Django, no clock, no files except the readers."""
