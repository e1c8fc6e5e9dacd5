"""What moving parts emitted: by part, by partner, by week, each figure with its method."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncWeek

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from transport.models import PartEmission, Shipment
from transport.queries.whole import whole_rows

GRAMS = 1000
SORTS = {"most": ("-kg", "part_number"), "part": ("part_number",), "each": ("-per_unit",)}
METHODS = ("fuel", "vehicle", "factor")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionFilter:
    """What to add up; days are those of delivery, both included; empty means any."""

    part: str = ""
    partner_bpn: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = "most"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """One part over the days asked for: kg CO2e, and grams for each unit delivered."""

    part_number: str
    unit: str
    quantity: Decimal
    weight_kg: Decimal
    kg: Decimal
    shipments: int
    latest_on: date

    @property
    def grams_each(self) -> Decimal:
        """Grams CO2e of one unit."""
        return self.kg * GRAMS / self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The whole: kg CO2e, tonnes moved, shipments, and those that no figure exists for."""

    kg: Decimal
    tonnes: Decimal
    shipments: int
    parts: int
    without: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentEmission:
    """One shipment's figure with the method of each leg."""

    id: UUID
    number: str
    partner: Name
    moved_on: date
    kg: Decimal
    legs: list[dict[str, Any]]


def part_emissions(wanted: EmissionFilter | None = None) -> "QuerySet[PartEmission]":
    """Return the visible figures that the filter has: a query set."""
    chosen = wanted or EmissionFilter()
    rows = whole_rows(PartEmission.objects.all())
    if chosen.part:
        rows = rows.filter(
            Q(part_number__istartswith=chosen.part)
            | Q(partner_part_number__istartswith=chosen.part)
        )
    if chosen.partner_bpn:
        us = acting_organisation_id()
        rows = rows.filter(
            Q(owner_id=us, counterparty__bpn=chosen.partner_bpn) | Q(owner__bpn=chosen.partner_bpn)
        )
    if chosen.since:
        rows = rows.filter(moved_on__gte=chosen.since)
    if chosen.until:
        rows = rows.filter(moved_on__lte=chosen.until)
    return rows


def by_part(
    wanted: EmissionFilter | None = None, *, limit: int = 50, offset: int = 0
) -> list[PartRow]:
    """Return parts with their sums, in the order the filter asks for."""
    chosen = wanted or EmissionFilter()
    rows = (
        part_emissions(chosen)
        .values("part_number", "unit")
        .annotate(
            amount=Sum("quantity"),
            mass=Sum("weight_kg"),
            kg=Sum("emissions_kg"),
            shipments=Count("shipment_id", distinct=True),
            latest_on=Max("moved_on"),
        )
        .annotate(per_unit=F("kg") / F("amount"))
        .order_by(*SORTS[chosen.sort], "unit")
    )
    return [
        PartRow(
            part_number=row["part_number"],
            unit=row["unit"],
            quantity=row["amount"],
            weight_kg=row["mass"],
            kg=row["kg"],
            shipments=row["shipments"],
            latest_on=row["latest_on"],
        )
        for row in rows[offset : offset + limit]
    ]


def count_parts(wanted: EmissionFilter | None = None) -> int:
    """Return how many parts the filter has."""
    return part_emissions(wanted).values("part_number", "unit").distinct().count()


def by_week(wanted: EmissionFilter | None = None) -> list[tuple[date, Decimal, Decimal]]:
    """Return each week's Monday with kg CO2e and with kg CO2e per tonne moved, oldest first."""
    rows = (
        part_emissions(wanted)
        .annotate(week=TruncWeek("moved_on"))
        .values("week")
        .annotate(kg=Sum("emissions_kg"), mass=Sum("weight_kg"))
        .order_by("week")
    )
    return [
        (row["week"], row["kg"], row["kg"] * 1000 / row["mass"] if row["mass"] else Decimal(0))
        for row in rows
    ]


def totals(wanted: EmissionFilter | None = None) -> Totals:
    """Return the sums over everything the filter has."""
    chosen = wanted or EmissionFilter()
    found = part_emissions(chosen).aggregate(
        kg=Sum("emissions_kg"),
        mass=Sum("weight_kg"),
        shipments=Count("shipment_id", distinct=True),
        parts=Count("part_number", distinct=True),
    )
    missing = whole_rows(Shipment.objects.filter(delivered_at__isnull=False)).filter(
        emissions_kg__isnull=True
    )
    if chosen.since:
        missing = missing.filter(delivered_at__date__gte=chosen.since)
    if chosen.until:
        missing = missing.filter(delivered_at__date__lte=chosen.until)
    return Totals(
        kg=found["kg"] or Decimal(0),
        tonnes=(found["mass"] or Decimal(0)) / 1000,
        shipments=found["shipments"],
        parts=found["parts"],
        without=missing.count(),
    )


def shipment_emissions(part: str, wanted: EmissionFilter | None = None) -> list[ShipmentEmission]:
    """Return the shipments behind a part's figure, newest first: its evidence."""
    rows = list(part_emissions(wanted).filter(part_number=part).order_by("-moved_on", "-pk")[:100])
    shipments = Shipment.objects.in_bulk([row.shipment_id for row in rows])
    return _evidence(rows, shipments)


def _evidence(
    rows: Iterable[PartEmission], shipments: dict[UUID, Shipment]
) -> list[ShipmentEmission]:
    found = list(rows)
    us = acting_organisation_id()
    names = names_of({row.owner_id for row in found} | {row.counterparty_id for row in found})
    return [
        ShipmentEmission(
            id=row.shipment_id,
            number=shipments[row.shipment_id].number if row.shipment_id in shipments else "",
            partner=names.get(row.counterparty_id if row.owner_id == us else row.owner_id, NOBODY),
            moved_on=row.moved_on,
            kg=row.emissions_kg,
            legs=list(row.method.get("legs", {}).values()),
        )
        for row in found
    ]


def parts_of_shipment(shipment_id: UUID) -> list[PartRow]:
    """Return the parts of one shipment, those that emitted most first."""
    rows = whole_rows(PartEmission.objects.filter(shipment_id=shipment_id))
    return [
        PartRow(
            part_number=row.part_number,
            unit=row.unit,
            quantity=row.quantity,
            weight_kg=row.weight_kg,
            kg=row.emissions_kg,
            shipments=1,
            latest_on=row.moved_on,
        )
        for row in rows.order_by("-emissions_kg", "part_number")
    ]
