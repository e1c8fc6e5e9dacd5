"""EDIFACT text as segments and back, without losing a character.

Own code and not pydifact, which the tests hold it against: that reads about 1 MB a second, and a
hostile file of 15 MiB must be refused within two.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from collab.integration.inbox.findings import Finding, MessageRefused

MOST_SEGMENTS: Final = 250_000
MOST_ELEMENTS: Final = 2_000_000
LONGEST_SEGMENT: Final = 10_000  # characters; the longest real one, FTX, stays below 3,000
BLANK: Final = "\r\n\t "


@dataclass(frozen=True, slots=True)
class Separators:
    """The service characters, by default those that hold when no UNA is sent."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    terminator: str = "'"

    def advice(self) -> str:
        """Return the UNA segment."""
        return f"UNA{self.component}{self.element}{self.decimal}{self.release} {self.terminator}"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: ``elements[i][j]`` is component j of element i, both counted from 0.

    ``number`` is its place in the interchange, UNB being 1; it does not count for equality.
    """

    tag: str
    elements: tuple[tuple[str, ...], ...] = ()
    number: int = field(default=0, compare=False)

    def value(self, element: int = 0, component: int = 0) -> str:
        """Return one component without blanks at its ends; absent ones are empty."""
        if element >= len(self.elements) or component >= len(self.elements[element]):
            return ""
        return self.elements[element][component].strip()

    @property
    def qualifier(self) -> str:
        """The first component of the first element."""
        return self.value()


def segment(tag: str, *elements: str | tuple[str, ...]) -> Segment:
    """Make a segment to be written; a plain text is an element of one component."""
    made = [(each,) if isinstance(each, str) else each for each in elements]
    while made and not any(made[-1]):
        made.pop()
    return Segment(tag, tuple(_without_empty_end(each) for each in made))


def separators_of(text: str) -> tuple[Separators, str]:
    """Return the service characters of an interchange and the text behind UNA.

    Raises
    ------
    MessageRefused
        If the text starts with neither UNA nor UNB, or UNA is cut or contradicts itself.
    """
    text = text.lstrip(BLANK + "\ufeff")
    if text.startswith("UNB"):
        return Separators(), text
    if not text.startswith("UNA"):
        raise MessageRefused(
            [Finding(code="no-envelope", expected="UNA or UNB at the start", found=text[:20])]
        )
    advice = text[3:9]
    if len(advice) < 6 or len(set(advice[:4] + advice[5])) < 5 or re.search(r"\w", advice):
        raise MessageRefused(
            [Finding(code="bad-advice", expected="six characters after UNA", found=advice)]
        )
    component, element, decimal, release, _reserved, terminator = list(advice)
    return Separators(component, element, decimal, release, terminator), text[9:]


def split(text: str, separators: Separators) -> list[Segment]:
    """Return the segments of a text that starts behind UNA.

    Raises
    ------
    MessageRefused
        For an unterminated, over-long or nameless segment, or too many segments; the place is the
        segment's number.
    """
    if text.count(separators.terminator) > MOST_SEGMENTS:
        raise MessageRefused(
            [Finding(code="too-many-segments", expected=f"at most {MOST_SEGMENTS} segments")]
        )
    if text.count(separators.element) + text.count(separators.component) > MOST_ELEMENTS:
        raise MessageRefused(
            [Finding(code="too-many-elements", expected=f"at most {MOST_ELEMENTS} elements")]
        )
    found: list[Segment] = []
    pieces, rest = _pieces(text, separators)
    for piece in pieces:
        found.append(_segment(piece.lstrip(BLANK), len(found) + 1, separators))
    if rest.strip(BLANK):
        raise MessageRefused(
            [
                Finding(
                    code="unterminated",
                    expected=f"a segment that ends with {separators.terminator}",
                    found=rest.strip(BLANK)[:40],
                    segment=len(found) + 1,
                )
            ]
        )
    return found


def join(segments: Iterable[Segment], separators: Separators, *, line_end: str = "") -> str:
    """Return segments as text, separators inside data released."""
    return "".join(_text(each, separators) + line_end for each in segments)


def _pieces(text: str, separators: Separators) -> tuple[list[str], str]:
    """Cut at unreleased terminators; return the segments and what is left behind the last."""
    if separators.release not in text:
        *pieces, rest = text.split(separators.terminator)
        return pieces, rest
    pieces, start = [], 0
    for cut in _terminator(separators.release, separators.terminator).finditer(text):
        if cut[0] == separators.terminator:
            pieces.append(text[start : cut.start()])
            start = cut.end()
    return pieces, text[start:]


@cache
def _terminator(release: str, terminator: str) -> re.Pattern[str]:
    return re.compile(f"{re.escape(release)}.|{re.escape(terminator)}", re.DOTALL)


def _segment(piece: str, number: int, separators: Separators) -> Segment:
    if len(piece) > LONGEST_SEGMENT:
        raise MessageRefused(
            [
                Finding(
                    code="segment-too-long",
                    expected=f"at most {LONGEST_SEGMENT} characters",
                    found=f"{len(piece)} characters, beginning {piece[:20]}",
                    segment=number,
                )
            ]
        )
    if separators.release in piece:
        elements = [
            tuple(_plain(part, separators.release) for part in _cut(each, ":", separators))
            for each in _cut(piece, "+", separators)
        ]
    else:
        elements = [
            tuple(each.split(separators.component)) for each in piece.split(separators.element)
        ]
    tag = elements[0][0].strip()
    if not (tag.isascii() and tag.isalnum() and len(tag) == 3):
        raise MessageRefused(
            [
                Finding(
                    code="bad-tag",
                    expected="a segment tag of three letters or digits",
                    found=tag[:20],
                    segment=number,
                )
            ]
        )
    return Segment(tag, tuple(elements[1:]), number)


def _cut(text: str, at: str, separators: Separators) -> list[str]:
    """Cut at unreleased component (``:``) or element (``+``) separators."""
    mark = separators.component if at == ":" else separators.element
    parts, start = [], 0
    for cut in _terminator(separators.release, mark).finditer(text):
        if cut[0] == mark:
            parts.append(text[start : cut.start()])
            start = cut.end()
    return [*parts, text[start:]]


def _plain(text: str, release: str) -> str:
    return re.sub(re.escape(release) + "(.)", r"\1", text, flags=re.DOTALL)


def _text(found: Segment, separators: Separators) -> str:
    special = _special(separators)
    elements = [
        separators.component.join(
            special.sub(rf"{_safe(separators.release)}\g<0>", part) for part in each
        )
        for each in found.elements
    ]
    return separators.element.join([found.tag, *elements]) + separators.terminator


@cache
def _special(separators: Separators) -> re.Pattern[str]:
    marks = (
        separators.component,
        separators.element,
        separators.release,
        separators.terminator,
    )
    return re.compile("|".join(re.escape(mark) for mark in marks))


def _safe(text: str) -> str:
    return text.replace("\\", "\\\\")


def _without_empty_end(element: tuple[str, ...]) -> tuple[str, ...]:
    end = len(element)
    while end > 1 and not element[end - 1]:
        end -= 1
    return element[:end]
