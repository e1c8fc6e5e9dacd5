"""Versions of weekly demand: every statement is kept, the newest counts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from collab.masterdata.refusals import Refused, VersionConflict, clean_decimal, clean_text
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id, acting_person_id
from forecasting.daily import calendar_for, next_period
from forecasting.engine.classify import DemandClass
from forecasting.models import DemandSeries, DemandVersion, ForecastRun, SeriesForecast, Step
from forecasting.week_figures import (
    THOUSANDTH,
    WEEK,
    Quantity,
    Weekly,
    WeeklyRange,
    monday_of,
    weeks_from_buckets,
)

BATCH = 1_000
LONGEST_NOTE = 400
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """A version to be: the figures of a series, who made them, and since when they hold.

    ``reasons`` maps a Monday (ISO date) to the planner's reason. ``changed_at`` is the sender's
    time of change for messages, else now. One that is not current is kept to be measured and
    blended, beside the version that counts.
    """

    series_id: UUID
    step: str
    likely: Weekly
    low: Weekly | None = None
    high: Weekly | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    source_id: UUID | None = None
    changed_at: datetime
    is_current: bool = True


def add_version(new: NewVersion) -> DemandVersion:
    """Keep one version and make it the current one."""
    return add_versions([new])[0]


@transaction.atomic
def add_versions(wanted: Sequence[NewVersion]) -> list[DemandVersion]:
    """Keep at most one version for each of many series, current where they say so.

    Bounds are cut or filled (missing) to the weeks of the likely figures. Raises ``ValueError``
    for two versions of one series.
    """
    owner = acting_organisation_id()
    keys = [each.series_id for each in wanted]
    if len(set(keys)) < len(keys):
        raise ValueError("expected at most one version a series, got several")
    # The series rows are the locks: two writers of one series number their versions in turn.
    list(
        DemandSeries.objects.filter(pk__in=keys, owner_id=owner)
        .order_by("pk")
        .select_for_update(of=("self",))
        .values_list("pk")
    )
    numbers = dict(
        DemandVersion.objects.filter(series_id__in=keys)
        .values_list("series_id")
        .annotate(last=Max("number"))
    )
    leading = [each.series_id for each in wanted if each.is_current]
    DemandVersion.objects.filter(series_id__in=leading, is_current=True).update(is_current=False)
    rows = [_row(each, numbers.get(each.series_id, 0) + 1) for each in wanted]
    return DemandVersion.objects.bulk_create(rows, batch_size=BATCH)


@transaction.atomic
def versions_from_run(
    run_id: UUID, *, is_adopted: bool = False, as_of: datetime | None = None
) -> int:
    """Keep the statistics of a finished run as versions; return how many are new.

    They count where nothing or older statistics counted; what a planner, a signal or a message
    said stays in force unless the run ``is_adopted``, which makes all of them current. Months
    become weeks by the working days of the site's calendar, each week with the 10 and 90 %
    bounds. Weeks from the current one on are kept. A second call changes nothing. Raises
    ``Refused`` for a run that has not ended.
    """
    now = as_of or timezone.now()
    run = ForecastRun.objects.select_for_update(of=("self",)).filter(pk=run_id).first()
    if run is None or run.finished_at is None or run.first_period is None:
        raise Refused("run", "a forecast run that has ended", run_id)
    taken = set(
        DemandVersion.objects.filter(step=Step.STATISTICS, source_id=run_id).values_list(
            "series_id", flat=True
        )
    )
    found = SeriesForecast.objects.filter(run_id=run_id).select_related("series")
    pending = [each for each in found if each.mean and each.series_id not in taken]
    overruled: set[UUID] = set()
    if not is_adopted:
        said = DemandVersion.objects.filter(is_current=True).exclude(step=Step.STATISTICS)
        overruled = set(said.values_list("series_id", flat=True))
    calendars = {code: calendar_for(code) for code in {each.series.site_code for each in pending}}
    first_week = monday_of(own_day(now))
    wanted = []
    for each in pending:
        weekly = _weeks(run, each, calendars[each.series.site_code], first_week)
        if weekly is not None:
            wanted.append(
                NewVersion(
                    series_id=each.series_id,
                    step=Step.STATISTICS.value,
                    likely=weekly.likely,
                    low=weekly.low,
                    high=weekly.high,
                    source_id=run_id,
                    changed_at=now,
                    is_current=each.series_id not in overruled,
                )
            )
    add_versions(wanted)
    if is_adopted:
        _lead(run_id, taken)
    return len(wanted)


@transaction.atomic
def override(
    series_id: UUID,
    *,
    cells: Mapping[date, Decimal | int | str | None],
    reasons: Mapping[date, str],
    number: int | None = None,
    note: str = "",
    as_of: datetime | None = None,
) -> DemandVersion:
    """Let a planner overrule single weeks (keyed by Monday); each needs a reason (FC-23).

    ``number`` is that of the version the planner saw; ``None`` takes whatever there is. What is
    said again changes nothing. Raises ``Refused`` for a week of the past, a quantity that is
    none or a missing reason, ``VersionConflict`` if somebody was faster.
    """
    now = as_of or timezone.now()
    series = _own_series(series_id)
    before = current_version(series_id)
    standing = before.number if before else 0
    if number is not None and number != standing:
        raise VersionConflict(standing, number)
    figures = {week: check_cell(week, quantity, now=now) for week, quantity in cells.items()}
    changed = {
        week: quantity
        for week, quantity in figures.items()
        if before is None or weekly_of(before).at(week) != quantity
    }
    if before is not None and not changed:
        return before
    if not changed:
        raise Refused("cells", "at least one week", "none")
    why = {week.isoformat(): _reason(reasons.get(week, "")) for week in changed}
    likely = weekly_of(before).changed(changed) if before else Weekly.of(changed)
    kept = dict(before.reasons) if before else {}
    return add_version(
        NewVersion(
            series_id=series.pk,
            step=Step.PLANNER.value,
            likely=likely,
            low=_bound(before, "low", changed, likely),
            high=_bound(before, "high", changed, likely),
            reasons={**kept, **why},
            note=clean_text("note", note, LONGEST_NOTE, required=False),
            source_id=before.pk if before else None,
            changed_at=now,
        )
    )


def check_cell(week: date, quantity: Decimal | int | str | None, *, now: datetime) -> Quantity:
    """Return the quantity of a cell; raise ``Refused`` naming its week where it is none."""
    name = week.isoformat()
    if week.weekday():
        raise Refused(name, "the Monday of a week", name)
    if week < monday_of(own_day(now)):
        raise Refused(name, "a week from the current one on", name)
    if quantity is None or quantity == "":
        return None
    return clean_decimal(name, quantity, digits=18, places=3, at_least=Decimal(0)).quantize(
        THOUSANDTH
    )


def current_version(series_id: UUID) -> DemandVersion | None:
    """Return the version of a series that counts."""
    return DemandVersion.objects.filter(series_id=series_id, is_current=True).first()


def weekly_of(row: Any) -> Weekly:
    """Return the weekly figures of a version, schedule or commit."""
    return Weekly(row.first_week, tuple(row.quantities))


def _row(new: NewVersion, number: int) -> DemandVersion:
    weeks = new.likely.weeks()
    return DemandVersion(
        owner_id=acting_organisation_id(),
        series_id=new.series_id,
        number=number,
        step=new.step,
        is_current=new.is_current,
        first_week=new.likely.first_week,
        quantities=list(new.likely.quantities),
        low=new.low.aligned(weeks) if new.low else None,
        high=new.high.aligned(weeks) if new.high else None,
        reasons=dict(new.reasons),
        note=new.note,
        source_id=new.source_id,
        author_id=acting_person_id(),
        changed_at=new.changed_at,
    )


def _own_series(series_id: UUID) -> DemandSeries:
    found: DemandSeries = DemandSeries.objects.select_for_update(of=("self",)).get(
        pk=series_id, owner_id=acting_organisation_id()
    )
    return found


def _reason(text: str) -> str:
    if not text.strip():
        raise Refused("reason", "a reason why the forecast is overruled", text)
    return clean_text("reason", text, LONGEST_REASON)


def _bound(
    before: DemandVersion | None, name: str, changed: Iterable[date], likely: Weekly
) -> Weekly | None:
    """Return the bounds as they were; a week that the planner overruled has none any more."""
    stated = getattr(before, name) if before else None
    if stated is None or before is None:
        return None
    gone = set(changed)
    old = Weekly(before.first_week, tuple(stated))
    return Weekly(
        likely.first_week,
        tuple(None if week in gone else old.at(week) for week in likely.weeks()),
    )


def _lead(run_id: UUID, series_ids: Collection[UUID]) -> None:
    """Make versions that a run left before the current ones, in place of what counted."""
    DemandVersion.objects.filter(series_id__in=series_ids, is_current=True).update(is_current=False)
    newest = (
        DemandVersion.objects.filter(
            series_id__in=series_ids, source_id=run_id, step=Step.STATISTICS
        )
        .order_by("series_id", "-number")
        .distinct("series_id")
    )
    DemandVersion.objects.filter(pk__in=[each.pk for each in newest]).update(is_current=True)


Bucket = tuple[list[date], float, float, float]


def _buckets(run: ForecastRun, found: SeriesForecast, calendar: Any) -> tuple[list[Bucket], date]:
    """Return each bucket of the forecast with its working days, and the last day of all."""
    first: date = run.first_period  # type: ignore[assignment]  # checked by the caller
    low, high = (found.quantiles.get(level) or found.mean for level in ("0.1", "0.9"))
    buckets: list[Bucket] = []
    for mean, least, most in zip(found.mean, low, high, strict=True):
        after = next_period(first, run.frequency)
        days = [first + timedelta(days=place) for place in range((after - first).days)]
        worked = [day for day in days if run.frequency == "D" or calendar.is_working(day)]
        buckets.append((worked, mean, least, most))
        first = after
    return buckets, first - timedelta(days=1)


def _weeks(
    run: ForecastRun, found: SeriesForecast, calendar: Any, first_week: date
) -> WeeklyRange | None:
    """Return the forecast by week from ``first_week`` on, missing where the part is withdrawn."""
    buckets, end = _buckets(run, found, calendar)
    whole = monday_of(end + timedelta(days=1)) - WEEK  # the last week that ends in time
    first = min(monday_of(run.first_period), whole)  # type: ignore[arg-type]  # checked before
    weekly = _from(weeks_from_buckets(buckets, first=first, last=whole), first_week)
    if weekly is not None and found.demand_class == DemandClass.WITHDRAWN:
        return _missing(weekly)  # nobody can order it any more, which is not zero
    return weekly


def _missing(weekly: WeeklyRange) -> WeeklyRange:
    """Return the same weeks without a figure in any."""
    none = Weekly(weekly.likely.first_week, (None,) * len(weekly.likely.quantities))
    return WeeklyRange(none, none, none)


def _from(found: WeeklyRange, first_week: date) -> WeeklyRange | None:
    """Return the weeks from the current one on; none if all are past."""
    kept = WeeklyRange(*(each.since(first_week) for each in (found.likely, found.low, found.high)))
    return kept if kept.likely.quantities else None
