"""Seals: which lane a sealed load takes, and when an opening is tampering (IN-15).

A seal that is open before its release, that is gone, or that carries another number than the
manifest sends the load to the red lane: second inspection. So does a load on a high-risk lane
without position tracker. Everything else is green. Only openings count: what a seal tells of
vibration, shock or a door that shakes is no opening.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

GREEN: Final = "green"
RED: Final = "red"
OPEN_METRICS: Final = frozenset({"open", "opened", "seal", "seal_open", "door", "door_open"})
"""Metrics of an electronic seal that say it is open; everything else it measures is ignored."""


class Finding(StrEnum):
    """What is wrong with a seal or an opening."""

    MISMATCH = "mismatch"
    MISSING = "missing"
    OPEN_EARLY = "open_early"
    WRONG_PLACE = "wrong_place"
    WRONG_DAY = "wrong_day"
    WRONG_HOUR = "wrong_hour"
    NO_TRACKER = "no_tracker"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealTerms:
    """What the manifest says of a seal; empty collections and ``None`` allow everything.

    Days are ISO (1 = Monday), hours those of ``timezone``; ``opens_until`` before ``opens_from``
    goes past midnight and belongs to the day it began on.
    """

    number: str
    released_at: datetime | None = None
    allowed_sites: Collection[str] = ()
    allowed_days: Collection[int] = ()
    opens_from: time | None = None
    opens_until: time | None = None
    timezone: str = "UTC"
    is_high_risk: bool = False
    has_tracker: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a seal: the number read (empty: no seal there), open or not, when and where."""

    number: str
    is_open: bool
    at: datetime
    site: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The lane of a load, and what was found."""

    lane: str
    findings: tuple[Finding, ...]


def judge_look(terms: SealTerms, look: Look) -> Judgement:
    """Return the lane after a look at the seal, with all that is wrong."""
    found: list[Finding] = []
    if not same_number(look.number, ""):
        if not same_number(look.number, terms.number):
            found.append(Finding.MISMATCH)
    elif not look.is_open:
        found.append(Finding.MISSING)
    if look.is_open:
        found += judge_opening(terms, at=look.at, site=look.site)
    if terms.is_high_risk and not terms.has_tracker:
        found.append(Finding.NO_TRACKER)
    return Judgement(RED if found else GREEN, tuple(found))


def judge_opening(terms: SealTerms, *, at: datetime, site: str) -> list[Finding]:
    """Return what is wrong with an opening at an instant and a place; nothing if it is in order.

    A place that is not known is wrong where places are named.
    """
    found = []
    if terms.released_at is None or at < terms.released_at:
        found.append(Finding.OPEN_EARLY)
    if terms.allowed_sites and site not in terms.allowed_sites:
        found.append(Finding.WRONG_PLACE)
    day, is_in_hours = _day_and_hours(terms, at.astimezone(ZoneInfo(terms.timezone)))
    if terms.allowed_days and day not in terms.allowed_days:
        found.append(Finding.WRONG_DAY)
    if not is_in_hours:
        found.append(Finding.WRONG_HOUR)
    return found


def is_opening(metric: str, *, is_set: bool) -> bool:
    """Say whether what an electronic seal measured is an opening ("open only")."""
    return is_set and metric.rsplit("/", 1)[-1].strip().lower() in OPEN_METRICS


def same_number(one: str, other: str) -> bool:
    """Say whether two seal numbers are the same: blanks, dashes and case are how people write."""
    return _plain(one) == _plain(other)


def _plain(number: str) -> str:
    return "".join(sign for sign in number.upper() if sign.isalnum())


def _day_and_hours(terms: SealTerms, local: datetime) -> tuple[int, bool]:
    """Return the ISO day an instant belongs to, and whether it is within the hours."""
    now, day = local.time(), local.isoweekday()
    since, until = terms.opens_from, terms.opens_until
    if since is None or until is None:
        return day, True
    if since <= until:
        return day, since <= now <= until
    if now <= until:
        return (day - 2) % 7 + 1, True
    return day, now >= since
