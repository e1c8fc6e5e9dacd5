"""The weekly Catena-X aspects and what they mean: the rules that a schema cannot state.

Weeks begin on Mondays and occur once, a unit lacks only where the message says so, a maximum is
not below its actual capacity, a thing does not link to itself.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from collab.integration.catenax import models, reading
from collab.integration.catenax.units import UNITS
from collab.integration.inbox.findings import Finding, MessageRefused
from collab.masterdata.rules.units import canonical_unit
from forecasting.messages.canonical import (
    CapacityMessage,
    CapacityWeek,
    CommentMessage,
    DemandMessage,
    DemandSeries,
    DemandWeek,
    LinkedSeries,
    UpdateRequest,
    WantedObject,
)

_UNCONVERTED: Final = {"unit:cycle": "B7", "unit:page": "ZP"}  # counted, never converted


def unit_code(name: str) -> str:
    """Return the Rec 20 code of a unit of the aspects."""
    return _UNCONVERTED.get(name) or canonical_unit(name).code


UNIT_AS_WRITTEN: Final = {unit_code(name): name for name in UNITS}
"""Rec 20 code → name in the aspects."""

_MONDAY: Final = 0
_PREFIX: Final = "urn:uuid:"


class _Rules:
    """Notes what breaks a rule, by JSON path."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def note(self, path: str, expected: str, found: object) -> None:
        self.findings.append(Finding(code="rule", path=path, expected=expected, found=str(found)))

    def weeks(self, path: str, weeks: Iterable[date]) -> None:
        """Every week begins on a Monday and occurs once."""
        seen: set[date] = set()
        for at, week in enumerate(weeks):
            place = f"{path}/{at}/pointInTime"
            if week.weekday() != _MONDAY:
                self.note(place, "a Monday", week)
            if week in seen:
                self.note(place, "each week once", week)
            seen.add(week)

    def unit(self, unit: str | None, *, is_omitted: bool) -> str:
        """The unit lacks exactly if the message says so; return its Rec 20 code."""
        if unit is None and not is_omitted:
            self.note("/unitOfMeasure", "a unit, or unitOfMeasureIsOmitted", "nothing")
        if unit is not None and is_omitted:
            self.note("/unitOfMeasure", "no unit where it is said to be omitted", unit)
        return unit_code(unit) if unit is not None else ""

    def settle(self) -> None:
        """Raise ``MessageRefused`` if a rule is broken."""
        if self.findings:
            raise MessageRefused(self.findings)


def demand_of(aspect: models.MaterialDemand) -> DemandMessage:
    """Return what a weekly demand means; raise ``MessageRefused`` for a broken rule."""
    rules = _Rules()
    unit = rules.unit(aspect.unit, is_omitted=aspect.is_unit_omitted)
    series, seen = [], set()
    for at, each in enumerate(aspect.series):
        rules.weeks(f"/demandSeries/{at}/demands", (week.week for week in each.demands))
        key = each.customer_site, each.category.code
        if key in seen:
            rules.note(f"/demandSeries/{at}", "one series per site and category", " ".join(key))
        seen.add(key)
        weeks = tuple(
            DemandWeek(week=week.week, quantity=week.quantity, kept_aside=week.kept_aside)
            for week in sorted(each.demands, key=lambda week: week.week)
        )
        series.append(
            DemandSeries(
                site=each.customer_site,
                category=each.category.code,
                weeks=weeks,
                expected_supplier_site=each.expected_supplier_site or "",
                kept_aside=each.kept_aside,
            )
        )
    rules.settle()
    return DemandMessage(
        demand_id=_plain_id(aspect.demand_id),
        customer=aspect.customer,
        supplier=aspect.supplier,
        part_number=aspect.customer_part,
        description=aspect.customer_description,
        changed_at=aspect.changed_at,
        series=tuple(series),
        unit=unit,
        supplier_part_number=aspect.supplier_part or "",
        global_asset_id=aspect.global_asset_id or "",
        is_inactive=aspect.is_inactive,
        kept_aside=aspect.kept_aside,
    )


