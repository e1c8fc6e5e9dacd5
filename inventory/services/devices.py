"""Devices: registered, attached, given credentials, seen."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from collab.integration.mqtt.passwords import hash_password
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for, acting_for_platform, acting_organisation_id
from collab.organisations.models import Organisation
from inventory.models import Device, DeviceCredential

LIVE_CREDENTIALS: Final = 2
"""Of one device: the one in use, and the one that takes its place."""
_SECRET_BYTES: Final = 24
Session = Device.Session


@dataclass(frozen=True, slots=True)
class DeviceAccount:
    """What a broker has to know of one credential; ``tenant`` is the slug of the organisation."""

    username: str
    password_hash: str
    tenant: str
    owner_id: int
    device_id: UUID
    code: str


def device_accounts() -> Iterator[DeviceAccount]:
    """Yield the live credentials of all switched-on devices of all tenants, for a broker's files.

    Work of the platform: called outside of any ``acting_for``.
    """
    for owner_id in acting_for_platform(reason="accounts of devices at the broker"):
        with acting_for(owner_id):
            found = _accounts(owner_id)
        yield from found


def _accounts(owner_id: int) -> list[DeviceAccount]:
    slug = Organisation.objects.values_list("slug", flat=True).get(pk=owner_id)
    rows = DeviceCredential.objects.filter(
        owner_id=owner_id, revoked_at__isnull=True, device__is_active=True
    ).select_related("device")
    return [
        DeviceAccount(
            row.username, row.password_hash, slug, owner_id, row.device_id, row.device.code
        )
        for row in rows.order_by("pk")
    ]


@transaction.atomic
def issue_credential(device: Device) -> tuple[str, str]:
    """Give a device one more credential; return user name and secret, which is told only now.

    Raises ``Refused`` while two are live: one of them has to be revoked first.
    """
    Device.objects.select_for_update(of=("self",)).get(pk=device.pk)
    live = live_credentials(device.pk)
    if len(live) >= LIVE_CREDENTIALS:
        raise Refused("credential", f"at most {LIVE_CREDENTIALS} live credentials", len(live))
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    row = DeviceCredential.objects.create(
        owner_id=acting_organisation_id(),
        device=device,
        password_hash=hash_password(secret),
        created_at=timezone.now(),
    )
    return row.username, secret


def live_credentials(device_id: UUID) -> list[DeviceCredential]:
    """Return the credentials a device may log in with, newest first."""
    rows = DeviceCredential.objects.filter(device_id=device_id, revoked_at__isnull=True)
    return list(rows.order_by("-pk"))


def revoke(credential_id: UUID) -> bool:
    """Take a credential back for good; return whether it was live."""
    rows = DeviceCredential.objects.filter(pk=credential_id, revoked_at__isnull=True)
    return bool(rows.update(revoked_at=timezone.now()))


def seen(
    device_id: UUID, *, at: datetime, battery: int | None = None, session: str | None = None
) -> None:
    """Note that a device was heard of, its battery [%] and its session, where they are told.

    ``session`` is one of ``Device.Session``. An older ``at`` than known changes no time.
    """
    values: dict[str, object] = {"last_seen_at": Greatest(Coalesce(F("last_seen_at"), at), at)}
    if battery is not None:
        values["battery_percent"] = min(max(battery, 0), 100)
    if session is not None:
        values["session"] = Session(session).value
    Device.objects.filter(pk=device_id).update(**values)
