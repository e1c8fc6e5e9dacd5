"""Late readings of a device that has moved on, judged on what it rode on then (IN-14)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from inventory.models import DeviceAttachment, SensorLimit
from inventory.rules.event_ids import lower_bound
from inventory.rules.sensor_limits import Breach, Limit
from inventory.sensor_alerts import Crossing, tell_of_past
from inventory.services.reading_facts import Fresh
from inventory.services.reading_limits import LOOK_BACK, limits_for, rule_of, units_of
from inventory.services.reading_windows import Outlook, Window, fold_windows

_Asked = tuple[DeviceAttachment, SensorLimit, list[Fresh]]


def judge_past(fresh: Sequence[Fresh], *, as_of: datetime) -> None:
    """Tell of limits that were crossed while a device was attached to something else.

    The limits are those of now. What was crossed is over, at the latest since the device was taken
    off: its exception opens and closes in the past, where ``as_of`` is later.
    """
    asked = _asked(fresh)
    windows = [_window(was, rule_of(limit), mine) for was, limit, mine in asked]
    units = units_of({was.thing for was, _limit, _mine in asked if was.thing})
    for (was, limit, mine), outlook in zip(asked, fold_windows(windows), strict=True):
        breach = _last_breach(outlook, was, rule_of(limit))
        if breach is None or (breach.ended_at or as_of) > as_of:
            continue
        said, unit = mine[0], units.get(was.thing)
        crossing = Crossing(
            device_id=said.device.pk,
            device_code=said.device.code,
            unit_id=unit.pk if unit else None,
            thing=was.thing,
            part_number=unit.part_number if unit else "",
            site_code=unit.site_code if unit else "",
            counterparty_id=was.counterparty_id,
            metric=said.metric,
            measured_in=said.unit,
            severity=limit.severity,
            least=limit.least,
            most=limit.most,
            side=breach.side.value,
            since=breach.began_at,
        )
        tell_of_past(crossing, breach)


def _asked(fresh: Sequence[Fresh]) -> list[_Asked]:
    """Return past attachments with the limit that counted and the readings, by their keys."""
    groups: dict[tuple[UUID, str], list[Fresh]] = defaultdict(list)
    for each in fresh:
        if each.past is not None and each.number is not None:
            groups[each.past.pk, each.metric].append(each)
    if not groups:
        return []
    limits = limits_for({metric for _key, metric in groups}, {each.thing for each in fresh})
    found: list[_Asked] = []
    for mine in groups.values():
        mine.sort(key=lambda each: each.key)
        was, said = mine[0].past, mine[0]
        limit = limits.of(said.metric, said.unit, said.thing, said.device.kind)
        if was is not None and limit is not None:
            found.append((was, limit, mine))
    return found


def _window(was: DeviceAttachment, rule: Limit, mine: Sequence[Fresh]) -> Window:
    return Window(
        device_id=mine[0].device.pk,
        metric=mine[0].metric,
        rule=rule,
        floor=lower_bound(max(was.began_at, mine[0].sensed_at - LOOK_BACK)),
        first=mine[0].key,
        last=mine[-1].key,
        ceiling=lower_bound(was.ended_at),
    )


def _last_breach(outlook: Outlook, was: DeviceAttachment, rule: Limit) -> Breach | None:
    """Return the last breach of a window; one that was open ended when the device was taken off."""
    standing = outlook.folded.standing
    if standing.is_breached and standing.since is not None:
        breached_at = standing.since + rule.duration
        limit = rule.least if rule.most is None else rule.most
        return Breach(standing.side, standing.since, breached_at, limit or 0.0, was.ended_at)
    return outlook.folded.ended[-1] if outlook.folded.ended else None
