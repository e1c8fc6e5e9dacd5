"""Measured values against their limits: one exception on the handling unit (IN-14).

The standing of a metric is kept with its newest reading. Readings that come in order are folded
onto it; a late one has it folded anew from the last reading inside before it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from collab.organisations.context import acting_organisation_id
from inventory.models import Device, LatestReading, SensorLimit, SensorReading, UnitState
from inventory.rules.event_ids import lower_bound
from inventory.rules.sensor_limits import (
    INSIDE,
    Folded,
    Limit,
    Measured,
    Scope,
    Side,
    Standing,
    fold,
    from_last_inside,
    most_specific,
)
from inventory.sensor_alerts import Crossing, settle_crossing, tell_of_past
from inventory.services.reading_facts import Fresh

LOOK_BACK: Final = timedelta(days=3)
"""How far a late reading is folded back: what was outside before counts from there on."""

_Group = tuple[UUID, str]
_STANDINGS = """
UPDATE inventory_latestreading l
   SET least = r.least, most = r.most, side = r.side, beyond_since = r.since,
       is_breached = r.is_breached, judged = r.judged
  FROM unnest(%s::uuid[], %s::float8[], %s::float8[], %s::text[], %s::timestamptz[],
              %s::boolean[], %s::uuid[])
       AS r(id, least, most, side, since, is_breached, judged)
 WHERE l.id = r.id AND l.owner_id = %s
"""


@dataclass(frozen=True, slots=True)
class _Limits:
    """The limits of the acting organisation that may count for some metrics."""

    rows: Sequence[SensorLimit]
    parts: Mapping[str, UUID]  # by thing

    def of(self, row: LatestReading, device: Device) -> SensorLimit | None:
        """Return the limit that counts for a metric of a device; ``None`` if none does."""
        scopes = [
            Scope(each.metric, each.unit, each.thing, each.part_id, each.device_kind)
            for each in self.rows
        ]
        part_id = self.parts.get(device.thing)
        measured = Scope(row.metric, row.unit, device.thing, part_id, device.kind)
        place = most_specific(scopes, measured)
        return None if place is None else self.rows[place]


def judge_fresh(fresh: Sequence[Fresh], *, as_of: datetime) -> None:
    """Judge readings that were just taken; raise and clear what follows."""
    groups: dict[_Group, list[Fresh]] = defaultdict(list)
    for each in fresh:
        if each.number is not None and each.sensed_at >= each.device.attached_at:
            groups[each.device.pk, each.metric].append(each)
    if not groups:
        return
    devices = {each.device.pk: each.device for each in fresh}
    limits = _limits_for({metric for _device, metric in groups}, devices.values())
    if not limits.rows:
        return
    rows = LatestReading.objects.filter(
        owner_id=acting_organisation_id(),
        device_id__in={key for key, _metric in groups},
        metric__in={metric for _key, metric in groups},
    )
    judged = []
    for row in rows:
        device = devices[row.device_id]
        mine, limit = groups.get((row.device_id, row.metric)), limits.of(row, device)
        if mine and limit is not None:
            judged.append(_judge(row, device, limit, sorted(mine, key=lambda each: each.key)))
    _keep(judged, as_of)


@transaction.atomic
def judge_metric(metric: str, *, as_of: datetime) -> int:
    """Judge a metric of all devices anew: a limit of it changed. Return how many were judged."""
    rows = list(
        LatestReading.objects.filter(owner_id=acting_organisation_id(), metric=metric)
        .select_related("device")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    judge_again(rows, as_of=as_of)
    return len(rows)


def judge_again(rows: Sequence[LatestReading], *, as_of: datetime) -> None:
    """Judge newest readings from history, by the limits and attachments that hold now."""
    limits = _limits_for({row.metric for row in rows}, [row.device for row in rows])
    judged = []
    for row in rows:
        limit = limits.of(row, row.device)
        if limit is None:
            judged.append(_Judged(row, row.device, None, Folded(INSIDE), row.reading))
        else:
            folded = _folded_from(row, row.device, _rule(limit), None)
            judged.append(_Judged(row, row.device, limit, folded, row.reading))
    _keep(judged, as_of, tells_of_past=False)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A metric that was judged; ``limit`` is ``None`` where none counts any more."""

    row: LatestReading
    device: Device
    limit: SensorLimit | None
    folded: Folded
    judged: UUID


