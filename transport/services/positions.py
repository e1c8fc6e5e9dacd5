"""Positions come in: what is believed is stored once, the rest is counted with its reason (TR-12).

A batch costs four statements whatever its size: the links it may belong to, the newest position
of each load, the insert, the counts. A load is told to its customer at most once in two seconds;
what comes meanwhile is told at the end of them.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from django.db import connection, transaction
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over
from transport.events import TRACKING_TOPIC, PositionsReported
from transport.rules.tracking import Ping, PingCause, PingRefusal, TrackingWindow, ping_refusal
from transport.services.links import DRIVER, normal_device

MOST = 1_000
LOADS_PER_EVENT = 50
TOLD_EVERY = timedelta(seconds=2)
HEAR_POSITIONS = "transport.hear_positions"
BY_API = "API"
"""Device of a position that came with a load's number alone."""

Text = Annotated[str, msgspec.Meta(max_length=40)]
Speed = Annotated[float, msgspec.Meta(ge=0, le=300)]
Heading = Annotated[float, msgspec.Meta(ge=0, le=360)]
Zoned = Annotated[datetime, msgspec.Meta(tz=True)]


class PositionReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One position [degrees WGS 84] of a load (its number or id) or of a device (plate or unit)."""

    latitude: float
    longitude: float
    recorded_at: Zoned
    load: Text = ""
    device: Text = ""
    speed_kmh: Speed | None = None
    heading: Heading | None = None
    key: Annotated[str, msgspec.Meta(max_length=120)] = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one report; ``cause`` and ``reason`` of one that was set aside."""

    status: Literal["recorded", "known", "set_aside"]
    cause: str = ""
    reason: str = ""


@dataclass(slots=True)
class _Target:
    """A load that positions may be about."""

    load_id: UUID
    number: str
    customer_id: int
    window: TrackingWindow
    devices: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Row:
    """A position that is believed, on its way into the table."""

    place: int
    target: _Target
    device: str
    key: str
    report: PositionReport


RECORDED, KNOWN = Verdict("recorded"), Verdict("known")


@transaction.atomic
def record_positions(
    reports: Sequence[PositionReport], *, received_at: datetime, means: str = ""
) -> list[Verdict]:
    """Take reports of the acting organisation's vehicles; return a verdict for each, in order.

    ``means`` limits the links that count (the driver's page may speak for its own alone). The
    same report twice is one row. Raises ``ValueError`` above ``MOST`` reports.
    """
    if len(reports) > MOST:
        raise ValueError(f"expected at most {MOST} reports at once, got {len(reports)}")
    targets = _targets(reports, means)
    verdicts: list[Verdict] = [KNOWN] * len(reports)
    believed: list[_Row] = []
    newest = _newest({each.load_id for found in targets.values() for each in found})
    for place in sorted(range(len(reports)), key=lambda each: reports[each].recorded_at):
        rows, refused = _judge(place, reports[place], targets, newest, received_at)
        believed += rows
        if refused is not None:
            verdicts[place] = Verdict("set_aside", refused.cause.value, refused.reason)
    for row in _insert(believed, received_at):
        verdicts[row.place] = RECORDED
    _count_set_aside(reports, verdicts, received_at)
    new = {
        each.target.load_id: each.target for each in believed if verdicts[each.place] is RECORDED
    }
    _tell(new.values(), now=received_at)
    return verdicts


def _targets(reports: Sequence[PositionReport], means: str) -> dict[str, list[_Target]]:
    """Return the loads that each name in the reports may mean: number, id or device."""
    names = {each.load for each in reports if each.load}
    devices = {normal_device(each.device) for each in reports if each.device and not each.load}
    keys = {name for name in names if _is_uuid(name)}
    wanted = [
        ("load_id", "uuid", sorted(keys)),
        ("load_number", "text", sorted(names - keys)),
        ("device", "text", sorted(devices - {""})),
    ]
    by_load: dict[UUID, _Target] = {}
    found: dict[str, list[_Target]] = defaultdict(list)
    for load_id, number, customer_id, start, end, device in _links(wanted, means):
        target = by_load.get(load_id)
        if target is None:
            target = _Target(load_id, number, customer_id, TrackingWindow(start, end))
            by_load[load_id] = target
            found[number].append(target)
            found[str(load_id)].append(target)
        if device and (means or device != DRIVER):
            target.devices.add(device)
            found[f"device:{device}"].append(target)
    return found


