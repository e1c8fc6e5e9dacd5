"""Readings of sensors: every door ends here, a repeated reading changes nothing (IN-14)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.events import wake
from collab.organisations.context import acting_organisation_id
from collab.organisations.partitions import Pieces, pieces_of
from inventory.models import Device, DeviceAttachment, SensorReading
from inventory.queries.attachments import Past, attachment_at, past_attachments
from inventory.rules.event_ids import EPOCH, event_key, seen_key
from inventory.rules.reading_values import BATTERY, digest_of, fault_of, stored
from inventory.rules.token_bucket import Bucket, take
from inventory.services import reading_statement
from inventory.services.past_readings import judge_past
from inventory.services.reading_facts import Fresh
from inventory.services.reading_limits import judge_fresh
from inventory.services.seal_openings import follow_openings
from inventory.services.tracking_queue import Reason, Waiting

__all__ = ["BATCH", "ReadingRow", "Verdict", "VerdictState", "note_unknown", "record_readings"]

BATCH: Final = 1_000
CLOCK_TOLERANCE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One value as a device sent it.

    ``sequence`` is a number that the device never uses twice for the metric, or ``None``: then the
    time tells readings apart. A counter that wraps, such as Sparkplug's, is none.
    """

    device_id: UUID
    metric: str
    value: Decimal | float | bool | str
    unit: str
    sensed_at: datetime
    sequence: int | None = None


class VerdictState(StrEnum):
    """What became of a reading: only ``RECORDED`` changed anything."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one reading; ``reason`` says why it was not taken, ``field`` what was wrong."""

    state: VerdictState
    reason: str = ""
    field: str = ""
    reading: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Fit:
    """A reading that may be taken, as the statement wants it."""

    place: int
    fresh: Fresh
    columns: tuple[Any, ...]


@transaction.atomic
def record_readings(
    rows: Sequence[ReadingRow], *, source: str, received_at: datetime
) -> list[Verdict]:
    """Take readings of the acting organisation's devices; return a verdict on each, in order.

    The same reading again is a ``DUPLICATE``. Refused are: unknown and switched-off devices (they
    wait in the correction queue), readings of the future or of months that are not kept, values
    that cannot be stored, another value for what was recorded, and what a device sends beyond its
    allowance (``inventory.rules.token_bucket``). ``source`` tells the door, up to 40 characters.
    """
    verdicts: list[Verdict] = []
    pieces = pieces_of(SensorReading._meta.db_table)
    for first in range(0, len(rows), BATCH):
        batch = rows[first : first + BATCH]
        verdicts += _take(batch, pieces, source[:40], received_at)
    transaction.on_commit(wake.poke)
    return verdicts


@transaction.atomic
def note_unknown(names: Sequence[str], *, source: str, received_at: datetime) -> None:
    """Have somebody look at devices that nobody has registered, by the names they go by."""
    waiting = Waiting()
    for name in names:
        waiting.add(Reason.DEVICE, name, "", {"device": name[:200]})
    waiting.keep(source=source, at=received_at)


def _take(
    rows: Sequence[ReadingRow], pieces: Pieces, source: str, received_at: datetime
) -> list[Verdict]:
    devices = _locked({row.device_id for row in rows})
    found: list[Verdict | None] = [
        _screen(row, devices, pieces, received_at=received_at) for row in rows
    ]
    unknown = sorted({str(row.device_id) for row in rows if row.device_id not in devices})
    note_unknown(unknown, source=source, received_at=received_at)
    buckets, refused = _allow(rows, found, devices, received_at)
    fits = [place for place, said in enumerate(found) if said is None]
    past = past_attachments(
        {
            rows[place].device_id
            for place in fits
            if rows[place].sensed_at < devices[rows[place].device_id].attached_at
        }
    )
    fit = [_fit(place, rows[place], devices, past) for place in fits]
    done = reading_statement.run(
        readings=_columns(fit),
        devices=_device_columns(buckets, refused, fit),
        source=source,
        received_at=received_at,
        now=timezone.now(),
    )
    for index, each in enumerate(fit):
        found[each.place] = _verdict(each, index, done)
    fresh = [each.fresh for index, each in enumerate(fit) if index in done.fresh]
    judge_fresh(fresh, as_of=received_at)
    judge_past(fresh, as_of=received_at)
    follow_openings(fresh, as_of=received_at)
    return [said for said in found if said is not None]


def _locked(keys: set[UUID]) -> dict[UUID, Device]:
    """Return the acting organisation's live devices, held in the order of their keys."""
    own = Device.objects.filter(owner_id=acting_organisation_id(), pk__in=keys, is_active=True)
    return {row.pk: row for row in own.select_for_update(of=("self",)).order_by("pk")}


