"""Capacity groups: what the acting supplier can make per week, and what loads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.masterdata.refusals import Refused, VersionConflict, clean_decimal, clean_text
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing.models import Partnership
from forecasting.axis import Quantities, by_week, week_number, weeks_from
from forecasting.models import CapacityGroup, CapacityLink, DemandSeries
from forecasting.rules.capacity import CapacityCycle, check_no_cycle, flex_percent, flex_result
from forecasting.services.matching import announce, match_groups, matched, read_network
from forecasting.services.volatility import checked_volatility

LONGEST = 208
COLUMNS = ("actual", "maximum", "agreed", "delta")
Figure = Decimal | int | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkInput:
    """What loads a group: a demand series or another group; a load factor only for series."""

    series_id: UUID | None = None
    group_id: UUID | None = None
    load_factor: Decimal | int | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupInput:
    """A capacity group as its owner states it; figures per week from Monday ``first_week`` on.

    ``counterparty`` is the customer's BPN, or one's own: a pool over several customers that
    nobody else sees. ``external_id`` is the sender's own key: the same one again changes its
    group. ``changed_at`` decides about the order of messages: an older one is refused.
    """

    counterparty: str
    name: str
    first_week: date
    actual: Sequence[Figure]
    maximum: Sequence[Figure]
    links: Sequence[LinkInput]
    kind: str = CapacityGroup.Kind.FACILITY.value
    unit: str = ""
    agreed: Sequence[Figure] | None = None
    delta: Sequence[Figure] | None = None
    volatility: Mapping[str, Any] | None = None
    is_active: bool = True
    external_id: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WeekFigure:
    """One figure of a group: ``column`` is one of ``COLUMNS``; None takes it away."""

    week: date
    column: str
    quantity: Figure


@dataclass(frozen=True, slots=True)
class FlexWeek:
    """What is left of one week with more capacity [units of the group]; negative is missing."""

    week: date
    demand: Decimal
    actual: Decimal
    left: Decimal


@transaction.atomic
def state_group(
    stated: GroupInput, *, group_id: UUID | None = None, version: int | None = None
) -> tuple[CapacityGroup, bool]:
    """Create a capacity group of the acting supplier, or replace what it said of one.

    Found by ``group_id``, else by ``external_id``. Returns it and whether it is new. Raises
    ``Refused`` naming the field (a ring of groups by name), ``VersionConflict``, and
    ``CapacityGroup.DoesNotExist`` for a ``group_id`` that is not one's own.
    """
    group = _found(stated, group_id, version)
    is_new = group is None
    other = _counterparty(stated.counterparty)
    if group is not None and group.counterparty_id != other.pk:
        raise Refused("counterparty", "the customer the group was made for", stated.counterparty)
    if group is not None and stated.changed_at and stated.changed_at < group.changed_at:
        expected = f"a change not before {group.changed_at.isoformat()}"
        raise Refused("changed_at", expected, stated.changed_at.isoformat())
    row = group or CapacityGroup(owner_id=acting_organisation_id(), counterparty=other, version=0)
    _write(row, stated, stated.changed_at or timezone.now())
    row.save()
    _set_links(row, stated.links)
    _rematch(row)
    return row, is_new


@transaction.atomic
def set_figures(
    group_id: UUID, figures: Sequence[WeekFigure], *, version: int | None = None
) -> CapacityGroup:
    """Change single figures of an own group, weeks behind its last included.

    Raises ``Refused`` naming the week, ``VersionConflict``, ``CapacityGroup.DoesNotExist``.
    """
    row = _own(group_id, version)
    columns = {name: by_week(row.first_week, getattr(row, name) or ()) for name in COLUMNS}
    for figure in figures:
        if figure.column not in COLUMNS:
            raise Refused("column", f"one of {', '.join(COLUMNS)}", figure.column)
        if figure.week.weekday():
            raise Refused(figure.week.isoformat(), "a Monday", figure.week)
        quantity = _figure(figure.week.isoformat(), figure.quantity, figure.column == "delta")
        if quantity is None:
            columns[figure.column].pop(figure.week, None)
        else:
            columns[figure.column][figure.week] = quantity
    known = sorted({week for name in ("actual", "maximum") for week in columns[name]})
    if not known:
        raise Refused("actual", "at least one week of capacity", "")
    axis = weeks_from(known[0], week_number(known[0], known[-1]) + 1)
    _keep(row)
    row.first_week = axis[0]
    for name in COLUMNS:
        values: Quantities = [columns[name].get(week) for week in axis]
        is_given = name in {"actual", "maximum"} or any(each is not None for each in values)
        setattr(row, name, values if is_given else None)
    _check_columns(axis, row.actual, row.maximum)
    row.changed_at = timezone.now()
    row.version += 1
    row.save()
    _rematch(row)
    return row


@transaction.atomic
def set_links(
    group_id: UUID, links: Sequence[LinkInput], *, version: int | None = None
) -> CapacityGroup:
    """Replace what loads an own group. Errors as ``state_group``."""
    row = _own(group_id, version)
    _set_links(row, links)
    row.changed_at = timezone.now()
    row.version += 1
    row.save(update_fields=["changed_at", "version"])
    _rematch(row)
    return row


@transaction.atomic
def set_active(group_id: UUID, *, is_active: bool, version: int | None = None) -> CapacityGroup:
    """Take an own group out of matching, or back in; its figures stay."""
    row = _own(group_id, version)
    if row.is_active != is_active:
        row.is_active = is_active
        row.changed_at = timezone.now()
        row.version += 1
        row.save(update_fields=["is_active", "changed_at", "version"])
        _rematch(row)
    return row


def what_if(
    group_id: UUID,
    *,
    group_percent: Decimal | None = None,
    customer_percent: Decimal | None = None,
    supplier_percent: Decimal | None = None,
) -> list[FlexWeek]:
    """Return what is left week by week with so much more capacity [%]; writes nothing (FC-17).

    The percentage of the group counts before that of its customer, and that before the
    supplier's. Raises ``CapacityGroup.DoesNotExist``, and ``Refused`` below -100 %.
    """
    group = CapacityGroup.objects.get(pk=group_id, owner_id=acting_organisation_id())
    percent = flex_percent(
        group=group_percent, customer=customer_percent, supplier=supplier_percent
    )
    if percent < -100:
        raise Refused("percent", "a number of at least -100", percent)
    result = matched(read_network()).get(group.pk, {})
    weeks = weeks_from(group.first_week, len(group.actual))
    return [
        FlexWeek(
            week,
            result[week].compared,
            actual,
            flex_result(actual, result[week].compared, percent),
        )
        for week, actual in zip(weeks, group.actual, strict=True)
        if week in result and actual is not None
    ]


def _found(stated: GroupInput, group_id: UUID | None, version: int | None) -> CapacityGroup | None:
    if group_id is not None:
        return _own(group_id, version)
    if not stated.external_id:
        return None
    row: CapacityGroup | None = (
        CapacityGroup.objects.select_for_update(of=("self",))
        .filter(owner_id=acting_organisation_id(), external_id=stated.external_id)
        .first()
    )
    return row


def _own(group_id: UUID, version: int | None) -> CapacityGroup:
    own = CapacityGroup.objects.filter(owner_id=acting_organisation_id())
    row: CapacityGroup = own.select_for_update(of=("self",)).get(pk=group_id)
    if version is not None and version != row.version:
        raise VersionConflict(row.version, version)
    return row


def _counterparty(bpn: str) -> Organisation:
    """Return an active customer with that BPN, or the acting supplier itself for a pool."""
    us = acting_organisation_id()
    other = Organisation.objects.filter(bpn=bpn.strip()).first()
    is_known = other is not None and (
        other.pk == us
        or Partnership.objects.filter(
            customer_id=other.pk, supplier_id=us, state=Partnership.State.ACTIVE
        ).exists()
    )
    if other is None or not is_known:
        raise Refused("counterparty", "the BPN of an active customer, or your own for a pool", bpn)
    return other


def _write(row: CapacityGroup, stated: GroupInput, now: datetime) -> None:
    if stated.kind not in CapacityGroup.Kind.values:
        raise Refused("kind", f"one of {', '.join(CapacityGroup.Kind.values)}", stated.kind)
    if stated.first_week.weekday():
        raise Refused("first_week", "a Monday", stated.first_week)
    if not 1 <= len(stated.actual) <= LONGEST:
        raise Refused("actual", f"1 to {LONGEST} weeks", len(stated.actual))
    columns: dict[str, Quantities | None] = {}
    for name in COLUMNS:
        given: Sequence[Figure] | None = getattr(stated, name)
        if given is None:
            columns[name] = None
            continue
        if len(given) != len(stated.actual):
            raise Refused(name, f"{len(stated.actual)} weeks as in actual", len(given))
        columns[name] = [_figure(name, each, name == "delta") for each in given]
    weeks = weeks_from(stated.first_week, len(stated.actual))
    actual, maximum = columns["actual"] or [], columns["maximum"] or []
    _check_columns(weeks, actual, maximum)
    before = row.volatility if row.version else None
    row.volatility = checked_volatility(stated.volatility, before=before, today=own_day(now))
    row.name = clean_text("name", stated.name, 120)
    row.kind, row.unit = stated.kind, clean_text("unit", stated.unit, 3, required=False)
    if row.version:
        _keep(row)
    row.is_active, row.first_week = stated.is_active, stated.first_week
    row.actual, row.maximum = actual, maximum
    row.agreed, row.delta = columns["agreed"], columns["delta"]
    row.external_id = clean_text("external_id", stated.external_id, 80, required=False)
    row.changed_at = now
    row.version += 1


def _keep(row: CapacityGroup) -> None:
    """Keep the actual capacity before a change: partners' own thresholds compare with it."""
    actual = [None if each is None else str(each) for each in row.actual]
    row.previous = {"first_week": row.first_week.isoformat(), "actual": actual}


