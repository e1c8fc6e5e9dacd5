"""Devices as people register them: what they are and what they are attached to."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.masterdata.refusals import Refused, clean_text, clean_whole, locked, refusing
from collab.organisations.context import acting_organisation_id
from inventory.models import (
    Device,
    DeviceAttachment,
    DeviceCredential,
    TrackingCorrection,
    UnitState,
)
from inventory.models.devices import CODE
from inventory.models.tracking import LINK
from inventory.rules.unit_names import plate_of
from inventory.sensor_alerts import end_crossings
from inventory.services.subjects import own_site
from inventory.services.tracking_queue import settle_subject
from transport.queries.loads import LoadFilter, list_loads
from transport.queries.plates import advised_units

MOST_PER_MINUTE: Final = 100_000
MOST_AT_ONCE: Final = 1_000_000
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")
_TAKEN = {"inventory_device_code": ("code", "a code that no device of yours has")}


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePlan:
    """A device as somebody states it.

    It is attached to at most one of ``thing`` (identifier of a unit or an asset), ``load`` (a
    load's number) and ``site`` (a code). ``per_minute`` and ``burst`` are the readings it may send.
    """

    code: str
    name: str = ""
    kind: str = Device.Kind.SENSOR.value
    thing: str = ""
    load: str = ""
    site: str = ""
    per_minute: int = 60
    burst: int = 600
    is_active: bool = True
    attached_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """What a device is attached to, and whose business that is."""

    thing: str
    load_id: UUID | None
    load_number: str
    site_id: UUID | None
    counterparty_id: int


@transaction.atomic
def keep_device(plan: DevicePlan, *, key: UUID | None = None, version: int | None = None) -> Device:
    """Register a device, or change the one with ``key``; raise ``Refused`` for what is wrong.

    Where it is attached to something else, what stood open about it closes, and its readings are
    the new partner's business from now on (``attached_at``); earlier ones stay whose they were,
    also where they come late: what it was attached to before is kept.
    Switching it off ends its credentials. Raises ``VersionConflict`` and ``Device.DoesNotExist``.
    """
    now = timezone.now()
    row = _row(key, version, now)
    row.code = _code(plan.code)
    row.name = clean_text("name", plan.name, 80, required=False)
    if plan.kind not in Device.Kind.values:
        raise Refused("kind", f"one of {', '.join(Device.Kind.values)}", plan.kind)
    row.kind = plan.kind
    row.per_minute = clean_whole("per_minute", plan.per_minute, at_least=1, at_most=MOST_PER_MINUTE)
    burst = clean_whole("burst", plan.burst, at_least=1, at_most=MOST_AT_ONCE)
    row.tokens = float(burst) if key is None else min(row.tokens, float(burst))
    row.burst = burst
    _attach(row, _place(plan), plan.attached_at or now, is_new=key is None)
    row.is_active = plan.is_active
    with refusing(_TAKEN, {"code": row.code}):
        row.save()
    if not row.is_active:
        live = DeviceCredential.objects.filter(device=row, revoked_at__isnull=True)
        live.update(revoked_at=now)
    settle_subject(TrackingCorrection.Reason.DEVICE.value, row.code)
    return row


@transaction.atomic
def remove_device(key: UUID, *, version: int | None = None) -> None:
    """Take a device away with its credentials and newest readings; its history stays.

    Raises ``Device.DoesNotExist`` and ``VersionConflict``.
    """
    row = locked(Device, key, version)
    end_crossings(row.pk, as_of=timezone.now())
    row.delete()


def devices_named(names: set[str]) -> dict[str, UUID]:
    """Return the acting organisation's devices by the codes and keys they go by."""
    keys = {name for name in names if _is_key(name)}
    own = Device.objects.filter(owner_id=acting_organisation_id())
    found = dict(own.filter(code__in=names).values_list("code", "pk"))
    return {str(key): key for key in own.filter(pk__in=keys).values_list("pk", flat=True)} | found


def _row(key: UUID | None, version: int | None, now: datetime) -> Device:
    if key is None:
        own = acting_organisation_id()
        return Device(owner_id=own, counterparty_id=own, attached_at=now, refilled_at=now)
    row = locked(Device, key, version)
    row.version += 1
    return row


def _code(text: str) -> str:
    code = clean_text("code", text, CODE)
    if not _CODE.fullmatch(code):
        raise Refused("code", "letters, digits and . _ : - in a code", text)
    return code


def _attach(row: Device, place: _Place, at: datetime, *, is_new: bool) -> None:
    if at > timezone.now():
        raise Refused("attached_at", "a time that is not in the future", at.isoformat())
    now = _Place(row.thing, row.load_id, row.load_number, row.site_id, row.counterparty_id)
    if not is_new and place == now:
        return
    if not is_new:
        end_crossings(row.pk, as_of=timezone.now())
        _keep_past(row, at)
    row.thing, row.load_id, row.load_number = place.thing, place.load_id, place.load_number
    row.site_id, row.counterparty_id, row.attached_at = place.site_id, place.counterparty_id, at


def _keep_past(row: Device, until: datetime) -> None:
    """Keep what a device was attached to until now, and end earlier ones by the same instant."""
    known = DeviceAttachment.objects.filter(owner_id=row.owner_id, device=row)
    known.filter(began_at__gte=until).delete()
    known.filter(ended_at__gt=until).update(ended_at=until)
    if row.attached_at < until and (row.thing or row.load_id or row.site_id):
        DeviceAttachment.objects.create(
            owner_id=row.owner_id,
            device=row,
            thing=row.thing,
            load_id=row.load_id,
            load_number=row.load_number,
            site_id=row.site_id,
            counterparty_id=row.counterparty_id,
            began_at=row.attached_at,
            ended_at=until,
        )


def _place(plan: DevicePlan) -> _Place:
    own = acting_organisation_id()
    thing = clean_text("thing", plan.thing, LINK, required=False)
    if sum(map(bool, (thing, plan.load, plan.site))) > 1:
        raise Refused("thing", "a unit, a load or a site, one of them", thing)
    if thing:
        if ":" not in thing:
            raise Refused("thing", "a GS1 link or URN, or another URI", thing)
        return _Place(thing, None, "", None, _partner_of(thing))
    if plan.load:
        found = [
            row
            for row in list_loads(LoadFilter(view="all", text=plan.load), limit=20)
            if row.values.get("number") == plan.load
        ]
        if not found:
            raise Refused("load", "the number of a load you see", plan.load)
        return _Place("", found[0].id, plan.load, None, own)
    if plan.site:
        return _Place("", None, "", own_site(plan.site).pk, own)
    return _Place("", None, "", None, own)


def _partner_of(thing: str) -> int:
    """Return whose business a unit is: its advice's partner, else what its events say."""
    own = acting_organisation_id()
    plate = plate_of(thing)
    if plate and (advised := advised_units([plate]).get(plate)) is not None:
        return advised.partner_id
    unit = UnitState.objects.filter(owner_id=own, thing=thing).first()
    return unit.counterparty_id if unit else own


def _is_key(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True