def _links(wanted: Sequence[tuple[str, str, list[str]]], means: str) -> list[tuple[Any, ...]]:
    """Return the open links under any of (column, type, values): each column by its own index."""
    branches: list[str] = []
    params: list[Any] = []
    for column, kind, values in wanted:
        if values:
            branches.append(
                "SELECT load_id, load_number, customer_id, active_from, active_until, device"
                " FROM transport_trackinglink WHERE owner_id = %s AND stopped_at IS NULL"
                " AND (%s = '' OR means = %s AND consented_at IS NOT NULL)"
                f" AND {column} = ANY(%s::{kind}[])"
            )
            params += [acting_organisation_id(), means, means, values]
    if not branches:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(branches), params)
        return list(cursor.fetchall())


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _newest(load_ids: Collection[UUID]) -> dict[UUID, Ping]:
    """Return the newest stored position of each load."""
    if not load_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.load_id, p.device, p.recorded_at, p.latitude, p.longitude"
            " FROM unnest(%s::uuid[]) AS wanted(id) CROSS JOIN LATERAL"
            " (SELECT load_id, device, recorded_at, latitude, longitude FROM transport_position"
            "   WHERE owner_id = %s AND load_id = wanted.id ORDER BY recorded_at DESC LIMIT 1) p",
            [list(load_ids), acting_organisation_id()],
        )
        return {
            load_id: Ping(device=device, at=at, latitude=latitude, longitude=longitude)
            for load_id, device, at, latitude, longitude in cursor.fetchall()
        }


def _judge(
    place: int,
    report: PositionReport,
    targets: dict[str, list[_Target]],
    newest: dict[UUID, Ping],
    received_at: datetime,
) -> tuple[list[_Row], PingRefusal | None]:
    """Return the rows a report makes, one for each load on the vehicle; none with the refusal."""
    device = normal_device(report.device)
    meant = targets.get(report.load or f"device:{device}", [])
    if report.load and len(meant) > 1:
        reason = f"Several loads have the number {report.load}: name it by its id."
        return [], PingRefusal(PingCause.FOREIGN_DEVICE, reason)
    if not meant:
        reason = "No load of yours is followed under that number or device."
        return [], PingRefusal(PingCause.FOREIGN_DEVICE, reason)
    rows: list[_Row] = []
    refused: PingRefusal | None = None
    for target in meant:
        known = device or BY_API
        ping = Ping(
            device=known,
            at=report.recorded_at,
            latitude=report.latitude,
            longitude=report.longitude,
        )
        previous = newest.get(target.load_id)
        verdict = ping_refusal(
            ping,
            received_at=received_at,
            window=target.window,
            devices=target.devices if device and target.devices else {known},
            previous=previous,
        )
        if verdict is not None:
            refused = refused or verdict
            continue
        if previous is None or ping.at > previous.at:
            newest[target.load_id] = ping
        key = report.key or f"{known}|{report.recorded_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        rows.append(_Row(place, target, known, key, report))
    return rows, None if rows else refused


_INSERT = """
INSERT INTO transport_position (id, owner_id, counterparty_id, load_id, device, key, latitude,
                                longitude, speed_kmh, heading, recorded_at, received_at)
SELECT id, %s, customer_id, load_id, device, key, latitude, longitude, speed_kmh, heading,
       recorded_at, %s
  FROM unnest(%s::uuid[], %s::bigint[], %s::uuid[], %s::text[], %s::text[], %s::float8[],
              %s::float8[], %s::float8[], %s::float8[], %s::timestamptz[])
       AS fresh (id, customer_id, load_id, device, key, latitude, longitude, speed_kmh, heading,
                 recorded_at)
 ORDER BY load_id, key
ON CONFLICT (owner_id, load_id, key) DO NOTHING
RETURNING id
"""