def _check_columns(weeks: Sequence[date], actual: Quantities, maximum: Quantities) -> None:
    for week, low, high in zip(weeks, actual, maximum, strict=True):
        if (low is None) != (high is None):
            raise Refused("maximum", f"actual and maximum both in {week}, or neither", high)
        if low is not None and high is not None and high < low:
            raise Refused("maximum", f"at least the actual {low.normalize():f} in {week}", high)


def _figure(name: str, value: Figure, is_signed: bool) -> Decimal | None:
    if value is None or value == "":
        return None
    least = None if is_signed else Decimal(0)
    return clean_decimal(name, value, digits=18, places=3, at_least=least)


def _set_links(row: CapacityGroup, links: Sequence[LinkInput]) -> None:
    """Replace the links; all series have a load factor or none, and no group reaches itself."""
    if not links:
        raise Refused("links", "at least one series or group", "")
    us = acting_organisation_id()
    series = _linked_series(row, [link.series_id for link in links if link.series_id])
    children = _linked_groups(row, [link.group_id for link in links if link.group_id])
    factors = {link.load_factor is None for link in links if link.series_id}
    if len(factors) > 1:
        raise Refused("load_factor", "a load factor for all series or for none", "")
    rows: dict[UUID, CapacityLink] = {}
    for link in links:
        key = link.series_id or link.group_id
        if key is None or (link.series_id and link.group_id):
            raise Refused("links", "either a series or a group", "")
        if link.group_id and link.load_factor is not None:
            raise Refused("load_factor", "no load factor for a group", link.load_factor)
        rows[key] = CapacityLink(
            owner_id=us,
            counterparty_id=row.counterparty_id,
            group=row,
            series_id=link.series_id if link.series_id in series else None,
            child=children.get(link.group_id) if link.group_id else None,
            load_factor=_factor(link.load_factor),
        )
    _refuse_ring(row, list(children))
    CapacityLink.objects.filter(owner_id=us, group=row).delete()
    CapacityLink.objects.bulk_create(rows.values())