def _judge(
    row: LatestReading, device: Device, limit: SensorLimit, mine: Sequence[Fresh]
) -> _Judged:
    rule, first, last = _rule(limit), mine[0].key, mine[-1].key
    if row.judged is None or first <= row.judged:
        folded = _folded_from(row, device, rule, first)
        return _Judged(row, device, limit, folded, max(last, row.judged or last, row.reading))
    standing = Standing(Side(row.side), row.beyond_since, row.is_breached)
    folded = fold(rule, [Measured(each.sensed_at, each.number or 0.0) for each in mine], standing)
    return _Judged(row, device, limit, folded, last)


def _folded_from(row: LatestReading, device: Device, rule: Limit, first: UUID | None) -> Folded:
    """Fold what is stored from a reading on; from all that counts where none is named."""
    floor = lower_bound(max(device.attached_at, row.sensed_at - LOOK_BACK))
    stored = SensorReading.objects.filter(
        owner_id=row.owner_id, device_id=row.device_id, metric=row.metric, number__isnull=False
    ).filter(pk__gte=floor)
    if first is None:
        return fold(rule, _measured(stored.order_by("pk")))
    start = from_last_inside(rule, _measured(stored.filter(pk__lt=first).order_by("-pk")))
    return fold(rule, [*start, *_measured(stored.filter(pk__gte=first).order_by("pk"))])


def _measured(stored: QuerySet[SensorReading]) -> Iterator[Measured]:
    for at, number in stored.values_list("sensed_at", "number").iterator(chunk_size=500):
        yield Measured(at, number or 0.0)


def _keep(judged: Sequence[_Judged], as_of: datetime, *, tells_of_past: bool = True) -> None:
    """Write the standings, then raise and clear what changed."""
    if not judged:
        return
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, _columns(judged))
    units = _units({each.device.thing for each in judged if each.device.thing})
    for each in judged:
        crossing = _crossing(each, units.get(each.device.thing))
        is_breached = each.folded.standing.is_breached
        if is_breached or each.row.is_breached:
            settle_crossing(crossing, is_breached=is_breached, as_of=as_of)
        elif tells_of_past and each.folded.ended:
            tell_of_past(crossing, each.folded.ended[-1])


def _columns(judged: Sequence[_Judged]) -> list[Any]:
    standings = [each.folded.standing for each in judged]
    return [
        [str(each.row.pk) for each in judged],
        [each.limit.least if each.limit else None for each in judged],
        [each.limit.most if each.limit else None for each in judged],
        [each.side.value for each in standings],
        [each.since for each in standings],
        [each.is_breached for each in standings],
        [str(each.judged) for each in judged],
        acting_organisation_id(),
    ]


def _crossing(each: _Judged, unit: UnitState | None) -> Crossing:
    standing, row = each.folded.standing, each.row
    if standing.side is INSIDE.side and each.folded.ended:
        last = each.folded.ended[-1]
        standing = replace(standing, side=last.side, since=last.began_at)
    return Crossing(
        device_id=each.device.pk,
        device_code=each.device.code,
        unit_id=unit.pk if unit else None,
        thing=each.device.thing,
        part_number=unit.part_number if unit else "",
        site_code=unit.site_code if unit else "",
        counterparty_id=each.device.counterparty_id,
        metric=row.metric,
        measured_in=row.unit,
        severity=each.limit.severity if each.limit else SensorLimit.Severity.WARNING.value,
        least=each.limit.least if each.limit else None,
        most=each.limit.most if each.limit else None,
        side=standing.side.value,
        since=standing.since,
    )


def _limits_for(metrics: set[str], devices: Iterable[Device]) -> _Limits:
    own = acting_organisation_id()
    rows = list(SensorLimit.objects.filter(owner_id=own, metric__in=metrics).order_by("pk"))
    parts: dict[str, UUID] = {}
    if any(row.part_id for row in rows):
        units = _units({device.thing for device in devices if device.thing})
        parts = {thing: unit.part_id for thing, unit in units.items() if unit.part_id}
    return _Limits(rows, parts)


def _units(things: set[str]) -> dict[str, UnitState]:
    if not things:
        return {}
    rows = UnitState.objects.filter(owner_id=acting_organisation_id(), thing__in=things)
    return {row.thing: row for row in rows}


def _rule(limit: SensorLimit) -> Limit:
    return Limit(limit.least, limit.most, timedelta(seconds=limit.duration_s))
