"""Formulas of demand sharing: plain Python, no framework, no clock, no input or output."""
