"""Parts behind trade item numbers (GTIN), many at once, with the partner each is made for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from collab.masterdata.models import Part, PartAlias, UnitFactor
from collab.masterdata.queries.parts import valid_on


@dataclass(frozen=True, slots=True)
class Product:
    """A part of the acting organisation under a GTIN.

    ``factors`` say how many base units one of another unit holds; ``partner_id`` is the one
    partner that has a number of its own for the part, ``None`` where none or several have.
    """

    part_id: UUID
    number: str
    base_unit: str
    factors: dict[str, Decimal]
    partner_id: int | None


def products_by_gtin(gtins: Iterable[str], *, on: date) -> dict[str, Product]:
    """Return the products of 14-digit GTINs; three queries however many there are."""
    wanted = {form for gtin in gtins for form in _forms(gtin)}
    parts = list(Part.objects.filter(gtin__in=wanted)) if wanted else []
    if not parts:
        return {}
    keys = [part.pk for part in parts]
    factors: dict[UUID, dict[str, Decimal]] = {}
    for part_id, unit, factor in UnitFactor.objects.filter(part_id__in=keys).values_list(
        "part_id", "unit", "factor"
    ):
        factors.setdefault(part_id, {})[unit] = factor
    partners: dict[UUID, set[int]] = {}
    aliases = valid_on(PartAlias.objects.filter(part_id__in=keys), on)
    for part_id, partner_id in aliases.values_list("part_id", "partner_id"):
        partners.setdefault(part_id, set()).add(partner_id)
    return {
        part.gtin.zfill(14): Product(
            part.pk,
            part.number,
            part.base_unit,
            factors.get(part.pk, {}),
            _only(partners.get(part.pk, set())),
        )
        for part in parts
    }


def _forms(gtin: str) -> list[str]:
    """Return a GTIN of 14 digits in every length it may be kept in: 14, 13, 12 and 8 digits."""
    return [gtin[14 - n :] for n in (14, 13, 12, 8) if not gtin[: 14 - n].strip("0")]


def _only(partners: set[int]) -> int | None:
    return next(iter(partners)) if len(partners) == 1 else None
