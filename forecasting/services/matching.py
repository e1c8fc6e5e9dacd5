"""How the demand linked to capacity groups fits, computed anew when either side changes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from collab.events.bus import publish
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from forecasting.axis import WEEK, Quantities, aligned, monday_of, week_number, weeks_from
from forecasting.events import CapacityStated
from forecasting.models import (
    CapacityGroup,
    CapacityLink,
    CapacityMatch,
    DeliverySchedule,
    DemandSeries,
)
from forecasting.rules import capacity as rule
from forecasting.rules.capacity import LinkedDemand, Matching, MatchingStatus, WeekCapacity
from forecasting.rules.capacity_alert import capacity_alerts, status_change
from forecasting.services.capacity_alerts import Judged, judge_groups
from forecasting.services.volatility import measured

PER_EVENT = 200
ZERO = Decimal(0)
WORDS = {
    MatchingStatus.ZERO_DEVIATION: "zero",
    MatchingStatus.SURPLUS: "surplus",
    MatchingStatus.FLEXIBLE: "flex",
    MatchingStatus.BOTTLENECK: "bottleneck",
}
STATUSES = {word: status for status, word in WORDS.items()}
WORST_FIRST = ("bottleneck", "flex", "zero", "surplus", "none")


@dataclass(frozen=True, slots=True)
class Network:
    """The acting supplier's groups with their links, and the demand of the linked series."""

    groups: Mapping[UUID, CapacityGroup]
    links: Mapping[UUID, Sequence[CapacityLink]]
    demand: Mapping[UUID, tuple[date, Sequence[Decimal | None]]]
    inactive: Collection[UUID]

    def above(self, group_ids: Iterable[UUID]) -> set[UUID]:
        """Return these groups and all that contain one of them."""
        found = set(group_ids)
        while True:
            parents = {
                key
                for key, links in self.links.items()
                if key not in found and any(link.child_id in found for link in links)
            }
            if not parents:
                return found & set(self.groups)
            found |= parents


@transaction.atomic
def match_groups(group_ids: Iterable[UUID], *, as_of: datetime | None = None) -> list[UUID]:
    """Match these groups of the acting supplier and all that contain them; tell of what changed.

    Returns the groups whose match is new. The same demand and capacity again changes nothing.
    """
    now = as_of or timezone.now()
    network = read_network()
    wanted = network.above(group_ids)
    if not wanted:
        return []
    results = matched(network)
    before = {
        each.group_id: each
        for each in CapacityMatch.objects.select_for_update(of=("self",)).filter(
            group_id__in=wanted
        )
    }
    changed: list[CapacityMatch] = []
    judged: list[Judged] = []
    for key in sorted(wanted):
        group, old = network.groups[key], before.get(key)
        row, has_changed = _match_row(group, results.get(key, {}), old, network, now)
        if has_changed:
            row.save()
            changed.append(row)
        judged.append(Judged(group, row))
    judge_groups(judged, as_of=now)
    announce([network.groups[row.group_id] for row in changed])
    return [row.group_id for row in changed]


def match_series(series_ids: Collection[UUID], *, as_of: datetime | None = None) -> list[UUID]:
    """Match the acting supplier's groups that these series load."""
    links = CapacityLink.objects.filter(owner_id=acting_organisation_id(), series_id__in=series_ids)
    return match_groups(set(links.values_list("group_id", flat=True)), as_of=as_of)


def match_all(*, as_of: datetime) -> list[UUID]:
    """Match all groups of the acting supplier: weeks pass, and measurements fall due."""
    own = CapacityGroup.objects.filter(owner_id=acting_organisation_id())
    return match_groups(list(own.values_list("pk", flat=True)), as_of=as_of)


def announce(groups: Sequence[CapacityGroup]) -> None:
    """Tell of groups whose match or figures are new, customer by customer; pools to nobody."""
    by_customer: dict[int, list[str]] = {}
    for group in groups:
        by_customer.setdefault(group.counterparty_id, []).append(str(group.pk))
    for customer_id, keys in by_customer.items():
        for first in range(0, len(keys), PER_EVENT):
            publish(
                CapacityStated(
                    change_id=str(uuid4()),
                    customer_id=customer_id,
                    group_ids=keys[first : first + PER_EVENT],
                )
            )


def read_network() -> Network:
    """Return all groups of the acting supplier with links and demand; four queries."""
    us = acting_organisation_id()
    groups = {each.pk: each for each in CapacityGroup.objects.filter(owner_id=us)}
    links: dict[UUID, list[CapacityLink]] = {key: [] for key in groups}
    for link in CapacityLink.objects.filter(owner_id=us).order_by("pk"):
        links[link.group_id].append(link)
    keys = {link.series_id for each in links.values() for link in each if link.series_id}
    schedules = DeliverySchedule.objects.filter(
        series_id__in=keys, counterparty_id=us, is_current=True
    )
    inactive = DemandSeries.objects.filter(pk__in=keys, is_active=False)
    return Network(
        groups,
        links,
        {each.series_id: (each.first_week, each.quantities) for each in schedules},
        set(inactive.values_list("pk", flat=True)),
    )


