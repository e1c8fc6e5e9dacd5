"""What goods need on a vehicle: between columns, rule objects and the JSON kept on stops."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from transport.models.measured import Measured
from transport.rules.load import Amounts, Capacity

ZERO = Decimal(0)
COLUMNS = {"kg": "weight_kg", "m3": "volume_m3", "pallets": "pallets", "ldm": "load_metres"}
PLACES = {"kg": "0.001", "m3": "0.001", "pallets": "0.01", "ldm": "0.001"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """Gross weight [kg], volume [m³], pallet places and load metres; ``None`` = not known."""

    weight_kg: Decimal
    volume_m3: Decimal | None = None
    pallets: Decimal | None = None
    load_metres: Decimal | None = None

    def columns(self) -> dict[str, Decimal | None]:
        """Return the values as the columns of ``Measured`` hold them."""
        return {
            column: None
            if (value := getattr(self, column)) is None
            else value.quantize(Decimal(PLACES[name]))
            for name, column in COLUMNS.items()
        }


def needed_of(row: Measured) -> Needed:
    """Return what a row needs."""
    return Needed(**{column: getattr(row, column) for column in COLUMNS.values()})


def amounts_of(row: Measured) -> Amounts:
    """Return what a row needs for adding up; what is not known counts nothing."""
    return Amounts(**{name: getattr(row, column) or ZERO for name, column in COLUMNS.items()})


def total_of(rows: Iterable[Measured]) -> Amounts:
    """Return what rows need together."""
    return sum((amounts_of(row) for row in rows), Amounts())


def sums(rows: Iterable[Measured]) -> dict[str, Decimal | None]:
    """Return the sums of the four columns; ``None`` where no row knows it."""
    known = list(rows)
    found: dict[str, Decimal | None] = {}
    for column in COLUMNS.values():
        values = [getattr(row, column) for row in known if getattr(row, column) is not None]
        found[column] = sum(values, ZERO) if values else None
    return found


def as_json(amounts: Amounts) -> dict[str, str]:
    """Return amounts as the JSON kept on stops and legs: exact decimals."""
    return {name: f"{getattr(amounts, name).quantize(Decimal(PLACES[name])):f}" for name in COLUMNS}


def from_json(kept: Mapping[str, Any]) -> Amounts:
    """Return the amounts that ``as_json`` wrote; what is absent counts nothing."""
    return Amounts(**{name: Decimal(kept[name]) for name in COLUMNS if kept.get(name)})


def capacity_from(kept: Mapping[str, Any]) -> Capacity | None:
    """Return the capacity kept on a load, ``None`` where none is."""
    limits = {name: Decimal(kept[name]) for name in COLUMNS if kept.get(name)}
    return Capacity(**limits) if limits else None
