"""Formulas of transport: plain Python, no framework, no clock, no input or output."""
