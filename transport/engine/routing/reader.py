"""Read a routing instance from a file; the engine's only contact with the file system."""

from pathlib import Path

from transport.engine.routing.problem import RoutingProblem
from transport.engine.routing.solomon import read_solomon
from transport.engine.routing.source import source
from transport.engine.routing.vrplib import read_vrplib


def read_instance(path: Path) -> RoutingProblem:
    """Return the problem in ``path``: VRPLIB where a line has a colon, else Solomon's format.

    Raises
    ------
    UnreadableInstance
        With the line or key that breaks the format.
    OSError
        If the file cannot be opened.
    """
    text = source(path)
    is_vrplib = any(":" in line for line in text.lines[:20])
    return read_vrplib(text) if is_vrplib else read_solomon(text)
