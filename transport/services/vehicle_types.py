"""What kinds of vehicles the planner reckons with."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_organisation_id
from transport.models import VehicleType

FIELDS = (
    "code", "name", "capacity_kg", "capacity_m3", "capacity_pallets", "capacity_load_metres",
    "capabilities", "count_per_day", "fixed_per_day_minor", "per_km_minor", "per_hour_minor",
    "currency", "max_duty_minutes", "max_km", "start_minute", "end_minute", "max_trips",
    "emissions_empty_kg_per_km", "emissions_full_kg_per_km", "emission_class", "is_active",
)  # fmt: skip
LAST_MINUTE = 2880


@transaction.atomic
def save_vehicle_type(
    values: Mapping[str, Any], *, type_id: UUID | None = None, version: int | None = None
) -> VehicleType:
    """Make a vehicle type, or change the named columns of one.

    Raises ``Refused`` by field for what a vehicle cannot be, ``VersionConflict`` if it moved on.
    """
    if unknown := set(values) - set(FIELDS):
        raise Refused(min(unknown), "a column of a vehicle type", "")
    row = VehicleType(owner_id=acting_organisation_id())
    if type_id is not None:
        row = VehicleType.objects.select_for_update(of=("self",)).get(pk=type_id)
        if version is not None and version != row.version:
            raise VersionConflict(row.version, version)
        row.version += 1
    for name, value in values.items():
        setattr(row, name, value)
    _check(row)
    try:
        row.full_clean(exclude=["owner"], validate_constraints=False)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Refused(field, messages[0].rstrip("."), getattr(row, field, "")) from None
    taken = VehicleType.objects.filter(code=row.code).exclude(pk=row.pk)
    if taken.exists():
        raise Refused("code", "a code you do not use yet", row.code)
    row.save()
    return row


def _check(row: VehicleType) -> None:
    for name in ("capacity_kg", "capacity_m3", "capacity_pallets", "capacity_load_metres"):
        if not Decimal(getattr(row, name) or 0) > 0:
            raise Refused(name, "a capacity above 0", getattr(row, name))
    for name in ("fixed_per_day_minor", "per_km_minor", "per_hour_minor"):
        if Decimal(getattr(row, name) or 0) < 0:
            raise Refused(name, "0 or more", getattr(row, name))
    if not 0 <= row.start_minute < row.end_minute <= LAST_MINUTE:
        raise Refused("end_minute", "a latest end after the earliest start", row.end_minute)
    if Decimal(row.emissions_full_kg_per_km or 0) < Decimal(row.emissions_empty_kg_per_km or 0):
        raise Refused(
            "emissions_full_kg_per_km", "at least what it emits empty", row.emissions_full_kg_per_km
        )
