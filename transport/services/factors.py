"""Emission factors: those shipped with the product, and an organisation's own on top."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

from collab.masterdata.refusals import Refused, refusing
from collab.organisations.context import acting_organisation_id
from transport.models import EmissionFactor
from transport.rules.emissions import Factor
from transport.rules.factors import factor_from_row

SHIPPED = Path(__file__).resolve().parents[1] / "factors" / "default.json"
TAKEN = {"transport_factor_edition": ("edition", "an edition that is not there yet")}
OWN_FACTS = (
    "mode", "vehicle", "fuel", "region", "source", "basis", "load_share", "empty_share", "gwp_set",
    "distance_adjustment",
)  # fmt: skip


@cache
def shipped_factors() -> tuple[Factor, ...]:
    """Return the factors shipped as data, in the file's order."""
    rows = json.loads(SHIPPED.read_text(encoding="utf-8"))["factors"]
    return tuple(factor_from_row(row, is_own=False) for row in rows)


def own_factors() -> list[Factor]:
    """Return the acting organisation's own factors, newest first."""
    return [as_factor(row) for row in EmissionFactor.objects.order_by("-created_at", "-pk")]


def known_factors() -> list[Factor]:
    """Return all factors to choose from: own before shipped."""
    return [*own_factors(), *shipped_factors()]


@transaction.atomic
def add_factor(told: Mapping[str, Any]) -> EmissionFactor:
    """Add a factor of one's own; it is never changed, only followed by another edition.

    ``told`` has the keys of ``Factor`` with all figures as text and ``code`` for its id. Raises
    ``Refused`` naming the field.
    """
    row = {**told, "id": told.get("code")}
    try:
        factor = factor_from_row(row, is_own=True)
    except ValueError as error:
        name = next((key for key in (*OWN_FACTS, *row) if f" {key}" in str(error)), "value")
        expected = str(error).removeprefix("expected ").split(", got ")[0]
        raise Refused("code" if name == "id" else name, expected, row.get(name)) from None
    with refusing(TAKEN, row):
        return EmissionFactor.objects.create(
            owner_id=acting_organisation_id(),
            code=factor.id,
            edition=factor.edition,
            facts={name: row.get(name) for name in OWN_FACTS if row.get(name)},
            scope=factor.scope.value,
            value=factor.value,
            unit=factor.unit.value,
            valid_from=factor.valid_from,
            valid_to=factor.valid_to,
            is_verified=factor.verified,
        )


def as_factor(row: EmissionFactor) -> Factor:
    """Return the factor that a row of one's own holds."""
    return factor_from_row(
        {
            **row.facts,
            "id": row.code,
            "edition": row.edition,
            "scope": row.scope,
            "unit": row.unit,
            "value": str(row.value),
            "valid_from": _day(row.valid_from),
            "valid_to": _day(row.valid_to),
            "verified": row.is_verified,
        },
        is_own=True,
    )


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
