"""Write an interchange of one functional group; reading it gives the same sets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from collab.integration.x12.tokens import Segment, Separators, join

VERSION: Final = "004010"
LARGEST_CONTROL: Final = 999_999_999
_SEPARATORS: Final = Separators("*", ">", "~")


def write(
    sets: Sequence[tuple[str, Sequence[Segment]]],
    *,
    code: str,
    sender: tuple[str, str],
    receiver: tuple[str, str],
    control: int,
    prepared_at: datetime,
    is_acknowledgement_wanted: bool = False,
) -> bytes:
    """Return an interchange of (kind, segments without ST and SE) in ISO 8859-1.

    Parameters
    ----------
    code
        Functional identifier of the group, ``PS`` for 830.
    sender, receiver
        (identifier, qualifier); ``ZZ`` where the qualifier is empty.
    control
        Control number of interchange and group, 1 to 999,999,999.
    prepared_at
        The sender's local time.

    What ISO 8859-1 or the separators cannot carry is written as a blank or a question mark.
    """
    if not 1 <= control <= LARGEST_CONTROL:
        raise ValueError(f"expected a control number of 1 to {LARGEST_CONTROL}, got {control}")
    inner: list[Segment] = []
    for place, (kind, body) in enumerate(sets, start=1):
        mark = f"{place:04d}"
        inner += [segment("ST", kind, mark), *body, segment("SE", str(len(body) + 2), mark)]
    day, time = prepared_at.strftime("%Y%m%d"), prepared_at.strftime("%H%M")
    header = Segment(
        "ISA",
        (
            "00", " " * 10, "00", " " * 10, *_party(sender), *_party(receiver), day[2:], time,
            "U", VERSION[:5], f"{control:09d}", "1" if is_acknowledgement_wanted else "0", "P", ">",
        ),
    )  # fmt: skip
    names = (plain(sender[0]), plain(receiver[0]))
    group = segment("GS", code, *names, day, time, str(control), "X", VERSION)
    ends = [segment("GE", str(len(sets)), str(control)), segment("IEA", "1", f"{control:09d}")]
    text = join([header, group, *inner, *ends], _SEPARATORS, line_end="\n")
    return text.encode("iso8859-1", "replace")


def segment(tag: str, *values: str) -> Segment:
    """Return a segment whose data hold no separator."""
    return Segment(tag, tuple(plain(value) for value in values))


def plain(value: str) -> str:
    """Return a text without our separators and without what is not printable."""
    return "".join(sign if sign.isprintable() and sign not in "*>~" else " " for sign in value)


def _party(party: tuple[str, str]) -> tuple[str, str]:
    identifier, qualifier = party
    return (qualifier or "ZZ")[:2].ljust(2), plain(identifier)[:15].ljust(15)
