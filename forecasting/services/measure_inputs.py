"""What is judged: what really happened to own series, and who said what about it when."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Max
from django.utils import timezone

from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.sharing.queries import fields_for
from forecasting.models import (
    COMMIT,
    Actual,
    Commit,
    DeliverySchedule,
    DemandHistory,
    DemandSeries,
    DemandVersion,
    Frequency,
)
from forecasting.services.measure_scores import (
    COMMIT as COMMIT_STEP,
)
from forecasting.services.measure_scores import (
    RELEASE,
    Floats,
    Known,
    Statement,
)
from forecasting.week_figures import WEEK, monday_of, weeks_between

MOST_WEEKS = 104
KEPT_WEEKS = 65  # older statements speak of no week that is judged
NEEDED_OF_COMMITS = frozenset({"part_number", "quantities"})
HISTORY = "history"
Kind = Actual.Kind
Line = dict[date, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """The whole weeks up to the newest one that has ended; ``until`` is its Monday."""

    first: date
    until: date

    @classmethod
    def before(cls, now: datetime) -> "Axis":
        """Return the weeks that have ended at ``now``."""
        until = monday_of(own_day(now)) - WEEK
        return cls(until - WEEK * (MOST_WEEKS - 1), until)


@dataclass(frozen=True, slots=True)
class Happened:
    """What is known of one series by Monday: calls and consumption, and a weekly history."""

    called: Line
    consumed: Line
    history: Line

    def known(self, axis: Axis) -> Known | None:
        """Return consumption, else calls, else the weekly history; None without any."""
        lines = ((Kind.CONSUMED.value, self.consumed), (Kind.CALLED.value, self.called))
        for kind, line in (*lines, (HISTORY, self.history)):
            inside = {week: each for week, each in line.items() if axis.first <= week <= axis.until}
            if inside:
                weeks = weeks_between(min(inside), axis.until)
                return Known(kind, weeks, on(inside, weeks))
        return None


def happened(series: Sequence[DemandSeries], axis: Axis) -> dict[UUID, Happened]:
    """Return what happened to own series within the axis.

    A week's call is kept even if it was nothing, so a week without one is missing. Consumption
    is heard movement by movement: from a series' first one until the newest heard of any series,
    a week without is a week in which nothing was used.
    """
    keys = [each.pk for each in series]
    sums: dict[str, dict[UUID, Line]] = {
        Kind.CALLED.value: defaultdict(dict),
        Kind.CONSUMED.value: defaultdict(dict),
    }
    rows = Actual.objects.filter(
        series_id__in=keys, kind__in=list(sums), on__gte=axis.first, on__lt=axis.until + WEEK
    )
    for series_id, kind, day, quantity in rows.values_list("series_id", "kind", "on", "quantity"):
        line, week = sums[kind][series_id], monday_of(day)
        line[week] = line.get(week, 0.0) + float(quantity)
    newest = _newest_consumption(axis)
    history = _weekly_history(series, axis)
    return {
        key: Happened(
            sums[Kind.CALLED.value][key],
            _silent_weeks_filled(sums[Kind.CONSUMED.value][key], newest),
            history.get(key, {}),
        )
        for key in keys
    }


def statements(
    keys: Collection[UUID], partners: Iterable[int], axis: Axis
) -> dict[UUID, dict[str, list[Statement]]]:
    """Return what was said about the series, by series and step.

    Weeks that a supplier committed only together with others have no figure of their own.
    """
    since = timezone.now() - timedelta(weeks=KEPT_WEEKS)
    found: dict[UUID, dict[str, list[Statement]]] = defaultdict(lambda: defaultdict(list))
    versions = DemandVersion.objects.filter(series_id__in=keys, created_at__gte=since)
    for version in versions.iterator(chunk_size=2_000):
        found[version.series_id][version.step].append(_statement(version, version.created_at))
    schedules = DeliverySchedule.objects.filter(
        owner_id=acting_organisation_id(), series_id__in=keys, published_at__gte=since
    )
    for schedule in schedules.iterator(chunk_size=2_000):
        found[schedule.series_id][RELEASE].append(_statement(schedule, schedule.published_at))
    open_owners = [each for each in set(partners) if _opens_commits(each)]
    commits = Commit.objects.filter(
        owner_id__in=open_owners,
        counterparty_id=acting_organisation_id(),
        series_id__in=keys,
        committed_at__gte=since,
    )
    for commit in commits.iterator(chunk_size=2_000):
        statement = _statement(commit, commit.committed_at)
        for bucket in commit.buckets:
            start = (date.fromisoformat(bucket["from"]) - commit.first_week).days // 7
            statement.quantities[max(start, 0) : max(start + int(bucket["weeks"]), 0)] = np.nan
        found[commit.series_id][COMMIT_STEP].append(statement)
    return found


def on(line: Mapping[date, float], weeks: Sequence[date]) -> Floats:
    """Return the figures of ``weeks``, NaN where there is none."""
    return np.array([line.get(week, np.nan) for week in weeks])


def _statement(row: Any, made_at: datetime) -> Statement:
    likely = _floats(row.quantities)
    high = _floats(row.high) if row.high else np.full(likely.size, np.nan)
    if high.size != likely.size:
        high = np.resize(np.append(high, np.full(likely.size, np.nan)), likely.size)
    return Statement(made_at, row.first_week, likely, high)


def _floats(figures: Sequence[Any]) -> Floats:
    return np.array([np.nan if each is None else float(each) for each in figures])


def _opens_commits(owner_id: int) -> bool:
    fields = fields_for(COMMIT, owner_id, acting_organisation_id())
    return fields is None or fields >= NEEDED_OF_COMMITS


def _newest_consumption(axis: Axis) -> date | None:
    rows = Actual.objects.filter(
        owner_id=acting_organisation_id(), kind=Kind.CONSUMED, on__lt=axis.until + WEEK
    )
    newest: date | None = rows.aggregate(newest=Max("on"))["newest"]
    return None if newest is None else monday_of(newest)


def _silent_weeks_filled(line: Line, newest: date | None) -> Line:
    if not line or newest is None:
        return line
    return {week: line.get(week, 0.0) for week in weeks_between(min(line), newest)}


def _weekly_history(series: Sequence[DemandSeries], axis: Axis) -> dict[UUID, Line]:
    keys = [each.pk for each in series if each.frequency == Frequency.WEEK]
    rows = DemandHistory.objects.filter(
        series_id__in=keys, period__range=(axis.first, axis.until), quantity__isnull=False
    )
    found: dict[UUID, Line] = defaultdict(dict)
    for series_id, period, quantity in rows.values_list("series_id", "period", "quantity"):
        if quantity is not None:
            found[series_id][monday_of(period)] = float(quantity)
    return found
