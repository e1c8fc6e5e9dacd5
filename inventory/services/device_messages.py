"""What devices say over MQTT becomes readings; what is unreadable waits to be corrected (IN-14)."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from collab.integration.mqtt.reader import Delivery
from collab.organisations.context import acting_organisation_id
from inventory.models import Device
from inventory.services.devices import seen
from inventory.services.readings import ReadingRow, VerdictState, note_unknown, record_readings
from inventory.services.tracking_queue import Reason, Waiting

SOURCE: Final = "mqtt"
THROTTLED: Final = "throttled"
UNREADABLE: Final = "message"
_KEPT_BYTES: Final = 16_384


@transaction.atomic
def keep_deliveries(deliveries: Sequence[Delivery], *, received_at: datetime) -> None:
    """Record all that one organisation's devices said; once more changes nothing.

    Readings go through the one door of readings. Unreadable messages, refused readings and unknown
    devices wait in the correction queue, the message as it came with them. What a device sent
    beyond its allowance is only counted: it is told on the device's page.
    """
    waiting = Waiting()
    codes = {each.code for each in deliveries if each.code}
    devices = _devices(codes)
    rows: list[ReadingRow] = []
    origins: list[Delivery] = []
    for each in deliveries:
        if each.reason:
            _note(waiting, each, UNREADABLE, each.reason)
        elif each.code in devices:
            rows += [
                ReadingRow(
                    devices[each.code],
                    said.metric,
                    said.value,
                    said.unit,
                    said.sensed_at,
                    said.sequence,
                )
                for said in each.values
            ]
            origins += [each] * len(each.values)
    for origin, verdict in zip(
        origins, record_readings(rows, source=SOURCE, received_at=received_at), strict=True
    ):
        if verdict.state is VerdictState.REFUSED and THROTTLED not in verdict.reason:
            _note(waiting, origin, verdict.field, verdict.reason)
    for each in deliveries:
        if each.state and each.code in devices:
            seen(devices[each.code], at=received_at, session=each.state)
    waiting.keep(source=SOURCE, at=received_at)
    unknown = {each.code for each in deliveries if not each.reason and each.code not in devices}
    note_unknown(sorted(unknown), source=SOURCE, received_at=received_at)


def _devices(codes: set[str]) -> dict[str, UUID]:
    own = Device.objects.filter(owner_id=acting_organisation_id(), code__in=codes, is_active=True)
    return dict(own.values_list("code", "pk"))


def _note(waiting: Waiting, delivery: Delivery, field: str, reason: str) -> None:
    """Keep a message raw, as text or in base64: one for each device and field, others count."""
    raw = delivery.raw[:_KEPT_BYTES]
    body: dict[str, object] = {"topic": _clean(delivery.topic[:200]), "bytes": len(delivery.raw)}
    text = raw.decode(errors="replace")
    if "\ufffd" in text or "\x00" in text:
        body["base64"] = base64.b64encode(raw).decode()
    else:
        body["text"] = text
    place = delivery.code or delivery.topic
    waiting.add(Reason.REFUSED, f"{_clean(place[:100])}: {field}", _clean(reason), body)


def _clean(text: str) -> str:
    """Return a text that PostgreSQL and a page can hold, whatever a device put into it."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