def _insert(rows: Sequence[_Row], received_at: datetime) -> list[_Row]:
    """Store the rows in one statement; return those that were not there yet."""
    if not rows:
        return []
    keys = [uuid7() for _row in rows]
    columns: list[list[Any]] = [
        keys,
        [row.target.customer_id for row in rows],
        [row.target.load_id for row in rows],
        [row.device for row in rows],
        [row.key for row in rows],
        [row.report.latitude for row in rows],
        [row.report.longitude for row in rows],
        [row.report.speed_kmh for row in rows],
        [row.report.heading for row in rows],
        [row.report.recorded_at for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [acting_organisation_id(), received_at, *columns])
        fresh = {found[0] for found in cursor.fetchall()}
    return [row for key, row in zip(keys, rows, strict=True) if key in fresh]


_COUNT = """
INSERT INTO transport_setaside AS s (id, owner_id, device, reason, "on", reports, example, last_at)
SELECT id, %s, device, reason, %s, reports, example, %s
  FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::int[], %s::jsonb[])
       AS fresh (id, device, reason, reports, example)
 ORDER BY device, reason
ON CONFLICT (owner_id, device, reason, "on") DO UPDATE
   SET reports = s.reports + EXCLUDED.reports, example = EXCLUDED.example,
       last_at = EXCLUDED.last_at
"""


def _count_set_aside(
    reports: Sequence[PositionReport], verdicts: Sequence[Verdict], received_at: datetime
) -> None:
    """Add to the counts per device, reason and day; the newest report is kept as the example."""
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for report, verdict in zip(reports, verdicts, strict=True):
        if verdict.status == "set_aside":
            name = (normal_device(report.device) or report.load[:40], verdict.cause)
            counts[name] += 1
            examples[name] = msgspec.json.encode(report).decode()
    if not counts:
        return
    names = sorted(counts)
    columns: list[list[Any]] = [
        [uuid7() for _name in names],
        [device for device, _cause in names],
        [cause for _device, cause in names],
        [counts[name] for name in names],
        [examples[name] for name in names],
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT, [acting_organisation_id(), received_at.date(), received_at, *columns]
        )


_CLAIM = """
UPDATE transport_trackinglink SET told_at = %s
 WHERE id IN (SELECT DISTINCT ON (load_id) id FROM transport_trackinglink
               WHERE owner_id = %s AND load_id = ANY(%s::uuid[]) ORDER BY load_id, id)
   AND (told_at IS NULL OR told_at <= %s)
RETURNING load_id
"""


def _tell(targets: Iterable[_Target], *, now: datetime) -> None:
    """Tell each customer of its loads, at once or when two seconds have passed since the last."""
    by_load = {each.load_id: each for each in targets}
    if not by_load:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            [now, acting_organisation_id(), list(by_load), now - TOLD_EVERY],
        )
        due = {row[0] for row in cursor.fetchall()}
    for customer_id, keys in _by_customer(by_load, due).items():
        for chunk in _chunks(keys):
            publish(
                PositionsReported(
                    change_id=str(uuid7()),
                    customer_id=customer_id,
                    load_ids=[str(key) for key in chunk],
                )
            )
    _tell_later(_by_customer(by_load, by_load.keys() - due), now)


def _tell_later(waiting: dict[int, list[UUID]], now: datetime) -> None:
    bucket = int(now.timestamp() // TOLD_EVERY.total_seconds()) + 1
    due_at = datetime.fromtimestamp(bucket * TOLD_EVERY.total_seconds(), UTC)
    for customer_id, keys in waiting.items():
        for chunk in _chunks(keys):
            names = ",".join(str(key) for key in chunk)
            hand_over(
                uuid5(NAMESPACE_URL, f"positions:{customer_id}:{bucket}:{names}"),
                listener=HEAR_POSITIONS,
                topic=TRACKING_TOPIC,
                about_ids=[customer_id],
                rows=chunk,
                due_at=due_at,
            )


def _by_customer(by_load: dict[UUID, _Target], keys: Collection[UUID]) -> dict[int, list[UUID]]:
    found: dict[int, list[UUID]] = defaultdict(list)
    for key in sorted(keys):
        found[by_load[key].customer_id].append(key)
    return found


def _chunks(keys: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    for start in range(0, len(keys), LOADS_PER_EVENT):
        yield keys[start : start + LOADS_PER_EVENT]
