"""Measured values against their limits: one exception on the handling unit (IN-14).

The standing of a metric is kept with its newest reading. Readings that come in order are folded
onto it; late ones have folded what lies around them (``inventory.services.reading_windows``).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from collab.organisations.context import acting_organisation_id
from inventory.models import Device, LatestReading, SensorLimit, UnitState
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
    most_specific,
)
from inventory.sensor_alerts import Crossing, settle_crossing, tell_of_past
from inventory.services.reading_facts import Fresh
from inventory.services.reading_windows import END, Window, fold_windows

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
class Limits:
    """The limits of the acting organisation that may count for some metrics."""

    rows: Sequence[SensorLimit]
    parts: Mapping[str, UUID]  # by thing

    def of(self, metric: str, unit: str, thing: str, device_kind: str) -> SensorLimit | None:
        """Return the limit that counts for a metric on a thing; ``None`` if none does."""
        scopes = [
            Scope(each.metric, each.unit, each.thing, each.part_id, each.device_kind)
            for each in self.rows
        ]
        measured = Scope(metric, unit, thing, self.parts.get(thing), device_kind)
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
    metrics = {metric for _device, metric in groups}
    limits = limits_for(metrics, [device.thing for device in devices.values()])
    if not limits.rows:
        return
    rows = LatestReading.objects.filter(
        owner_id=acting_organisation_id(), device_id__in=devices, metric__in=metrics
    )
    in_turn, late = [], []
    for row in rows:
        device, mine = devices[row.device_id], groups.get((row.device_id, row.metric))
        limit = limits.of(row.metric, row.unit, device.thing, device.kind)
        if not mine or limit is None:
            continue
        keys = sorted(mine, key=lambda each: each.key)
        if row.judged is not None and row.judged < keys[0].key and _is_judged_by(row, limit):
            in_turn.append(_in_turn(row, device, limit, keys))
        else:
            late.append(_Late(row, device, limit, keys[0], keys[-1]))
    _keep([*in_turn, *_judge_late(late)], as_of)


def judge_rows(keys: Sequence[UUID], *, as_of: datetime) -> int:
    """Judge newest readings anew, by the limits that hold now; return how many there were."""
    rows = LatestReading.objects.filter(owner_id=acting_organisation_id(), pk__in=keys)
    with transaction.atomic():
        # The order in which readings are taken: devices first, so that nobody waits in a circle.
        own = Device.objects.filter(pk__in=rows.values("device_id"))
        list(own.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        found = list(rows.select_related("device").order_by("pk"))
        judge_again(found, as_of=as_of)
    return len(found)


def judge_again(rows: Sequence[LatestReading], *, as_of: datetime) -> None:
    """Judge newest readings from history, by the limits and attachments that hold now."""
    limits = limits_for({row.metric for row in rows}, [row.device.thing for row in rows])
    judged, anew = [], []
    for row in rows:
        device = row.device
        limit = limits.of(row.metric, row.unit, device.thing, device.kind)
        if limit is None:
            judged.append(_Judged(row, device, None, Folded(INSIDE), row.reading))
        else:
            anew.append((row, device, limit))
    windows = [_all_of(row, device, limit) for row, device, limit in anew]
    for (row, device, limit), outlook in zip(anew, fold_windows(windows), strict=True):
        judged.append(_Judged(row, device, limit, outlook.folded, row.reading))
    _keep(judged, as_of, tells_of_past=False)


@dataclass(frozen=True, slots=True)
class _Late:
    """A metric whose readings cannot be folded onto its standing: from ``first`` to ``last``."""

    row: LatestReading
    device: Device
    limit: SensorLimit
    first: Fresh
    last: Fresh

    @property
    def window(self) -> Window:
        """What has to be folded: all of it where no standing was kept by this limit."""
        if self.row.judged is None or not _is_judged_by(self.row, self.limit):
            return _all_of(self.row, self.device, self.limit, since=self.first.sensed_at)
        return Window(
            device_id=self.device.pk,
            metric=self.row.metric,
            rule=rule_of(self.limit),
            floor=lower_bound(max(self.device.attached_at, self.first.sensed_at - LOOK_BACK)),
            first=self.first.key,
            last=self.last.key,
        )


@dataclass(frozen=True, slots=True)
class _Judged:
    """A metric that was judged; ``limit`` is ``None`` where none counts any more.

    ``is_as_before`` says that only what is past was folded: how it stands has not changed.
    """

    row: LatestReading
    device: Device
    limit: SensorLimit | None
    folded: Folded
    judged: UUID
    is_as_before: bool = False


def _in_turn(
    row: LatestReading, device: Device, limit: SensorLimit, mine: Sequence[Fresh]
) -> _Judged:
    """Fold readings that are newer than all before onto the standing."""
    folded = fold(
        rule_of(limit),
        [Measured(each.sensed_at, each.number or 0.0) for each in mine],
        _standing(row),
    )
    return _Judged(row, device, limit, folded, mine[-1].key)


def _judge_late(late: Sequence[_Late]) -> Iterator[_Judged]:
    """Fold what lies around late readings; where that ends inside, the standing stays."""
    windows = [each.window for each in late]
    for each, window, outlook in zip(late, windows, fold_windows(windows), strict=True):
        row, folded = each.row, outlook.folded
        newest = max(each.last.key, row.judged or each.last.key, row.reading)
        stays = outlook.is_closed and window.last is not END
        if stays:
            folded = Folded(_standing(row), folded.ended)
        yield _Judged(row, each.device, each.limit, folded, newest, stays)


def _all_of(
    row: LatestReading, device: Device, limit: SensorLimit, *, since: datetime | None = None
) -> Window:
    """Return the window of all that counts of a metric."""
    begin = min(row.sensed_at, since or row.sensed_at) - LOOK_BACK
    floor = lower_bound(max(device.attached_at, begin))
    return Window(
        device_id=device.pk, metric=row.metric, rule=rule_of(limit), floor=floor, first=floor
    )


def _is_judged_by(row: LatestReading, limit: SensorLimit) -> bool:
    return (row.least, row.most) == (limit.least, limit.most)


def _standing(row: LatestReading) -> Standing:
    return Standing(Side(row.side), row.beyond_since, row.is_breached)


def _keep(judged: Sequence[_Judged], as_of: datetime, *, tells_of_past: bool = True) -> None:
    """Write the standings, then raise and clear what changed."""
    if not judged:
        return
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, _columns(judged))
    units = units_of({each.device.thing for each in judged if each.device.thing})
    for each in judged:
        if each.is_as_before and not each.folded.ended:
            continue
        crossing = _crossing(each, units.get(each.device.thing))
        is_breached = each.folded.standing.is_breached
        if not each.is_as_before and (is_breached or each.row.is_breached):
            settle_crossing(crossing, is_breached=is_breached, as_of=as_of)
        elif tells_of_past and each.folded.ended and not is_breached:
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


def limits_for(metrics: set[str], things: Iterable[str]) -> Limits:
    """Return the limits of metrics, with the parts of the things they may hold for."""
    own = acting_organisation_id()
    rows = list(SensorLimit.objects.filter(owner_id=own, metric__in=metrics).order_by("pk"))
    parts: dict[str, UUID] = {}
    if any(row.part_id for row in rows):
        units = units_of({thing for thing in things if thing})
        parts = {thing: unit.part_id for thing, unit in units.items() if unit.part_id}
    return Limits(rows, parts)


def units_of(things: set[str]) -> dict[str, UnitState]:
    """Return the states of own handling units by their names."""
    if not things:
        return {}
    rows = UnitState.objects.filter(owner_id=acting_organisation_id(), thing__in=things)
    return {row.thing: row for row in rows}


def rule_of(limit: SensorLimit) -> Limit:
    """Return a limit as the rules want it."""
    return Limit(limit.least, limit.most, timedelta(seconds=limit.duration_s))
