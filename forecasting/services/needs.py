"""Daily demand as the releases have it: firm first, beyond it a blend, orders consume forecasts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from forecasting.daily import SiteCalendar, calendar_for
from forecasting.events import DemandForecast
from forecasting.models import (
    AccuracyFigure,
    DailyDemand,
    DeliverySchedule,
    DemandVersion,
    OrderLine,
    Step,
)
from forecasting.rules.blend import ForecastBucket, Order, blend, consume
from forecasting.services.documents import ONE_DAY, ZERO, DocumentLine, spread_line
from forecasting.services.releases import LAST_DAY, Before, standing
from forecasting.week_figures import THOUSANDTH, WEEK, Weekly, monday_of, weeks_between

SERIES_PER_EVENT = 50  # a supplier recomputes its coverage in one short transaction
NET_EARLY_DAYS, NET_LATE_DAYS = 7, 7
RELEASE_STEP = "release"
ORDERED = (OrderLine.State.OPEN, OrderLine.State.CONFIRMED, OrderLine.State.APPROVAL)
_INSERT = """
INSERT INTO forecasting_dailydemand (id, owner_id, counterparty_id, series_id, part_number,
                                     site_code, "on", quantity, source)
SELECT d.id, %s, d.supplier, d.series, d.part, d.site, d.day, d.quantity, %s
  FROM unnest(%s::uuid[], %s::bigint[], %s::uuid[], %s::text[], %s::text[], %s::date[],
              %s::numeric[]) AS d(id, supplier, series, part, site, day, quantity)
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What else is known about the series of a chunk: statistics, bias by lag, orders."""

    statistics: Mapping[UUID, Weekly]
    bias: Mapping[UUID, Mapping[int, Decimal]]
    orders: Mapping[tuple[int, str, str], Sequence[Order]]


@transaction.atomic
def refresh_needs(series_ids: Collection[UUID], *, as_of: datetime | None = None) -> int:
    """Rewrite the daily demand of released series from today on; return how many there are.

    Inside the firm zone the release stands; beyond it weeks are a blend of release and newest
    statistics by the measured bias at that lag (FC-23), net of orders. Doing it again changes
    nothing. Publishes ``DemandForecast``, so that coverage follows.
    """
    today = own_day(as_of)
    found = [each for each in standing(series_ids).values() if each.lines]
    if not found:
        return 0
    evidence = evidence_for(found, today)
    calendars = {code: calendar_for(code) for code in {each.schedule.site_code for each in found}}
    days: list[tuple[DeliverySchedule, date, Decimal]] = []
    clearing = Q()
    for each in found:
        needs = needs_of(each, evidence, calendars[each.schedule.site_code], today)
        if not needs:
            continue
        last = max(needs)
        days += [
            (each.schedule, day, need) for day, need in sorted(needs.items()) if need or day == last
        ]
        clearing |= Q(series_id=each.schedule.series_id, on__lte=last)
    _clear([each.schedule.series_id for each in found], clearing, today)
    _insert(days)
    _announce(found)
    return len(found)  # fmt: skip


def needs_of(
    before: Before, evidence: Evidence, calendar: SiteCalendar, today: date
) -> dict[date, Decimal]:
    """Return the demand per day [base units] from ``today`` to the end of the release."""
    schedule = before.schedule
    firm_until = schedule.firm_until or (today - ONE_DAY)
    found: defaultdict[date, Decimal] = defaultdict(Decimal)
    later: defaultdict[date, Decimal] = defaultdict(Decimal)
    for line in before.lines:
        if line.due_until < today:
            continue
        stated = DocumentLine(
            commitment=line.commitment,
            due_from=max(line.due_from, today),
            due_until=line.due_until,
            quantity=line.quantity,
        )
        for day, quantity in spread_line(stated, calendar.is_working).items():
            if stated.is_bound or day <= firm_until:
                found[day] += quantity
            else:
                later[monday_of(day)] += quantity
    if later:
        for day, quantity in _beyond(schedule, later, evidence, calendar, today).items():
            found[day] += quantity
    return dict(found)


def evidence_for(found: Sequence[Before], today: date) -> Evidence:
    """Return statistics, bias and orders of the series; three queries."""
    keys = [each.schedule.series_id for each in found]
    statistics = {
        each.series_id: Weekly(each.first_week, tuple(each.quantities))
        for each in DemandVersion.objects.filter(series_id__in=keys, step=Step.STATISTICS)
        .order_by("series_id", "-number")
        .distinct("series_id")
    }
    bias: dict[UUID, dict[int, Decimal]] = defaultdict(dict)
    for key, lag, measures in AccuracyFigure.objects.filter(
        series_id__in=keys, step=RELEASE_STEP
    ).values_list("series_id", "lag_weeks", "measures"):
        if (value := measures.get("bias")) is not None:
            bias[key][lag] = Decimal(str(value))
    orders: dict[tuple[int, str, str], list[Order]] = defaultdict(list)
    lines = OrderLine.objects.filter(
        owner_id=acting_organisation_id(),
        part_number__in={each.schedule.part_number for each in found},
        state__in=ORDERED,
        due_on__gte=today,
    )
    for line in lines.order_by("due_on", "pk"):
        asked = (line.counterparty_id, line.part_number, line.site_code)
        orders[asked].append(Order(line.due_on, line.quantity))
    return Evidence(statistics, bias, orders)


def _beyond(
    schedule: DeliverySchedule,
    later: Mapping[date, Decimal],
    evidence: Evidence,
    calendar: SiteCalendar,
    today: date,
) -> dict[date, Decimal]:
    """Return the days beyond the firm zone: the blended weeks net of orders, and the orders."""
    weeks = weeks_between(min(later), max(later))
    asked = [later.get(week, ZERO) for week in weeks]
    known = evidence.statistics.get(schedule.series_id)
    stated = known.aligned(weeks) if known else [None] * len(weeks)
    statistical = [
        mine if theirs is None else theirs for mine, theirs in zip(asked, stated, strict=True)
    ]
    lags = evidence.bias.get(schedule.series_id, {})
    bias = [_nearest(lags, (week - monday_of(today)).days // 7) for week in weeks]
    blended = blend(asked, statistical, firm_buckets=0, bias=bias)
    key = (schedule.counterparty_id, schedule.part_number, schedule.site_code)
    start = max(weeks[0], (schedule.firm_until or today) + ONE_DAY)
    orders = [
        each
        for each in evidence.orders.get(key, ())
        if start <= each.due_on <= weeks[-1] + LAST_DAY
    ]
    net = consume(
        [
            ForecastBucket(week, week + WEEK, quantity.quantize(THOUSANDTH))
            for week, quantity in zip(weeks, blended, strict=True)
        ],
        orders,
        net_early_days=NET_EARLY_DAYS,
        net_late_days=NET_LATE_DAYS,
    ).net
    found: defaultdict[date, Decimal] = defaultdict(Decimal)
    for week, quantity in zip(weeks, net, strict=True):
        line = DocumentLine(
            commitment="forecast",
            due_from=max(week, start),
            due_until=week + LAST_DAY,
            quantity=quantity,
        )
        for day, share in spread_line(line, calendar.is_working).items():
            found[day] += share
    for order in orders:
        found[order.due_on] += order.quantity
    return found


def _nearest(lags: Mapping[int, Decimal], lag: int) -> Decimal | None:
    """Return the bias measured at the lag nearest to ``lag``, the shorter of two; None without."""
    if not lags:
        return None
    return lags[min(lags, key=lambda each: (abs(each - lag), each))]


def _clear(series_ids: Sequence[UUID], clearing: Q, today: date) -> None:
    """Delete what older releases asked for, and forecasts inside the new ones' horizons."""
    ahead = DailyDemand.objects.filter(
        owner_id=acting_organisation_id(), series_id__in=series_ids, on__gte=today
    )
    ahead.filter(source=DailyDemand.Source.RELEASE).delete()
    if clearing:
        ahead.filter(clearing).delete()


def _insert(days: Sequence[tuple[DeliverySchedule, date, Decimal]]) -> None:
    """Write all days in one statement: a release of many series has a hundred thousand."""
    if not days:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                acting_organisation_id(),
                DailyDemand.Source.RELEASE.value,
                [str(uuid7()) for _ in days],
                [row.counterparty_id for row, _day, _need in days],
                [str(row.series_id) for row, _day, _need in days],
                [row.part_number for row, _day, _need in days],
                [row.site_code for row, _day, _need in days],
                [day for _row, day, _need in days],
                [need for _row, _day, need in days],
            ],
        )


def _announce(found: Iterable[Before]) -> None:
    by_supplier: dict[int, list[Any]] = defaultdict(list)
    for each in found:
        by_supplier[each.schedule.counterparty_id].append(str(each.schedule.series_id))
    for supplier_id, keys in by_supplier.items():
        for start in range(0, len(keys), SERIES_PER_EVENT):
            publish(
                DemandForecast(
                    change_id=str(uuid7()),
                    supplier_id=supplier_id,
                    series_ids=keys[start : start + SERIES_PER_EVENT],
                )
            )
