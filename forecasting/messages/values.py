"""Dates, quantities and units of EDI messages, read with a finding instead of a guess."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar

from collab.integration.inbox.findings import Finding, MessageRefused, errors_of
from collab.integration.inbox.profile import Profile
from collab.masterdata.rules.units import canonical_unit
from forecasting.messages.canonical import Commitment, Moment

_QUANTITY = re.compile(r"-?(\d{1,15}([.,]\d{0,6})?|[.,]\d{1,6})", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1970, 2199  # beyond lies a typing error
PIVOT: Final = 70  # two-digit years from 70 on are of the last century
CUTS: Final = {"101": "%y%m%d", "102": "%Y%m%d", "203": "%Y%m%d%H%M", "204": "%Y%m%d%H%M%S"}
LENGTHS: Final = {"101": 6, "102": 8, "203": 12, "204": 14}
SCHEME_OF_AGENCY: Final = {"16": "duns", "91": "seller", "92": "buyer", "10": "odette"}
SCHEME_OF_N1: Final = {"1": "duns", "9": "duns", "91": "seller", "92": "buyer"}
COMMITMENT_OF_SCC: Final = {
    "1": Commitment.FIRM,
    "10": Commitment.FIRM,
    "15": Commitment.FIRM,
    "22": Commitment.FIRM,
    "2": Commitment.PRODUCTION,
    "3": Commitment.MATERIAL,
    "4": Commitment.FORECAST,
    "12": Commitment.FORECAST,
    "5": Commitment.BACKLOG,
}
COMMITMENT_OF_FST: Final = {
    "A": Commitment.FIRM,
    "C": Commitment.FIRM,
    "D": Commitment.FORECAST,
}


Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Reading(Generic[Kind]):
    """A message that was understood, what was noted, and how many lines were left out of it."""

    message: Kind
    findings: tuple[Finding, ...] = ()
    held: int = 0


@dataclass(slots=True)
class Notes:
    """Collects what is wrong in one message; ``about`` is its control reference."""

    about: str
    findings: list[Finding] = field(default_factory=list)

    def add(
        self,
        code: str,
        expected: str,
        found: str = "",
        *,
        segment: int = 0,
        tag: str = "",
        element: int = 0,
        line: str = "",
        is_warning: bool = False,
    ) -> None:
        """Note one thing that is not as expected."""
        self.findings.append(
            Finding(
                code=code,
                expected=expected,
                found=found,
                message=self.about,
                segment=segment,
                tag=tag,
                element=element,
                line=line,
                is_warning=is_warning,
            )
        )


def lines_of(
    lines: Iterable[tuple[Any, list[Finding]]], header: Notes, profile: Profile
) -> tuple[tuple[Any, ...], int, tuple[Finding, ...]]:
    """Return the lines that are good, how many are not, and all findings.

    Raises
    ------
    MessageRefused
        If the header is wrong, if no line is good, or if one is not and the partner's profile
        wants everything or nothing.
    """
    good, held, findings = [], 0, list(header.findings)
    for line, about in lines:
        findings += about
        if line is None or errors_of(about):
            held += 1
        else:
            good.append(line)
    if not good and not errors_of(findings):
        header.add("no-lines", "at least one line")
        findings += header.findings[-1:]
    if errors_of(header.findings) or not good or (held and not profile.holds_lines):
        raise MessageRefused(findings)
    return tuple(good), held, tuple(findings)


def commitment(code: str, profile: Profile, usual: Mapping[str, Commitment]) -> Commitment | None:
    """Return the commitment of a status code: the profile's word, else the usual one.

    A word of the profile that is no commitment gives ``None``, as an unknown code does.
    """
    named = profile.commitments.get(code)
    if named is None:
        return usual.get(code)
    return Commitment(named) if named in set(Commitment) else None


def quantity(text: str, notes: Notes, **place: Any) -> Decimal | None:
    """Read a quantity such as ``480``, ``.500`` or ``12,5``."""
    if _QUANTITY.fullmatch(text):
        return Decimal(text.replace(",", "."))
    notes.add("quantity", "a number", text, **place)
    return None


def moment(text: str, form: str, notes: Notes, **place: Any) -> Moment | None:
    """Read a date of a DTM; ``form`` is its format code, by its length where it is missing."""
    form = form or {8: "102", 12: "203", 6: "101"}.get(len(text), "")
    if form == "610" and len(text) == 6:
        form, text = "102", f"{text}01"
    if form == "616":
        return _week(text, notes, **place)
    cut = CUTS.get(form)
    if cut is not None and len(text) == LENGTHS[form] and text.isascii() and text.isdecimal():
        try:
            found = datetime.strptime(text, cut)  # noqa: DTZ007 - no format has a zone
        except ValueError:
            found = None
        if found is not None and FIRST_YEAR <= found.year <= LAST_YEAR:
            return Moment(found.date(), found.time() if LENGTHS[form] > 8 else None)
    notes.add("date", f"a date in format {form or '102'}", text, **place)
    return None


def day_of_x12(text: str, notes: Notes, **place: Any) -> date | None:
    """Read a date of 8 digits, or of 6 with the century by the pivot year 70."""
    if len(text) == 6:
        text = ("19" if text[:2] >= str(PIVOT) else "20") + text
    found = moment(text, "102", notes, **place)
    return None if found is None else found.on


def time_of_x12(text: str, notes: Notes, **place: Any) -> time | None:
    """Read a time of 4 digits, HHMM."""
    if len(text) in {4, 6} and text.isascii() and text.isdecimal():
        try:
            return time(int(text[:2]), int(text[2:4]))
        except ValueError:
            pass  # four digits, but no time of the day: refused below
    notes.add("time", "a time such as 1430", text, **place)
    return None


def unit(text: str, notes: Notes, **place: Any) -> str:
    """Return the Rec 20 code of a unit; empty for a missing or unknown one."""
    if not text:
        return ""
    try:
        return canonical_unit(text).code
    except ValueError:
        notes.add("unit", "a unit that is known here", text, **place)
        return ""


def end_of(start: date, frequency: str) -> date | None:
    """Return the last day of an interval of frequency W or M; ``None`` for one date."""
    if frequency == "W":
        return start + timedelta(days=6)
    if frequency == "M":
        following = date(start.year + start.month // 12, start.month % 12 + 1, 1)
        if start.day == 1:
            return following - timedelta(days=1)
        return _same_day_of(following, start.day) - timedelta(days=1)
    return None


def _same_day_of(month: date, day: int) -> date:
    last = end_of(month, "M")
    assert last is not None
    return min(month + timedelta(days=day - 1), last)


def _week(text: str, notes: Notes, **place: Any) -> Moment | None:
    if len(text) == 6 and text.isascii() and text.isdecimal():
        year, week = int(text[:4]), int(text[4:])
        if FIRST_YEAR <= year <= LAST_YEAR and 1 <= week <= date(year, 12, 28).isocalendar().week:
            return Moment(date.fromisocalendar(year, week, 1))
    notes.add("date", "a week as CCYYWW", text, **place)
    return None
