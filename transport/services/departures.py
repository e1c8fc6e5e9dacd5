"""Fixed departures of carriers: kept by their customer, read as runs by the mode choice (TR-02)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from transport.events import DeparturesChanged
from transport.models import Departure
from transport.rules.modes import Run
from transport.rules.timetable import (
    DAY_MINUTES,
    LONGEST_CUT_OFF,
    LONGEST_TRANSIT_DAYS,
    Service,
    runs,
)
from transport.services.arrivals import zone_of
from transport.services.places import Place, zones_of

FIELDS = (
    "carrier", "code", "origin_zone", "destination_zone", "weekday", "departs_minute",
    "cut_off_minutes", "transit_days", "arrives_minute", "valid_from", "valid_to", "is_active",
)  # fmt: skip
LIMITS = {
    "weekday": 6,
    "departs_minute": DAY_MINUTES - 1,
    "arrives_minute": DAY_MINUTES - 1,
    "cut_off_minutes": LONGEST_CUT_OFF,
    "transit_days": LONGEST_TRANSIT_DAYS,
}


@transaction.atomic
def save_departure(
    values: Mapping[str, Any], *, departure_id: UUID | None = None, version: int | None = None
) -> Departure:
    """Add a departure, or change the named columns of one; ``carrier`` is a BPN.

    Raises ``Refused`` by field, ``Departure.DoesNotExist``, ``VersionConflict``.
    """
    if unknown := set(values) - set(FIELDS):
        raise Refused(min(unknown), "a column of a departure", "")
    row = Departure(owner_id=acting_organisation_id())
    if departure_id is not None:
        row = _locked(departure_id, version)
        row.version += 1
    for name, value in values.items():
        if name == "carrier":
            row.counterparty = _carrier(str(value))
        else:
            setattr(row, name, value.strip() if isinstance(value, str) else value)
    _check(row)
    row.save()
    _tell(row)
    return row


@transaction.atomic
def remove_departure(departure_id: UUID, *, version: int | None = None) -> None:
    """Take a departure away."""
    row = _locked(departure_id, version)
    key = row.pk
    row.delete()
    row.pk = key
    _tell(row)


def timetable_of(
    departures: Sequence[Departure],
    origin: Place,
    destination: Place,
    *,
    since: datetime,
    until: datetime,
) -> tuple[Run, ...] | None:
    """Return the runs from one place to another; ``None`` where no fixed service is known.

    Departures of the narrowest zones count: those of a town hide those of its country.
    """
    for start in zones_of(origin):
        for end in zones_of(destination):
            lane = [
                service_of(each)
                for each in departures
                if (each.origin_zone, each.destination_zone) == (start, end)
            ]
            if lane:
                return runs(
                    lane,
                    since=since,
                    until=until,
                    origin_zone=zone_of(origin),
                    destination_zone=zone_of(destination),
                )
    return None


def departures_by_carrier() -> dict[int, list[Departure]]:
    """Return the active departures that the acting organisation books, by carrier; one query."""
    found: dict[int, list[Departure]] = {}
    rows = Departure.objects.filter(owner_id=acting_organisation_id(), is_active=True)
    for row in rows.order_by("code", "weekday"):
        found.setdefault(row.counterparty_id, []).append(row)
    return found


def service_of(row: Departure) -> Service:
    """Return a departure as the rules read it."""
    return Service(
        weekday=row.weekday,
        departs_minute=row.departs_minute,
        cut_off_minutes=row.cut_off_minutes,
        transit_days=row.transit_days,
        arrives_minute=row.arrives_minute,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def unloaded(found: Sequence[Run] | None, handling: timedelta) -> tuple[Run, ...] | None:
    """Return runs whose arrival is the end of unloading, ``handling`` after the vehicle's."""
    if found is None:
        return None
    return tuple(replace(each, arrives_at=each.arrives_at + handling) for each in found)


def _carrier(bpn: str) -> Organisation:
    row = Organisation.objects.filter(bpn=bpn).exclude(pk=acting_organisation_id()).first()
    if row is None:
        raise Refused("carrier", "the BPN of a carrier you work with", bpn)
    return row


def _check(row: Departure) -> None:
    if row.counterparty_id is None:
        raise Refused("carrier", "the BPN of a carrier you work with", "")
    for name, most in LIMITS.items():
        value = getattr(row, name)
        if value is None or not 0 <= value <= most:
            raise Refused(name, f"a whole number from 0 to {most}", value)
    if row.transit_days == 0 and row.arrives_minute <= row.departs_minute:
        raise Refused("arrives_minute", "an arrival after the departure", row.arrives_minute)
    if row.valid_to is not None and row.valid_to <= row.valid_from:
        raise Refused("valid_to", f"a day after {row.valid_from}", row.valid_to)
    try:
        row.full_clean(exclude=["owner", "counterparty"], validate_constraints=False)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Refused(field, messages[0].rstrip("."), getattr(row, field, "")) from None
    same = Departure.objects.filter(
        owner_id=row.owner_id,
        counterparty_id=row.counterparty_id,
        code=row.code,
        weekday=row.weekday,
    ).exclude(pk=row.pk)
    if same.exists():
        raise Refused("code", "a code that this carrier does not have on this weekday", row.code)


def _locked(departure_id: UUID, version: int | None) -> Departure:
    rows = Departure.objects.filter(owner_id=acting_organisation_id())
    row: Departure = rows.select_for_update(of=("self",)).get(pk=departure_id)
    if version is not None and version != row.version:
        raise VersionConflict(row.version, version)
    return row


def _tell(row: Departure) -> None:
    publish(
        DeparturesChanged(
            change_id=str(uuid7()),
            partner_id=row.counterparty_id,
            departure_ids=[str(row.pk)],
        )
    )
