"""Checks and formulas of master data: plain Python, no Django, no clock, no input or output."""
