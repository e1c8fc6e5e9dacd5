"""Weights of messages in kilograms."""

from decimal import Decimal
from typing import Any, Final

from collab.masterdata.rules.units import canonical_unit
from forecasting.messages import values
from forecasting.messages.values import Notes

KG_OF: Final = {  # Rec 20 → kg
    "KGM": Decimal(1),
    "GRM": Decimal("0.001"),
    "TNE": Decimal(1000),
    "LBR": Decimal("0.45359237"),
    "ONZ": Decimal("0.028349523125"),
    "STN": Decimal("907.18474"),
}
EXACT: Final = Decimal("0.001")


def kilograms(text: str, unit: str, notes: Notes, **place: Any) -> Decimal | None:
    """Return a weight >= 0 [kg, to the gram]; what is no weight is noted."""
    amount = values.quantity(text, notes, **place)
    if amount is None:
        return None
    try:
        factor = KG_OF.get(canonical_unit(unit or "KGM").code)
    except ValueError:
        factor = None
    if factor is None or amount < 0:
        notes.add("weight", "a weight >= 0 in a unit of mass", f"{text} {unit}".strip(), **place)
        return None
    return (amount * factor).quantize(EXACT)
