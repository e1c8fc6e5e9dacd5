"""Transport labels drawn: one layout in millimetres, as PDF to print and as SVG to look at."""