def matched(network: Network) -> dict[UUID, dict[date, Matching]]:
    """Return per active group and week how demand and capacity stand; weeks without either lack."""
    active = {key: each for key, each in network.groups.items() if each.is_active and each.actual}
    if not active:
        return {}
    first = min(each.first_week for each in active.values())
    last = max(each.first_week + WEEK * len(each.actual) for each in active.values())
    axis = weeks_from(first, week_number(first, last))
    found = rule.match([_rule_group(each, network, axis, active) for each in active.values()])
    results: dict[UUID, dict[date, Matching]] = {}
    for key, group in active.items():
        known = known_weeks(key, network)
        actual = aligned(group.first_week, group.actual, axis)
        maximum = aligned(group.first_week, group.maximum, axis)
        results[key] = {
            week: matching
            for week, matching, a, m in zip(axis, found[str(key)], actual, maximum, strict=True)
            if a is not None and m is not None and week in known
        }
    return results


def known_weeks(group_id: UUID, network: Network) -> set[date]:
    """Return the weeks for which at least one series in a group, however deep, has a figure."""
    found: set[date] = set()
    waiting, done = [group_id], {group_id}
    while waiting:
        for link in network.links.get(waiting.pop(), ()):
            key = link.series_id
            if key is not None and key in network.demand and key not in network.inactive:
                first, quantities = network.demand[key]
                found |= {
                    week
                    for week, quantity in zip(
                        weeks_from(first, len(quantities)), quantities, strict=True
                    )
                    if quantity is not None
                }
            elif link.child_id is not None and link.child_id not in done:
                done.add(link.child_id)
                waiting.append(link.child_id)
    return found


def _rule_group(
    group: CapacityGroup, network: Network, axis: Sequence[date], active: Collection[UUID]
) -> rule.CapacityGroup:
    demands, children = [], []
    for link in network.links.get(group.pk, ()):
        if link.child_id is not None:
            if link.child_id in active:
                children.append(str(link.child_id))
            continue
        first, quantities = network.demand.get(link.series_id or group.pk, (axis[0], ()))
        weeks = tuple(each or ZERO for each in aligned(first, quantities, axis))
        demands.append(
            LinkedDemand(
                series=str(link.series_id),
                weeks=weeks,
                load_factor=link.load_factor,
                is_active=link.series_id not in network.inactive,
            )
        )
    if not demands and not children:  # all that it held has gone: nothing loads it
        demands.append(LinkedDemand(series="", weeks=(ZERO,) * len(axis), is_active=False))
    return rule.CapacityGroup(
        name=str(group.pk),
        weeks=_capacities(group, axis),
        demands=tuple(demands),
        groups=tuple(children),
    )


def _capacities(group: CapacityGroup, axis: Sequence[date]) -> tuple[WeekCapacity, ...]:
    columns = (
        aligned(group.first_week, getattr(group, name), axis)
        for name in ("actual", "maximum", "delta")
    )
    found = []
    for actual, maximum, delta in zip(*columns, strict=True):
        low = actual or ZERO
        high = max(low, maximum if maximum is not None else low)
        found.append(WeekCapacity(actual=low, maximum=high, delta=delta or ZERO))
    return tuple(found)


def _match_row(
    group: CapacityGroup,
    result: Mapping[date, Matching],
    old: CapacityMatch | None,
    network: Network,
    now: datetime,
) -> tuple[CapacityMatch, bool]:
    """Return the group's match as it is now, not yet saved, and whether it differs from before."""
    weeks = weeks_from(group.first_week, len(group.actual))
    demand: Quantities = [result[week].demand if week in result else None for week in weeks]
    status = [WORDS[result[week].status] if week in result else "none" for week in weeks]
    gaps = _cumulative(weeks, result)
    swing = measured(group, old, weeks, demand, as_of=own_day(now))
    worst = _worst(weeks, status, own_day(now))
    figures: dict[str, Any] = {
        "first_week": group.first_week,
        "demand": demand,
        "status": status,
        "cumulative_gap": gaps,
        "worst": worst,
        "volatility": swing,
    }
    if old is not None and all(getattr(old, name) == value for name, value in figures.items()):
        return old, False
    row = old or CapacityMatch(
        owner_id=group.owner_id, counterparty_id=group.counterparty_id, group=group, version=0
    )
    if old is not None:
        figures["change"] = _change(old, weeks, status, now)
    for name, value in figures.items():
        setattr(row, name, value)
    row.computed_at = now
    row.version += 1
    return row, True


def _cumulative(weeks: Sequence[date], result: Mapping[date, Matching]) -> Quantities:
    """Return what is missing over twelve weeks from each week on, where that is something."""
    known = [week for week in weeks if week in result]
    alerts = capacity_alerts(
        [result[week].compared for week in known],
        [result[week].compared - result[week].gap for week in known],
    )
    missing = {known[each.first_week]: each.missing for each in alerts if each.is_critical}
    return [missing.get(week) for week in weeks]


def _worst(weeks: Sequence[date], status: Sequence[str], today: date) -> str:
    coming = {word for week, word in zip(weeks, status, strict=True) if week >= monday_of(today)}
    return next((word for word in WORST_FIRST if word in coming), "none")


def _change(
    old: CapacityMatch, weeks: Sequence[date], status: Sequence[str], now: datetime
) -> dict[str, Any]:
    """Return how many weeks changed colour from today + 2 weeks on (FC-16)."""
    axis = [week for week in weeks if week >= monday_of(own_day(now))]
    weeks_before = weeks_from(old.first_week, len(old.status))
    before = dict(zip(weeks_before, old.status, strict=True))
    after = dict(zip(weeks, status, strict=True))
    pairs = [(STATUSES.get(before.get(week, "none")), STATUSES.get(after[week])) for week in axis]
    calm = MatchingStatus.SURPLUS
    found = status_change(
        [one if one and other else calm for one, other in pairs],
        [other if one and other else calm for one, other in pairs],
    )
    return {"improved": found.improved, "degraded": found.degraded, "at": now.isoformat()}
