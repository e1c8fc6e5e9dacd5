"""X12 text as segments: separators are found by counting, never by position.

Real interchanges have headers of 78 to 109 characters, padded wrongly or with a line break
inside, where the standard says 106.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from collab.integration.inbox.findings import Finding, MessageRefused

HEADER_ELEMENTS: Final = 16
LONGEST_HEADER: Final = 400  # characters
MOST_SEGMENTS: Final = 250_000
MOST_ELEMENTS: Final = 2_000_000
LONGEST_SEGMENT: Final = 10_000
BLANK: Final = "\r\n\t "


@dataclass(frozen=True, slots=True)
class Separators:
    """The separators that an interchange chose by its header."""

    element: str = "*"
    component: str = ">"
    terminator: str = "~"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment; ``elements[0]`` is the data element that documents call 01.

    ``number`` is its place in the interchange, ISA being 1; it does not count for equality.
    """

    tag: str
    elements: tuple[str, ...]
    number: int = field(default=0, compare=False)

    def value(self, element: int) -> str:
        """Return data element ``element``, counted from 1 as in the standard; absent = empty."""
        return self.elements[element - 1].strip() if element <= len(self.elements) else ""


def split(text: str) -> tuple[list[Segment], Separators, list[Finding]]:
    """Return the segments of an interchange, its separators, and warnings.

    Raises
    ------
    MessageRefused
        Without a readable ISA, for an unterminated or over-long segment, or too many of them.
    """
    text = text.lstrip(BLANK + "\ufeff")
    header, separators, rest = _header(text)
    if rest.count(separators.terminator) > MOST_SEGMENTS:
        raise MessageRefused(
            [Finding(code="too-many-segments", expected=f"at most {MOST_SEGMENTS} segments")]
        )
    if rest.count(separators.element) > MOST_ELEMENTS:
        raise MessageRefused(
            [Finding(code="too-many-elements", expected=f"at most {MOST_ELEMENTS} elements")]
        )
    segments, findings = [header], []
    *pieces, cut = rest.split(separators.terminator)
    for piece in pieces:
        body = piece.lstrip(BLANK)
        if not body:
            continue
        number = len(segments) + 1
        if len(body) > LONGEST_SEGMENT:
            raise MessageRefused([_too_long(body, number)])
        tag, *elements = body.split(separators.element)
        if "\n" in body.rstrip(BLANK):
            findings.append(_line_break(body, tag, number, separators))
        segments.append(
            Segment(tag.strip(), tuple(each.rstrip(BLANK) for each in elements), number)
        )
    if cut.strip(BLANK):
        raise MessageRefused(
            [
                Finding(
                    code="unterminated",
                    expected=f"a segment that ends with {separators.terminator!r}",
                    found=cut.strip(BLANK)[:40],
                    segment=len(segments) + 1,
                )
            ]
        )
    return segments, separators, findings


def join(segments: Iterable[Segment], separators: Separators, *, line_end: str = "") -> str:
    """Return segments as text; raise ``ValueError`` for data that holds a separator."""
    lines = []
    for each in segments:
        for value in each.elements:
            if separators.element in value or separators.terminator in value:
                raise ValueError(f"expected data without separators, got {value!r} in {each.tag}")
        ends = len(each.elements)
        while ends and not each.elements[ends - 1]:
            ends -= 1
        lines.append(separators.element.join([each.tag, *each.elements[:ends]]))
    return "".join(f"{line}{separators.terminator}{line_end}" for line in lines)


def _header(text: str) -> tuple[Segment, Separators, str]:
    """Split off ISA by counting its sixteen separators."""
    if not text.startswith("ISA") or len(text) < 5:
        raise _no_header("ISA at the start", text[:20])
    element = text[3]
    if element.isalnum() or element in BLANK:
        raise _no_header("an element separator behind ISA", element)
    places: list[int] = []
    at = 3
    while len(places) < HEADER_ELEMENTS:
        if at < 0 or at > LONGEST_HEADER:
            expected = f"{HEADER_ELEMENTS} separators in the first {LONGEST_HEADER} characters"
            raise _no_header(expected, f"{len(places)} of them")
        places.append(at)
        at = text.find(element, at + 1, LONGEST_HEADER + 1)
    end = places[-1] + 1
    if len(text) < end + 2:
        raise _no_header("a component separator and a terminator behind ISA15", text[end:])
    component, terminator = text[end], text[end + 1]
    if component.isalnum() or terminator.isalnum() or terminator in {element, component, " "}:
        raise _no_header(
            "a component separator and a terminator behind ISA15", component + terminator
        )
    values = [value.strip() for value in text[4 : places[-1]].split(element)]
    header = Segment("ISA", (*values, component), 1)
    return header, Separators(element, component, terminator), text[end + 2 :]


def _no_header(expected: str, found: str) -> MessageRefused:
    return MessageRefused(
        [Finding(code="no-envelope", expected=expected, found=found, segment=1, tag="ISA")]
    )


def _too_long(body: str, number: int) -> Finding:
    return Finding(
        code="segment-too-long",
        expected=f"at most {LONGEST_SEGMENT} characters",
        found=f"{len(body)} characters, beginning {body[:20]}",
        segment=number,
    )


def _line_break(body: str, tag: str, number: int, separators: Separators) -> Finding:
    """Tell that a segment runs over a line break: probably another terminator was used there."""
    return Finding(
        code="line-break",
        expected=f"the terminator {separators.terminator!r} before the line ends",
        found=body[: body.index("\n")].rstrip(BLANK)[-40:],
        segment=number,
        tag=tag,
        is_warning=True,
    )
