"""Where a series stands: its release, the one before, and what is committed against them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.sharing.queries import fields_for
from forecasting.axis import (
    WEEK,
    Quantities,
    aligned,
    by_week,
    monday_of,
    week_number,
    weeks_from,
)
from forecasting.models import COMMIT, DEMAND, Commit, DeliverySchedule
from forecasting.queries.terms import Terms, pairs_of, terms_book
from forecasting.rules.commit import CommitOrigin, CommitState, CommitWeek, commit_state, consensus

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class CommitBucket:
    """A commit for several weeks together: what is promised from ``first`` on for ``weeks``."""

    first: date
    weeks: int
    quantity: Decimal

    def mondays(self) -> list[date]:
        """Return the weeks inside."""
        return weeks_from(self.first, self.weeks)


@dataclass(frozen=True, kw_only=True)
class Position:
    """One series with its current release, as far as the viewer may see; one figure per week.

    ``weeks`` are the Mondays of the current release. ``commit`` answers that release;
    ``previous_committed`` was given last to an earlier one (FC-07's roll-over). ``promised``
    holds by Monday what either says, weeks before the current release included.
    """

    series_id: UUID
    customer_id: int
    supplier_id: int
    part_number: str
    supplier_part_number: str
    site_code: str
    unit: str
    schedule_id: UUID
    schedule_number: int
    document_number: str
    published_at: datetime
    published_on: date
    """The day of it by the viewer's own clock."""
    first_week: date
    firm_until: date | None
    terms: Terms
    weeks: Sequence[date]
    forecast: Quantities
    previous_forecast: Quantities
    committed: Quantities
    previous_committed: Quantities
    upside: Quantities
    states: Sequence[str]
    reasons: Mapping[str, str]
    buckets: Sequence[CommitBucket]
    commit: Commit | None
    last_number: int
    promised: Mapping[date, Decimal]
    low: Quantities = field(default_factory=list)
    high: Quantities = field(default_factory=list)

    @property
    def is_ours(self) -> bool:
        """Whether the viewer is the supplier, who commits."""
        return self.supplier_id == acting_organisation_id()

    @property
    def version(self) -> int:
        """Grows with each release and each commit: what a writer must have read."""
        return self.schedule_number + self.last_number

    @property
    def number(self) -> str:
        """The viewer's own number of the part, else the customer's."""
        return (self.is_ours and self.supplier_part_number) or self.part_number

    @cached_property
    def places(self) -> dict[date, int]:
        """Place of each week."""
        return {week: place for place, week in enumerate(self.weeks)}

    @cached_property
    def consensus(self) -> Quantities:
        """What both can plan with, week by week; None while they are too far apart (FC-10)."""
        tolerance = self.terms.consensus_tolerance
        return [
            consensus(asked, given, tolerance=tolerance) if asked is not None else None
            for asked, given in zip(self.forecast, self.committed, strict=True)
        ]

    def commit_weeks(self) -> dict[date, CommitWeek]:
        """Return the weeks that are asked for in the form of the rules."""
        found = {}
        for place, week in enumerate(self.weeks):
            asked = self.forecast[place]
            if asked is None:
                continue
            is_auto = self.reasons.get(week.isoformat()) == AUTO
            found[week] = CommitWeek(
                forecast=asked,
                commit=self.committed[place],
                previous_forecast=self.previous_forecast[place],
                previous_commit=self.previous_committed[place],
                origin=CommitOrigin.AUTO if is_auto else None,
                reason=self.reasons.get(week.isoformat(), ""),
            )
        return found

    def open_weeks(self, today: date) -> list[date]:
        """Return the weeks still to come that must be committed: asked for, inside the horizon.

        The commit horizon counts from the week of the release.
        """
        first = monday_of(today)
        beyond = monday_of(self.published_on) + WEEK * self.terms.commit_horizon_weeks
        return [
            week
            for week, asked in zip(self.weeks, self.forecast, strict=True)
            if first <= week < beyond and asked is not None
        ]

    def gap(self, today: date) -> Decimal:
        """Return how much less than asked is committed from this week on [base units], >= 0."""
        missing = Decimal(0)
        inside = {week for bucket in self.buckets for week in bucket.mondays()}
        for week in self.open_weeks(today):
            asked, given = self.forecast[self.places[week]], self.committed[self.places[week]]
            if asked is not None and given is not None and week not in inside:
                missing += max(asked - given, Decimal(0))
        for bucket in self.buckets:
            missing += max(self.asked_in(bucket) - bucket.quantity, Decimal(0))
        return missing

    def asked_in(self, bucket: CommitBucket) -> Decimal:
        """Return the forecast of all weeks in a bucket."""
        asked = (self.forecast[self.places[w]] for w in bucket.mondays() if w in self.places)
        return sum((each for each in asked if each is not None), Decimal(0))


def states_of(
    weeks: Sequence[date],
    forecast: Quantities,
    committed: Quantities,
    buckets: Sequence[CommitBucket],
    *,
    tolerance: Decimal,
) -> list[str]:
    """Return the state per week, blank where nothing is asked; a bucket is judged as a whole."""
    states = [
        "" if asked is None else commit_state(asked, given, tolerance=tolerance).value
        for asked, given in zip(forecast, committed, strict=True)
    ]
    for bucket in buckets:
        places = [week_number(weeks[0], week) for week in bucket.mondays()] if weeks else []
        places = [place for place in places if 0 <= place < len(weeks)]
        asked = sum((forecast[place] or Decimal(0) for place in places), Decimal(0))
        state = commit_state(asked, bucket.quantity, tolerance=tolerance).value
        for place in places:
            if forecast[place] is not None:
                states[place] = state
    return states


def buckets_of(commit: Commit | None) -> list[CommitBucket]:
    """Return the commits for several weeks together."""
    if commit is None:
        return []
    return [
        CommitBucket(date.fromisoformat(each["from"]), each["weeks"], Decimal(each["quantity"]))
        for each in commit.buckets
    ]


def positions(series_ids: Iterable[UUID]) -> list[Position]:
    """Return where these series stand, by part and site; five queries however many there are.

    Series without a visible release are left out.
    """
    schedules = DeliverySchedule.objects.filter(series_id__in=set(series_ids), is_current=True)
    return positions_of(schedules.order_by("part_number", "site_code", "pk"))


def positions_of(found: Iterable[DeliverySchedule]) -> list[Position]:
    """Return the positions of current schedules, in their order."""
    schedules = list(found)
    keys = [each.series_id for each in schedules]
    before = {
        each.series_id: each
        for each in DeliverySchedule.objects.filter(series_id__in=keys, is_current=False)
        .order_by("series_id", "-number")
        .distinct("series_id")
    }
    newest = {
        each.series_id: each for each in Commit.objects.filter(series_id__in=keys, is_current=True)
    }
    earlier = {
        each.series_id: each
        for each in Commit.objects.filter(series_id__in=keys)
        .exclude(schedule_id__in=[each.pk for each in schedules])
        .order_by("series_id", "-number")
        .distinct("series_id")
    }
    book = terms_book(pairs_of(schedules))
    return [
        _position(
            each,
            before.get(each.series_id),
            newest.get(each.series_id),
            earlier.get(each.series_id),
            book.of(pair, each.part_number, each.site_code),
        )
        for each in schedules
        for pair in pairs_of([each])
    ]


def position_of(series_id: UUID) -> Position | None:
    """Return where one series stands."""
    found = positions([series_id])
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the grants open of a pair's releases and commits, laid on the weeks of a release."""

    demand: frozenset[str] | None
    promise: frozenset[str] | None
    weeks: Sequence[date]

    def asks(self, name: str) -> bool:
        """Whether a field of releases is open."""
        return self.demand is None or name in self.demand

    def gives(self, name: str) -> bool:
        """Whether a field of commits is open."""
        return self.promise is None or name in self.promise

    def text(self, row: DeliverySchedule, name: str) -> str:
        """Return a text of the release, empty where it is hidden."""
        return str(getattr(row, name)) if self.asks(name) else ""

    def asked(self, row: DeliverySchedule | None, name: str = "quantities") -> Quantities:
        """Return figures of a release, None where there are none or they are hidden."""
        if row is None or not self.asks(name):
            return [None] * len(self.weeks)
        return aligned(row.first_week, getattr(row, name), self.weeks)

    def given(self, row: Commit | None, name: str = "quantities") -> Quantities:
        """Return figures of a commit, None where there are none or they are hidden."""
        if row is None or not self.gives(name):
            return [None] * len(self.weeks)
        return aligned(row.first_week, getattr(row, name), self.weeks)


def _position(
    schedule: DeliverySchedule,
    before: DeliverySchedule | None,
    newest: Commit | None,
    earlier: Commit | None,
    terms: Terms,
) -> Position:
    weeks = weeks_from(schedule.first_week, len(schedule.quantities))
    seen = _Seen(
        fields_for(DEMAND, schedule.owner_id, schedule.counterparty_id),
        fields_for(COMMIT, schedule.counterparty_id, schedule.owner_id),
        weeks,
    )
    commit = newest if newest is not None and newest.schedule_id == schedule.pk else None
    forecast, committed = seen.asked(schedule), seen.given(commit)
    buckets = buckets_of(commit) if seen.gives("quantities") else []
    return Position(
        series_id=schedule.series_id,
        customer_id=schedule.owner_id,
        supplier_id=schedule.counterparty_id,
        part_number=seen.text(schedule, "part_number"),
        supplier_part_number=seen.text(schedule, "supplier_part_number"),
        site_code=seen.text(schedule, "site_code"),
        unit=schedule.unit,
        schedule_id=schedule.pk,
        schedule_number=schedule.number,
        document_number=seen.text(schedule, "document_number"),
        published_at=schedule.published_at,
        published_on=own_day(schedule.published_at),
        first_week=schedule.first_week,
        firm_until=schedule.firm_until if seen.asks("firm_until") else None,
        terms=terms,
        weeks=weeks,
        forecast=forecast,
        previous_forecast=seen.asked(before),
        committed=committed,
        previous_committed=seen.given(earlier),
        upside=seen.given(commit, "upside"),
        states=states_of(weeks, forecast, committed, buckets, tolerance=terms.commit_tolerance),
        reasons=commit.reasons if commit is not None and seen.gives("reasons") else {},
        buckets=buckets,
        commit=commit,
        last_number=newest.number if newest else 0,
        promised=_promised(earlier, commit) if seen.gives("quantities") else {},
        low=seen.asked(schedule, "low"),
        high=seen.asked(schedule, "high"),
    )


def _promised(*commits: Commit | None) -> dict[date, Decimal]:
    """Return what is committed by week; later commits replace the weeks they name."""
    found: dict[date, Decimal] = {}
    for commit in commits:
        if commit is not None:
            found |= by_week(commit.first_week, commit.quantities)
    return found


__all__ = [
    "AUTO",
    "CommitBucket",
    "CommitState",
    "Position",
    "buckets_of",
    "position_of",
    "positions",
    "positions_of",
    "states_of",
]
