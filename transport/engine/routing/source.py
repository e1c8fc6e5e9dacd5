"""The lines of an instance file, and complaints that name the place."""

import re
from dataclasses import dataclass
from pathlib import Path

LARGEST_FILE = 64_000_000
LARGEST_NUMBER = 10_000_000.0
MOST_STOPS = 5_000
MOST_VEHICLES = 100_000
SHOWN = 40
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


class UnreadableInstance(ValueError):
    """An instance file breaks its format; the message is ``<what> (<file>:<line or key>)``."""


@dataclass(frozen=True, slots=True)
class Source:
    """The lines of one file; numbers of lines count from 1."""

    file: str
    lines: tuple[str, ...]

    def wrong(self, what: str, place: int | str) -> UnreadableInstance:
        """Return the complaint ``what`` at a line or key."""
        return UnreadableInstance(f"{what} ({self.file}:{place})")

    def number(self, text: str, place: int, *, least: float = 0.0) -> float:
        """Return the number that ``text`` says, from ``least`` to ten million."""
        value = float(text) if _NUMBER.fullmatch(text) else float("nan")
        if not least <= value <= LARGEST_NUMBER:
            limits = f"from {least:g} to {LARGEST_NUMBER:.0f}"
            raise self.wrong(f"expected a number {limits}, got {shown(text)}", place)
        return value

    def whole(self, text: str, place: int, *, least: int = 0, most: float = LARGEST_NUMBER) -> int:
        """Return the whole number that ``text`` says, from ``least`` to ``most``."""
        value = float(text) if _NUMBER.fullmatch(text) else float("nan")
        if not (least <= value <= most and value.is_integer()):
            limits = f"from {least} to {most:.0f}"
            raise self.wrong(f"expected a whole number {limits}, got {shown(text)}", place)
        return int(value)


def source(path: Path) -> Source:
    """Return the lines of the UTF-8 file ``path``; a byte order mark is passed over.

    Raises
    ------
    UnreadableInstance
        If the file is empty, larger than 64 MB, or no text.
    OSError
        If it cannot be opened.
    """
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise UnreadableInstance(f"expected at most {LARGEST_FILE} bytes, got more ({path.name})")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        line = content[: broken.start].count(b"\n") + 1
        raise UnreadableInstance(f"expected UTF-8 text, got bytes ({path.name}:{line})") from None
    if not text.strip():
        raise UnreadableInstance(f"expected an instance, got an empty file ({path.name}:1)")
    return Source(path.name, tuple(line.strip() for line in text.split("\n")))


def shown(text: str) -> str:
    """Return ``text`` as it may be repeated in a complaint: quoted and not too long."""
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")
