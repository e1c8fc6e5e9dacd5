"""Formulas of stock and coverage: plain Python, no Django, no clock, no input or output."""
