"""Routing engines behind plain dataclasses: no Django, no clock, no environment."""
