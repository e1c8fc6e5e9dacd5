"""When a capacity group needs a decision: weeks over capacity, and demand out of its corridor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from forecasting.axis import iso_week, monday_of, weeks_from
from forecasting.models import CapacityGroup, CapacityMatch

OBJECT_KIND = "forecasting.capacity"
SIMPLE = "forecasting.capacity_short"
CRITICAL = "forecasting.capacity_short_for_weeks"
VOLATILE = "forecasting.demand_volatile"
TYPES = (SIMPLE, CRITICAL, VOLATILE)


@dataclass(frozen=True, slots=True)
class Judged:
    """A group with its match."""

    group: CapacityGroup
    match: CapacityMatch


def judge_groups(found: Sequence[Judged], *, as_of: datetime) -> None:
    """Raise and clear the alerts of the acting supplier's groups (FC-15, FC-18).

    One alert per group and type, from the running week on. Those of a pool are its owner's alone.
    """
    keys = [each.group.pk for each in found]
    open_before = set(
        Alert.objects.filter(
            owner_id=acting_organisation_id(), object_id__in=keys, type__in=TYPES, is_open=True
        ).values_list("type", "object_id")
    )
    today = monday_of(own_day(as_of))
    for each in found:
        is_active = each.group.is_active
        for name, finder in ((SIMPLE, _short), (CRITICAL, _critical), (VOLATILE, _volatile)):
            concern = finder(each, today) if is_active else None
            _settle(name, each.group.pk, concern, open_before, as_of)


def _settle(
    name: str,
    group_id: UUID,
    concern: Concern | None,
    open_before: set[tuple[str, UUID]],
    at: datetime,
) -> None:
    if concern is not None:
        raise_alert(type=name, object_kind=OBJECT_KIND, object_id=group_id, concern=concern, at=at)
    elif (name, group_id) in open_before:
        clear_alert(type=name, object_kind=OBJECT_KIND, object_id=group_id, at=at)


def _short(judged: Judged, today: date) -> Concern | None:
    """Weeks in which demand is above actual capacity: red ones make it critical."""
    match = judged.match
    weeks = weeks_from(match.first_week, len(match.status))
    hit = [
        (week, word)
        for week, word in zip(weeks, match.status, strict=True)
        if word in {"flex", "bottleneck"} and week >= today
    ]
    if not hit:
        return None
    red = [week for week, word in hit if word == "bottleneck"]
    return _concern(
        judged.group,
        "critical" if red else "warning",
        {"first_week": iso_week(red[0] if red else hit[0][0]), "weeks": len(red or hit)},
    )


def _critical(judged: Judged, today: date) -> Concern | None:
    """Twelve weeks whose demand in sum is above their capacity in sum."""
    match = judged.match
    gaps = match.cumulative_gap or []
    hit = [
        (week, gap)
        for week, gap in zip(weeks_from(match.first_week, len(gaps)), gaps, strict=True)
        if gap is not None and gap > 0 and week >= today
    ]
    if not hit:
        return None
    missing: Decimal = max(gap for _week, gap in hit)
    params = {"first_week": iso_week(hit[0][0]), "missing": f"{missing.normalize():f}"}
    return _concern(judged.group, "critical", params)


def _volatile(judged: Judged, _today: date) -> Concern | None:
    """Weeks whose demand has left the agreed corridor since the last measurement."""
    swing = judged.match.volatility or {}
    breaches = swing.get("breaches") or []
    if not breaches:
        return None
    params = {
        "weeks": len(breaches),
        "first_week": iso_week(date.fromisoformat(breaches[0]["week"])),
        "absolute": swing.get("absolute", ""),
    }
    return _concern(judged.group, "warning", params)


def _concern(group: CapacityGroup, severity: str, params: dict[str, Any]) -> Concern:
    return Concern(
        severity=severity,
        counterparty_id=group.counterparty_id,
        title_params={"group": group.name, "unit": group.unit, **params},
    )


def name_types() -> None:
    """Give the alert types of capacity their texts, fullest first."""
    name_type(
        SIMPLE,
        ngettext_lazy(
            "%(group)s is over capacity in %(weeks)s week from %(first_week)s",
            "%(group)s is over capacity in %(weeks)s weeks from %(first_week)s",
            "weeks",
        ),
        _("A capacity group is over capacity"),
    )
    name_type(
        CRITICAL,
        _("%(group)s misses %(missing)s over 12 weeks from %(first_week)s"),
        _("A capacity group is over capacity for 12 weeks"),
        figures=("missing",),
    )
    name_type(
        VOLATILE,
        ngettext_lazy(
            "%(group)s: demand left its corridor in %(weeks)s week from %(first_week)s",
            "%(group)s: demand left its corridor in %(weeks)s weeks from %(first_week)s",
            "weeks",
        ),
        _("Demand left its corridor"),
    )