def _linked_series(row: CapacityGroup, keys: Sequence[UUID]) -> set[UUID]:
    """Return the keys of series that customers ask the acting supplier for; refuse any other."""
    us = acting_organisation_id()
    found = DemandSeries.objects.filter(pk__in=keys, counterparty_id=us)
    if row.counterparty_id != us:
        found = found.filter(owner_id=row.counterparty_id)
    known = set(found.values_list("pk", flat=True))
    for key in keys:
        if key not in known:
            raise Refused("links", "a demand series of this group's customer", key)
    return known


def _linked_groups(row: CapacityGroup, keys: Sequence[UUID]) -> dict[UUID, CapacityGroup]:
    us = acting_organisation_id()
    found = CapacityGroup.objects.filter(pk__in=keys, owner_id=us)
    if row.counterparty_id != us:
        found = found.filter(counterparty_id=row.counterparty_id)
    known = {each.pk: each for each in found}
    for key in keys:
        if key not in known:
            raise Refused("links", "a capacity group of yours for the same customer", key)
    return known


def _refuse_ring(row: CapacityGroup, children: Sequence[UUID]) -> None:
    us = acting_organisation_id()
    names = dict(CapacityGroup.objects.filter(owner_id=us).values_list("pk", "name"))
    links: dict[str, list[str]] = {str(key): [] for key in names}
    for group_id, child_id in CapacityLink.objects.filter(
        owner_id=us, child__isnull=False
    ).values_list("group_id", "child_id"):
        links[str(group_id)].append(str(child_id))
    links[str(row.pk)] = [str(key) for key in children]
    try:
        check_no_cycle(links)
    except CapacityCycle as ring:
        path = " > ".join(names.get(UUID(key), row.name) for key in ring.groups)
        raise Refused("links", "no capacity group that contains itself", path) from None


def _factor(value: Decimal | int | str | None) -> Decimal | None:
    if value is None or value == "":
        return None
    return clean_decimal("load_factor", value, digits=18, places=9, above=Decimal(0))


def _rematch(row: CapacityGroup) -> None:
    """Match the group and what contains it; tell of it even where the match stays as it was."""
    if row.pk not in match_groups([row.pk]):
        announce([row])


__all__ = [
    "COLUMNS",
    "FlexWeek",
    "GroupInput",
    "LinkInput",
    "WeekFigure",
    "set_active",
    "set_figures",
    "set_links",
    "state_group",
    "what_if",
]
