"""Tariffs as the pricing rules read them.

``Tariff.lines`` is a list of objects, each with a ``kind``:

- ``rate``: basis (flat, km, 100 kg, pallet, ldm), price [minor units], fixed_cents,
  origin_zone, destination_zone, max_km, max_kg, max_pallets, max_ldm, name;
- ``minimum`` and ``stop``: cents;
- ``fuel``: weeks, a mapping of Mondays to shares;
- ``weights``: kg_per_m3, kg_per_ldm.

Numbers are decimal strings; zones are those of ``transport.services.places.zones_of``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q

from collab.organisations.context import acting_organisation_id
from transport.models import Tariff as TariffTable
from transport.rules.tariff import Basis, Mode, Rate, Tariff

BANDS = ("max_km", "max_kg", "max_pallets", "max_ldm")


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierTariff:
    """A tariff in force with whose it is and how the carrier is asked."""

    id: UUID
    carrier_id: int
    number: str
    vehicle_type: str
    rank: int
    answer_minutes: int
    pickups_per_week: int | None
    tariff: Tariff


def carrier_tariffs(on: date) -> list[CarrierTariff]:
    """Return the acting organisation's tariffs in force on a day, in the order of asking."""
    rows = TariffTable.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=on),
        owner_id=acting_organisation_id(),
        is_active=True,
        valid_from__lte=on,
    ).order_by("rank", "number", "-version")
    newest: dict[tuple[int, str], TariffTable] = {}
    for row in rows:
        newest.setdefault((row.counterparty_id, row.number), row)
    return [
        CarrierTariff(
            id=row.pk,
            carrier_id=row.counterparty_id,
            number=row.number,
            vehicle_type=row.vehicle_type,
            rank=row.rank,
            answer_minutes=row.answer_minutes,
            pickups_per_week=row.pickups_per_week,
            tariff=tariff_of(row),
        )
        for row in newest.values()
    ]


def tariffs_valid(on: date) -> list[Tariff]:
    """Return the tariffs in force on a day as the rules read them."""
    return [each.tariff for each in carrier_tariffs(on)]


def tariff_of(row: TariffTable) -> Tariff:
    """Return one tariff as the rules read it; raise ``ValueError`` for lines that say nothing."""
    lines: Mapping[str, list[Mapping[str, Any]]] = _by_kind(row.lines)
    weights = _only(lines.get("weights", ()))
    fuel = _only(lines.get("fuel", ())).get("weeks", {})
    return Tariff(
        name=row.number,
        mode=Mode(row.mode),
        currency=row.currency,
        valid_from=row.valid_from,
        valid_to=row.valid_to - timedelta(days=1) if row.valid_to else None,
        rates=tuple(_rate(each) for each in lines.get("rate", ())),
        minimum_cents=int(_only(lines.get("minimum", ())).get("cents", 0)),
        stop_cents=int(_only(lines.get("stop", ())).get("cents", 0)),
        fuel={date.fromisoformat(week): Decimal(share) for week, share in fuel.items()},
        kg_per_m3=_number(weights.get("kg_per_m3")),
        kg_per_ldm=_number(weights.get("kg_per_ldm")),
    )


def _by_kind(lines: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        found.setdefault(str(line.get("kind", "rate")), []).append(line)
    if unknown := found.keys() - {"rate", "minimum", "stop", "fuel", "weights"}:
        raise ValueError(f"expected kinds of tariff lines, got {sorted(unknown)}")
    return found


def _only(lines: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return lines[-1] if lines else {}


def _rate(line: Mapping[str, Any]) -> Rate:
    return Rate(
        basis=Basis(line["basis"]),
        price=Decimal(line.get("price", "0")),
        fixed_cents=int(line.get("fixed_cents", 0)),
        origin_zone=line.get("origin_zone") or None,
        destination_zone=line.get("destination_zone") or None,
        name=str(line.get("name", "")),
        **{band: _number(line.get(band)) for band in BANDS},
    )


def _number(value: Any) -> Decimal | None:
    return None if value in {None, ""} else Decimal(str(value))
