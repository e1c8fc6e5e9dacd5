"""What is wrong with a document or one of its events: the place, what was expected, what came."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SHOWN = 120


@dataclass(frozen=True, slots=True)
class Fault:
    """One value that is not as expected; ``path`` leads to it from the event or the document."""

    path: str
    expected: str
    value: str = ""

    def body(self) -> dict[str, str]:
        """Return the JSON form."""
        return {"path": self.path, "expected": self.expected, "value": self.value}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that is not taken: its place in the document, from 0, and why."""

    index: int
    faults: tuple[Fault, ...]


class NotReadable(ValueError):
    """A whole document cannot be read; ``faults`` says why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(f"expected {first.expected} at {first.path or 'the top'}")


class Wrong(ValueError):
    """A value is not as expected; carries the fault to whoever collects them."""

    def __init__(self, path: str, expected: str, value: Any = "") -> None:
        self.fault = Fault(path, expected, shown(value))
        super().__init__(f"expected {expected} at {path}")


def shown(value: Any) -> str:
    """Return a value as short text that can be kept and shown."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if value is None:
        return "null"
    text = value if isinstance(value, str) else str(value).lower()
    return text[:SHOWN].replace("\0", "\ufffd")
