"""The demand forecast behind plain dataclasses: no Django, no clock, no environment."""