def demand_aspect(message: DemandMessage) -> dict[str, Any]:
    """Return a weekly demand as the JSON document of its aspect."""
    series = tuple(
        models.DemandSeries(
            customer_site=each.site,
            category=models.DemandCategory(code=each.category),
            demands=tuple(
                models.WeeklyDemand(
                    week=week.week, quantity=week.quantity, kept_aside=week.kept_aside
                )
                for week in each.weeks
            ),
            expected_supplier_site=each.expected_supplier_site or None,
            kept_aside=each.kept_aside,
        )
        for each in message.series
    )
    return reading.write(
        models.MaterialDemand(
            demand_id=message.demand_id,
            customer=message.customer,
            supplier=message.supplier,
            customer_part=message.part_number,
            customer_description=message.description,
            changed_at=message.changed_at,
            is_unit_omitted=not message.unit,
            is_inactive=message.is_inactive,
            series=series,
            unit=UNIT_AS_WRITTEN[message.unit] if message.unit else None,
            supplier_part=message.supplier_part_number or None,
            global_asset_id=message.global_asset_id or None,
            kept_aside=message.kept_aside,
        )
    )


def capacity_of(aspect: models.CapacityGroup) -> CapacityMessage:
    """Return what a capacity group means; raise ``MessageRefused`` for a broken rule."""
    rules = _Rules()
    unit = rules.unit(aspect.unit, is_omitted=aspect.is_unit_omitted)
    capacities = aspect.capacities or ()
    rules.weeks("/capacities", (week.week for week in capacities))
    for at, week in enumerate(capacities):
        if week.maximum < week.actual:
            expected = f"a maximum >= the actual capacity {week.actual}"
            rules.note(f"/capacities/{at}/maximumCapacity", expected, week.maximum)
    groups = tuple(_plain_id(each) for each in aspect.linked_groups or ())
    if _plain_id(aspect.group_id) in groups:
        rules.note("/linkedCapacityGroups", "other groups than this one", aspect.group_id)
    rules.settle()
    return CapacityMessage(
        group_id=_plain_id(aspect.group_id),
        name=aspect.name,
        customer=aspect.customer,
        supplier=aspect.supplier,
        changed_at=aspect.changed_at,
        weeks=tuple(_week(week) for week in sorted(capacities, key=lambda week: week.week)),
        linked_series=tuple(_linked(each) for each in aspect.linked_series or ()),
        linked_groups=groups,
        supplier_sites=aspect.supplier_sites or (),
        unit=unit,
        is_inactive=aspect.is_inactive,
        volatility=None if aspect.volatility is None else reading.write(aspect.volatility),
        kept_aside=aspect.kept_aside,
    )


def capacity_aspect(message: CapacityMessage) -> dict[str, Any]:
    """Return a capacity group as the JSON document of its aspect."""
    volatility: Any = None
    if message.volatility is not None:
        volatility = reading.parse(models.Volatility, dict(message.volatility))
    return reading.write(
        models.CapacityGroup(
            group_id=message.group_id,
            name=message.name,
            customer=message.customer,
            supplier=message.supplier,
            changed_at=message.changed_at,
            is_unit_omitted=not message.unit,
            is_inactive=message.is_inactive,
            unit=UNIT_AS_WRITTEN[message.unit] if message.unit else None,
            supplier_sites=message.supplier_sites or None,
            capacities=tuple(_weekly_capacity(week) for week in message.weeks) or None,
            linked_series=tuple(_linked_series(each) for each in message.linked_series) or None,
            linked_groups=message.linked_groups or None,
            volatility=volatility,
            kept_aside=message.kept_aside,
        )
    )


