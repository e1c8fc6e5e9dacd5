"""How alerts are handled: plain Python, no Django, no clock."""
