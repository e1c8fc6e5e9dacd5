"""What is wrong with a message, said so that its sender can put it right."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing in a message that is not as expected, and where.

    ``code`` is stable and meant for programs. ``message`` is the control reference of the message
    or transaction set, ``segment`` its segment counted from 1 at the header (0: not in one
    segment), ``element`` the data element counted from 1, ``line`` the item it belongs to, ``path``
    the JSON path. A warning leaves the message usable.
    """

    code: str
    expected: str
    found: str = ""
    message: str = ""
    segment: int = 0
    tag: str = ""
    element: int = 0
    line: str = ""
    path: str = ""
    is_warning: bool = False

    @property
    def place(self) -> str:
        """Say where it is, in words a partner understands."""
        if self.path:
            return self.path
        parts = [f"message {self.message}" if self.message else ""]
        if self.segment:
            parts.append(f"segment {self.segment}" + (f" {self.tag}" if self.tag else ""))
        if self.element:
            parts.append(f"element {self.element}")
        if self.line:
            parts.append(f"line {self.line}")
        return ", ".join(part for part in parts if part) or "interchange"

    def body(self) -> dict[str, Any]:
        """Return the JSON form; long texts are cut, what a database cannot keep is marked."""
        return {
            "code": self.code,
            "place": _clean(self.place),
            "expected": _clean(self.expected),
            "found": _clean(self.found),
            "message": _clean(self.message),
            "segment": self.segment,
            "line": _clean(self.line),
            "is_warning": self.is_warning,
        }

    def __str__(self) -> str:
        return f"{self.place}: expected {self.expected}, got {self.found!r}"


class MessageRefused(ValueError):
    """A message cannot be used; ``findings`` say why, at least one of them no warning."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(str(finding) for finding in self.findings[:5]))


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that make a message unusable."""
    return [finding for finding in findings if not finding.is_warning]


def _clean(text: str) -> str:
    shown = text[:_LONGEST] + ("…" if len(text) > _LONGEST else "")
    return "".join(
        "\ufffd" if sign == "\0" or "\ud800" <= sign <= "\udfff" else sign for sign in shown
    )