def comment_of(aspect: models.Comment) -> CommentMessage:
    """Return what a comment means; one that is to be deleted needs no text."""
    rules = _Rules()
    if not aspect.is_to_be_deleted and not (aspect.comment or "").strip():
        rules.note("/commentText", "a text, or requestDelete", aspect.comment or "nothing")
    rules.settle()
    return CommentMessage(
        comment_id=_plain_id(aspect.comment_id),
        object_id=_plain_id(aspect.object_id),
        object_type=aspect.object_type,
        customer=aspect.customer,
        supplier=aspect.supplier,
        author=aspect.author or "",
        posted_at=aspect.posted_at,
        changed_at=aspect.changed_at,
        text=aspect.comment or "",
        kind=aspect.kind or "default",
        weeks=aspect.weeks or (),
        is_to_be_deleted=bool(aspect.is_to_be_deleted),
        simulation_id=aspect.simulation_id or "",
        kept_aside=aspect.kept_aside,
    )


def comment_aspect(message: CommentMessage) -> dict[str, Any]:
    """Return a comment as the JSON document of its aspect."""
    return reading.write(
        models.Comment(
            comment_id=message.comment_id,
            object_id=message.object_id,
            object_type=message.object_type,
            customer=message.customer,
            supplier=message.supplier,
            author=message.author or None,
            posted_at=message.posted_at,
            changed_at=message.changed_at,
            comment=message.text or None,
            kind=message.kind,
            is_to_be_deleted=message.is_to_be_deleted,
            weeks=message.weeks or None,
            simulation_id=message.simulation_id or None,
            kept_aside=message.kept_aside,
        )
    )


def request_of(aspect: models.RequestForUpdate) -> UpdateRequest:
    """Return which states a partner wants."""
    return UpdateRequest(
        demands=tuple(
            WantedObject(object_id=_plain_id(each.demand_id), changed_since=each.changed_since)
            for each in aspect.demands or ()
        ),
        capacity_groups=tuple(
            WantedObject(object_id=_plain_id(each.group_id), changed_since=each.changed_since)
            for each in aspect.capacity_groups or ()
        ),
    )


def request_aspect(message: UpdateRequest) -> dict[str, Any]:
    """Return a request for update as the JSON document of its aspect."""
    demands = tuple(
        models.WantedDemand(demand_id=each.object_id, changed_since=each.changed_since)
        for each in message.demands
    )
    groups = tuple(
        models.WantedCapacityGroup(group_id=each.object_id, changed_since=each.changed_since)
        for each in message.capacity_groups
    )
    return reading.write(
        models.RequestForUpdate(demands=demands or None, capacity_groups=groups or None)
    )


def _week(week: models.WeeklyCapacity) -> CapacityWeek:
    return CapacityWeek(
        week=week.week,
        actual=week.actual,
        maximum=week.maximum,
        agreed=week.agreed,
        delta_production=week.delta_production,
        kept_aside=week.kept_aside,
    )


def _weekly_capacity(week: CapacityWeek) -> models.WeeklyCapacity:
    return models.WeeklyCapacity(
        week=week.week,
        actual=week.actual,
        maximum=week.maximum,
        agreed=week.agreed,
        delta_production=week.delta_production,
        kept_aside=week.kept_aside,
    )


def _linked(each: models.LinkedDemandSeries) -> LinkedSeries:
    return LinkedSeries(
        part_number=each.customer_part,
        site=each.customer_site,
        category=each.category.code,
        supplier_part_number=each.supplier_part or "",
        load_factor=each.load_factor,
        kept_aside=each.kept_aside,
    )


def _linked_series(each: LinkedSeries) -> models.LinkedDemandSeries:
    return models.LinkedDemandSeries(
        customer_part=each.part_number,
        customer_site=each.site,
        category=models.DemandCategory(code=each.category),
        supplier_part=each.supplier_part_number or None,
        load_factor=each.load_factor,
        kept_aside=each.kept_aside,
    )


def _plain_id(identifier: str) -> str:
    """Return a UUID in its one form: small letters, without ``urn:uuid:``."""
    return identifier.lower().removeprefix(_PREFIX)
