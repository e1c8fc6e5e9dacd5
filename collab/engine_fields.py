"""Read an engine's JSON strictly: values are asked for by type and range, errors name their key."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHOWN = 40
LARGEST = 1e12


class UnreadableProblem(ValueError):
    """A file breaks its format; the message is ``<what> (<file>:<key>)``."""

    def __init__(self, what: str, *, file: str, key: str) -> None:
        self.what, self.file, self.key = what, file, key
        super().__init__(f"{what} ({file}:{key})")


@dataclass(frozen=True, slots=True)
class Field:
    """One JSON value with the way to it, such as ``fleet[0].capacity.kg``."""

    value: Any
    file: str
    key: str = ""

    def wrong(self, expected: str) -> UnreadableProblem:
        """Return the error that something else was ``expected`` here."""
        return UnreadableProblem(
            f"expected {expected}, got {shown(self.value)}", file=self.file, key=self.key or "file"
        )

    def members(self, required: str, optional: str = "") -> dict[str, "Field"]:
        """Return the members of an object; keys are given as words.

        Raises ``UnreadableProblem`` for a missing key and for one that is in neither list and
        does not start with ``x_``.
        """
        found = self.free_members()
        needed = required.split()
        for name in needed:
            if name not in found:
                raise UnreadableProblem(
                    "expected this key, got none", file=self.file, key=self._below(name)
                )
        for name in found:
            if name not in needed and name not in optional.split() and not name.startswith("x_"):
                raise UnreadableProblem(
                    "expected no such key", file=self.file, key=self._below(name)
                )
        return found

    def free_members(self) -> dict[str, "Field"]:
        """Return the members of an object whose keys are names."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        return {
            name: Field(each, self.file, self._below(name)) for name, each in self.value.items()
        }

    def items(self, least: int = 0) -> list["Field"]:
        """Return the items of a list of at least ``least``."""
        if not isinstance(self.value, list) or len(self.value) < least:
            raise self.wrong(f"a list of at least {least}" if least else "a list")
        return [
            Field(each, self.file, f"{self.key}[{place}]") for place, each in enumerate(self.value)
        ]

    def number(self, least: float = 0.0, most: float = LARGEST, *, above: bool = False) -> float:
        """Return a number in [least, most], or in (least, most] if ``above``."""
        value = self.value
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        if not fits or not least <= value <= most or (above and value == least):
            bound = "above" if above else "from"
            raise self.wrong(f"a number {bound} {least:g} to {most:g}")
        return float(value)

    def integer(self, least: int, most: int = 1_000_000) -> int:
        """Return a whole number in [least, most]."""
        value = self.value
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(f"a whole number from {least} to {most}")
        return value

    def text(self) -> str:
        """Return a text that is not empty."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.wrong("a text")
        return self.value

    def one_of(self, *names: str) -> str:
        """Return a text that is one of ``names``."""
        if not isinstance(self.value, str) or self.value not in names:
            raise self.wrong(f"one of {', '.join(names)}")
        return self.value

    @property
    def is_null(self) -> bool:
        """Whether the value is null."""
        return self.value is None

    def _below(self, name: str) -> str:
        short = name if len(name) <= SHOWN else f"{name[:SHOWN]}…"
        return f"{self.key}.{short}" if self.key else short


def load(path: Path) -> Field:
    """Return the one JSON value in a UTF-8 file.

    Raises ``UnreadableProblem`` for text that is not JSON, a key given twice or a number that is
    not finite, ``OSError`` if the file cannot be opened.
    """
    name = path.name
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return Field(
            json.loads(text, object_pairs_hook=_once, parse_constant=_finite, parse_float=_float),
            name,
        )
    except UnicodeDecodeError as broken:
        raise UnreadableProblem("expected UTF-8 text", file=name, key="1") from broken
    except json.JSONDecodeError as broken:
        raise UnreadableProblem(
            f"expected JSON, got {broken.msg}", file=name, key=str(broken.lineno)
        ) from broken
    except RecursionError as deep:
        raise UnreadableProblem("expected JSON of few levels", file=name, key="1") from deep
    except ValueError as wrong:
        raise UnreadableProblem(str(wrong), file=name, key="file") from wrong


def shown(value: object) -> str:
    """Return a value as an error shows it: on one line, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def unique(fields: list[Field], seen: set[str]) -> Iterator[str]:
    """Yield the texts of ``fields``; raise ``UnreadableProblem`` for one that was ``seen``."""
    for each in fields:
        name = each.text()
        if name in seen:
            raise each.wrong("an id that occurs once")
        seen.add(name)
        yield name


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"expected every key once, got {shown(twice)} twice")
    return found


def _finite(text: str) -> float:
    raise ValueError(f"expected a finite number, got {text}")


def _float(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _finite(text[:SHOWN])
