"""What a new release changes: its place in the sequence, its alerts, whether to hold it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from forecasting.rules.alert import Alert, AlertKind
from forecasting.rules.schedule import ZERO, Release, check_quantity, natural_key

_TRAILING_NUMBER = re.compile(r"^(.*?)(\d+)$", re.DOTALL)
_NAMED_AT_MOST = 20


class Place(StrEnum):
    """Where a release stands after the last one applied."""

    FIRST = "first"
    NEXT = "next"
    GAP = "gap"
    EQUAL = "equal"
    OLD = "old"

    @property
    def replaces(self) -> bool:
        """Whether a release at this place is applied; an equal or older one changes nothing."""
        return self in {Place.FIRST, Place.NEXT, Place.GAP}


@dataclass(frozen=True, slots=True)
class Succession:
    """The place of a release, and the numbers missing before it as far as they can be named."""

    place: Place
    missing: tuple[str, ...] = ()


def succession(last: str | None, number: str, *, previous: str | None = None) -> Succession:
    """Return where release ``number`` stands after ``last``.

    ``previous`` is the predecessor the release names itself; it decides where given, so a
    customer may count in tens or start again at 1. Otherwise the digits at the end do.

    Parameters
    ----------
    last
        Number of the last release applied, ``None`` before the first.
    number
        Number of the release at hand.
    previous
        Predecessor it names, ``None`` if the format has none (X12 830, DELFOR D.97A).

    Examples
    --------
    >>> succession("REL-002", "REL-004")
    Succession(place=<Place.GAP: 'gap'>, missing=('REL-003',))
    """
    if last is None:
        return Succession(Place.FIRST)
    if number == last:
        return Succession(Place.EQUAL)
    if previous == last:
        return Succession(Place.NEXT)
    if natural_key(number) < natural_key(last):
        return Succession(Place.OLD)
    if previous is not None:
        return Succession(Place.GAP, (previous,))
    missing = _between(last, number)
    return Succession(Place.GAP if missing else Place.NEXT, missing)


def in_force(releases: Iterable[Release]) -> Release | None:
    """Return the release that counts after ``releases`` in order of arrival, ``None`` without any.

    A release replaces its predecessor wholly (FC-03): what an older one asked for never
    survives, and an older or equal one that arrives late replaces nothing.
    """
    last: Release | None = None
    for release in releases:
        number = last.number if last else None
        if succession(number, release.number, previous=release.previous).place.replaces:
            last = release
    return last


def release_alerts(
    last: Release | None,
    new: Release,
    *,
    available: Decimal | None = None,
    covered_until: date | None = None,
) -> tuple[Alert, ...]:
    """Return what the supplier should notice in ``new`` (FC-05); the last one was ``last``.

    Parameters
    ----------
    available
        What can still reach the customer inside the lead time [base units], >= 0: on the
        road plus finished. ``None`` leaves coverage out.
    covered_until
        Last day inside the lead time; lines due later can still be made.

    Returns
    -------
    tuple of Alert
        Nothing but the duplicate or superseded notice if ``new`` replaces nothing.
    """
    step = succession(last.number if last else None, new.number, previous=new.previous)
    if step.place == Place.EQUAL:
        return (Alert(AlertKind.DUPLICATE),)
    if step.place == Place.OLD:
        return (Alert(AlertKind.SUPERSEDED),)
    found = [Alert(AlertKind.NEW_RELEASE, new.number)]
    found += [Alert(AlertKind.MISSING_RELEASE, number) for number in step.missing]
    if last:
        found += _changes(last, new)
    found += go_ahead_alerts(new)
    if available is not None and covered_until is not None:
        found += _not_coverable(new, available, covered_until)
    return tuple(found)


def go_ahead_alerts(release: Release) -> tuple[Alert, ...]:
    """Return a warning for each go-ahead below what it must cover: firm <= production <= material.

    A go-ahead that is not given is no limit.
    """
    found: list[Alert] = []
    below = ("firm", release.firm_cumulative())
    for name in ("production", "material"):
        quantity: Decimal | None = getattr(release, f"{name}_go_ahead")
        if quantity is None:
            continue
        if quantity < below[1]:
            text = f"{below[0]} {below[1]} > {name} {quantity}"
            found.append(Alert(AlertKind.GO_AHEAD_ORDER, text))
        below = (name, max(quantity, below[1]))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldTolerance:
    """How far a release may leave its predecessor in the weeks ``first_week`` to ``last_week``.

    Week 0 begins on the first Monday on or after the day of issue: the running week is partly
    delivered and not compared. ``quantity_share`` limits each week, ``total_share`` the sum of
    the weeks, both >= 0 as a share of the old figure (0.1 = 10 %); ``None`` is no limit.
    """

    first_week: int
    last_week: int
    quantity_share: Decimal | None = None
    total_share: Decimal | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.first_week <= self.last_week:
            raise ValueError(
                f"expected 0 <= first week <= last week, got {self.first_week} to {self.last_week}"
            )
        for share in (self.quantity_share, self.total_share):
            if share is not None:
                check_quantity("share", share)


@dataclass(frozen=True, slots=True)
class Deviation:
    """A figure beyond its tolerance; ``week`` is its Monday, ``None`` for the sum of the weeks."""

    week: date | None
    before: Decimal
    after: Decimal
    allowed: Decimal


def hold_reasons(
    last: Release, new: Release, tolerances: Sequence[HoldTolerance]
) -> tuple[Deviation, ...]:
    """Return why ``new`` must be held until a planner releases it; nothing if it may pass.

    Exactly at the tolerance passes. Where nothing was asked for before, anything is beyond.
    """
    issued_on = new.issued_at.date()
    start = issued_on + timedelta(days=-issued_on.weekday() % 7)
    old, fresh = by_week(last), by_week(new)
    found: list[Deviation] = []
    for tolerance in tolerances:
        numbers = range(tolerance.first_week, tolerance.last_week + 1)
        weeks = [start + timedelta(weeks=number) for number in numbers]
        pairs = [(old.get(week, ZERO), fresh.get(week, ZERO)) for week in weeks]
        if (share := tolerance.quantity_share) is not None:
            found += [
                Deviation(week, before, after, share * before)
                for week, (before, after) in zip(weeks, pairs, strict=True)
                if abs(after - before) > share * before
            ]
        if (share := tolerance.total_share) is not None:
            before, after = (sum(side, ZERO) for side in zip(*pairs, strict=True))
            if abs(after - before) > share * before:
                found.append(Deviation(None, before, after, share * before))
    return tuple(found)


def by_week(release: Release) -> dict[date, Decimal]:
    """Return the quantity due in each week that has lines, keyed by its Monday."""
    found: defaultdict[date, Decimal] = defaultdict(Decimal)
    for line in release.lines:
        found[line.due_on - timedelta(days=line.due_on.weekday())] += line.quantity
    return dict(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a series for comparison: quantity [base units] per date.

    Dates between ``starts_on`` and ``ends_on`` (the outermost dates unless given) without a
    quantity are zero; beyond them the version says nothing.
    """

    name: str
    quantities: Mapping[date, Decimal]
    starts_on: date | None = None
    ends_on: date | None = None

    def at(self, day: date) -> Decimal | None:
        """Return the quantity of ``day``, ``None`` outside the horizon of the version."""
        if day in self.quantities:
            return self.quantities[day]
        first = self.starts_on or min(self.quantities, default=None)
        last = self.ends_on or max(self.quantities, default=None)
        return ZERO if first and last and first <= day <= last else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DateComparison:
    """What the versions say about one date [base units].

    ``net_change`` is the newest figure minus the one before it, ``variance_percent`` the newest
    against the oldest in percent of the oldest; ``None`` with one figure, or an oldest of zero.
    """

    on: date
    quantities: tuple[Decimal | None, ...]
    mean: Decimal
    minimum: Decimal
    maximum: Decimal
    net_change: Decimal | None
    variance_percent: Decimal | None
    received: Decimal | None = field(default=None)


