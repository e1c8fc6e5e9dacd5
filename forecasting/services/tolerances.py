"""Which differences of confirmations a buyer accepts, per group of suppliers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from collab.masterdata.refusals import (
    Refused,
    clean_decimal,
    clean_text,
    clean_whole,
    locked,
    refusing,
)
from collab.organisations.context import acting_organisation_id
from forecasting.models import ToleranceGroup
from forecasting.services.series import supplier_by_bpn

TAKEN = {"forecasting_tolerancegroup_name": ("name", "a name of its own")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """The figures of a group: shares of the order (0.02 = 2 %) and calendar days, each >= 0.

    ``suppliers`` are BPNs; none stands for all suppliers without a group of their own.
    """

    name: str
    suppliers: Sequence[str] = ()
    quantity_below: Decimal | str = Decimal(0)
    quantity_above: Decimal | str = Decimal(0)
    days_early: int = 0
    days_late: int = 0
    price_above: Decimal | str = Decimal(0)
    outside: str = ToleranceGroup.Outside.APPROVAL.value


@transaction.atomic
def add_tolerance(told: Tolerance) -> ToleranceGroup:
    """Add a group; raise ``Refused`` naming the field that is not as expected."""
    values = _checked(told)
    with refusing(TAKEN, {"name": told.name}):
        return ToleranceGroup.objects.create(owner_id=acting_organisation_id(), **values)


@transaction.atomic
def change_tolerance(
    group_id: UUID, told: Tolerance, *, version: int | None = None
) -> ToleranceGroup:
    """Replace the figures of a group; it holds for confirmations from now on."""
    group = locked(ToleranceGroup, group_id, version)
    for name, value in _checked(told).items():
        setattr(group, name, value)
    group.version += 1
    with refusing(TAKEN, {"name": told.name}):
        group.save()
    return group


@transaction.atomic
def remove_tolerance(group_id: UUID, *, version: int | None = None) -> None:
    """Take a group away; its suppliers fall to the group for all."""
    locked(ToleranceGroup, group_id, version).delete()


def _checked(told: Tolerance) -> Mapping[str, Any]:
    if told.outside not in ToleranceGroup.Outside.values:
        raise Refused("outside", f"one of {', '.join(ToleranceGroup.Outside.values)}", told.outside)
    found: dict[str, Any] = {
        "name": clean_text("name", told.name, 80),
        "supplier_ids": sorted({supplier_by_bpn(bpn).pk for bpn in told.suppliers}),
        "outside": told.outside,
    }
    for name in ("quantity_below", "quantity_above", "price_above"):
        found[name] = clean_decimal(
            name, getattr(told, name), digits=5, places=4, at_least=Decimal(0), at_most=Decimal(9)
        )
    for name in ("days_early", "days_late"):
        found[name] = clean_whole(name, getattr(told, name), at_least=0, at_most=366)
    return found