def _screen(
    row: ReadingRow, devices: dict[UUID, Device], pieces: Pieces, *, received_at: datetime
) -> Verdict | None:
    """Return why a reading cannot be taken, ``None`` if it can."""
    if row.device_id not in devices:
        return _refused("device", "a device of yours that is switched on", row.device_id)
    if (fault := fault_of(row.metric, row.value, row.unit, row.sequence)) is not None:
        field, expected = fault
        return _refused(field, expected, str(getattr(row, field))[:80])
    at = row.sensed_at
    if at.tzinfo is None:
        return _refused("sensed_at", "a time with its zone", at.isoformat())
    if at > received_at + CLOCK_TOLERANCE:
        return _refused("sensed_at", "a time that is not in the future", at.isoformat())
    if at < EPOCH or not pieces.holds(at):
        return _refused("sensed_at", "a time in a month that is kept", at.isoformat())
    return None


def _allow(
    rows: Sequence[ReadingRow],
    found: list[Verdict | None],
    devices: dict[UUID, Device],
    at: datetime,
) -> tuple[dict[UUID, Bucket], dict[UUID, int]]:
    """Refuse what devices send beyond their allowance; return their buckets and those counts."""
    places: dict[UUID, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        if found[place] is None:
            places[row.device_id].append(place)
    buckets, refused = {}, {}
    for key, device in devices.items():
        bucket = Bucket(device.tokens, device.refilled_at, device.is_throttled)
        mine = places[key]
        buckets[key], granted = take(
            bucket, len(mine), at=at, per_minute=device.per_minute, burst=device.burst
        )
        refused[key] = len(mine) - granted
        for place in mine[granted:]:
            found[place] = _refused(
                "device",
                f"at most {device.per_minute} readings a minute and {device.burst} at once"
                f" from {device.code} (throttled)",
                "more",
            )
    return buckets, refused


def _fit(place: int, row: ReadingRow, devices: dict[UUID, Device], past: Past) -> _Fit:
    device, owner_id = devices[row.device_id], acting_organisation_id()
    number, text = stored(row.value)
    told = "" if row.sequence is None else str(row.sequence)
    name = f"reading|{device.pk}|{row.metric}|{told}"
    key = event_key(row.sensed_at, owner_id, name, is_error=False)
    seen = key if row.sequence is None else seen_key(owner_id, name, is_error=False)
    was: DeviceAttachment | None = None
    partner_id, thing = device.counterparty_id, device.thing
    if row.sensed_at < device.attached_at:
        was = attachment_at(past.get(device.pk, ()), row.sensed_at)
        partner_id, thing = (was.counterparty_id, was.thing) if was else (owner_id, "")
    digest = digest_of(number, text, row.unit, row.sequence, row.sensed_at)
    columns = (
        str(key), str(seen), digest, partner_id, str(device.pk), row.metric, number, text, row.unit,
        row.sensed_at, row.sequence, thing,
    )  # fmt: skip
    fresh = Fresh(key, device, row.metric, number, text, row.unit, row.sensed_at, thing, was)
    return _Fit(place, fresh, columns)


def _columns(fit: Sequence[_Fit]) -> dict[str, list[Any]]:
    names = list(reading_statement.READINGS)
    return {name: [each.columns[place] for each in fit] for place, name in enumerate(names)}


def _device_columns(
    buckets: dict[UUID, Bucket], refused: dict[UUID, int], fit: Sequence[_Fit]
) -> dict[str, list[Any]]:
    battery: dict[UUID, tuple[datetime, int]] = {}
    for each in fit:
        said = each.fresh
        if said.metric == BATTERY and said.number is not None and 0 <= said.number <= 100:
            told = (said.sensed_at, round(said.number))
            battery[said.device.pk] = max(battery.get(said.device.pk, told), told)
    return {
        "id": [str(key) for key in buckets],
        "tokens": [each.tokens for each in buckets.values()],
        "is_throttled": [each.is_throttled for each in buckets.values()],
        "refused": [refused[key] for key in buckets],
        "battery": [battery[key][1] if key in battery else None for key in buckets],
    }


def _verdict(each: _Fit, index: int, done: reading_statement.Outcome) -> Verdict:
    if index in done.other:
        return _refused(
            "sequence" if each.columns[10] is not None else "sensed_at",
            "the value it was recorded with",
            each.fresh.text or each.fresh.number,
        )
    state = VerdictState.RECORDED if index in done.fresh else VerdictState.DUPLICATE
    return Verdict(state, reading=UUID(each.columns[0]))


def _refused(field: str, expected: str, got: object) -> Verdict:
    return Verdict(VerdictState.REFUSED, f"expected {expected}, got {got}", field)