def compare_versions(
    versions: Sequence[Version], *, received: Mapping[date, Decimal] | None = None
) -> tuple[DateComparison, ...]:
    """Return for each date of any version how the versions differ, ascending (FC-06).

    Parameters
    ----------
    versions
        Oldest first, any number.
    received
        Actual receipt per date, printed beside the plan.
    """
    days = sorted({day for version in versions for day in version.quantities})
    return tuple(
        _compare_date(day, tuple(version.at(day) for version in versions), received or {})
        for day in days
    )


def _compare_date(
    day: date, quantities: tuple[Decimal | None, ...], received: Mapping[date, Decimal]
) -> DateComparison:
    known = [each for each in quantities if each is not None]
    oldest, newest = known[0], known[-1]
    has_two = len(known) > 1
    return DateComparison(
        on=day,
        quantities=quantities,
        mean=sum(known, ZERO) / len(known),
        minimum=min(known),
        maximum=max(known),
        net_change=newest - known[-2] if has_two else None,
        variance_percent=(newest - oldest) / oldest * 100 if has_two and oldest else None,
        received=received.get(day),
    )


def _changes(last: Release, new: Release) -> list[Alert]:
    """Return what differs between two releases that follow each other."""
    found: list[Alert] = []
    if new.unloading_point != last.unloading_point:
        text = f"{last.unloading_point}->{new.unloading_point}"
        found.append(Alert(AlertKind.UNLOADING_POINT_CHANGED, text))
    if new.counted_since != last.counted_since and new.counted_since is not None:
        found.append(Alert(AlertKind.CUMULATIVE_RESET, str(new.counted_since)))
        return found  # the running totals of two periods do not compare
    if new.received < last.received:
        text = f"{last.received}->{new.received}"
        found.append(Alert(AlertKind.RECEIVED_DECREASED, text))
    if not new.is_change and new.firm_cumulative() < last.firm_cumulative():
        text = f"{last.firm_cumulative()}->{new.firm_cumulative()}"
        found.append(Alert(AlertKind.FIRM_DECREASED, text))
    return found


def _not_coverable(new: Release, available: Decimal, covered_until: date) -> list[Alert]:
    """Return an alert for each due day inside the lead time that even everything cannot meet."""
    check_quantity("available quantity", available)
    return [
        Alert(AlertKind.NOT_COVERABLE, f"{day} {new.cumulative(day) - new.received - available}")
        for day in new.due_days()
        if day <= covered_until and new.cumulative(day) - new.received > available
    ]


def _between(last: str, number: str) -> tuple[str, ...]:
    """Return the numbers between two that differ in their last digits only."""
    before, after = _TRAILING_NUMBER.match(last), _TRAILING_NUMBER.match(number)
    if not before or not after or before[1] != after[1]:
        return ()
    width = len(before[2])
    first, end = int(before[2]) + 1, int(after[2])
    return tuple(
        f"{before[1]}{each:0{width}d}" for each in range(first, min(end, first + _NAMED_AT_MOST))
    )
