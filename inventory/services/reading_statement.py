"""The one statement that takes a batch of readings: all of it, or with an error nothing.

Dedupe, readings, the newest of each metric, what the devices are known by and the outbox are
written together; lists travel as arrays, one a column. The caller holds the devices' rows, so
writers of one device wait for each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from uuid_utils.compat import uuid7

from collab.organisations.context import acting_organisation_id
from inventory.services.tracking_statement import publication

READINGS: Final = {
    "id": "uuid",
    "seen": "uuid",
    "digest": "bytea",
    "counterparty_id": "bigint",
    "device_id": "uuid",
    "metric": "text",
    "number": "float8",
    "text": "text",
    "unit": "text",
    "sensed_at": "timestamptz",
    "sequence": "bigint",
    "thing": "text",
}
DEVICES: Final = {
    "id": "uuid",
    "tokens": "float8",
    "is_throttled": "boolean",
    "refused": "bigint",
    "battery": "smallint",
}
SHOWN_PER_PARTNER: Final = 50
"""Readings of one batch that screens are told about, per partner; lists reload anyway."""

_COPIED = [name for name in READINGS if name not in {"seen", "digest"}]
_SHOWN = """CASE WHEN l.shown_at <= %(now)s::timestamptz - interval '500 ms' THEN %(now)s
              WHEN l.shown_at <= %(now)s THEN %(later)s ELSE l.shown_at END"""
_VALUES = (
    "counterparty_id", "device_code", "number", "text", "unit", "sensed_at", "received_at",
    "reading", "thing",
)  # fmt: skip


def _arrays(prefix: str, columns: Mapping[str, str]) -> str:
    return ", ".join(f"%({prefix}_{name})s::{kind}[]" for name, kind in columns.items())


def _names(columns: Mapping[str, str] | Sequence[str], table: str = "") -> str:
    return ", ".join(f'{table}"{name}"' for name in columns)


def _told(table: str) -> str:
    return f"(SELECT jsonb_agg(jsonb_build_array(id, counterparty_id)) FROM {table})"


def _shown(name: str, table: str, due: str) -> str:
    return publication(
        name,
        kind="inventory.sensing.ReadingsTaken",
        body=f"jsonb_build_object('readings', {_told(table)})",
        condition=f"EXISTS (SELECT FROM {table})",
        due=due,
    )


STATEMENT: Final = f"""
WITH input AS MATERIALIZED (
  SELECT * FROM unnest({_arrays("reading", READINGS)}) WITH ORDINALITY
      AS r({_names(READINGS)}, place)
), first AS (
  SELECT DISTINCT ON (seen) * FROM input ORDER BY seen, place
), fresh AS (
  INSERT INTO inventory_readingseen (id, owner_id, digest)
  SELECT seen, %(owner)s, digest FROM first ORDER BY seen
  ON CONFLICT (id) DO NOTHING RETURNING id
), taken AS (
  INSERT INTO inventory_sensorreading (owner_id, received_at, source, {_names(_COPIED)})
  SELECT %(owner)s, %(received_at)s, %(source)s, {_names(_COPIED, "first.")}
    FROM first JOIN fresh ON fresh.id = first.seen
  RETURNING *
), newest AS (
  SELECT DISTINCT ON (device_id, metric) * FROM taken ORDER BY device_id, metric, id DESC
), latest AS (
  INSERT INTO inventory_latestreading AS l
         (id, owner_id, device_id, metric, side, is_breached, shown_at, {_names(_VALUES)})
  SELECT gen_random_uuid(), %(owner)s, n.device_id, n.metric, '', false, %(now)s,
         n.counterparty_id, d.code, n.number, n.text, n.unit, n.sensed_at, n.received_at, n.id,
         n.thing
    FROM newest n JOIN inventory_device d ON d.id = n.device_id AND d.owner_id = %(owner)s
   ORDER BY n.device_id, n.metric
  ON CONFLICT (owner_id, device_id, metric) DO UPDATE
     SET {", ".join(f"{name} = EXCLUDED.{name}" for name in _VALUES)}, shown_at = {_SHOWN}
   WHERE EXCLUDED.reading > l.reading
  RETURNING id, counterparty_id, shown_at
), devices AS (
  UPDATE inventory_device d
     SET tokens = r.tokens, refilled_at = %(received_at)s, is_throttled = r.is_throttled,
         throttled_count = d.throttled_count + r.refused,
         throttled_at = CASE WHEN r.refused > 0 THEN %(received_at)s ELSE d.throttled_at END,
         last_seen_at = greatest(d.last_seen_at, %(received_at)s),
         battery_percent = coalesce(r.battery, d.battery_percent)
    FROM unnest({_arrays("device", DEVICES)}) AS r({_names(DEVICES)})
   WHERE d.id = r.id AND d.owner_id = %(owner)s
), told AS (
  SELECT id, counterparty_id, shown_at,
         row_number() OVER (PARTITION BY counterparty_id, shown_at ORDER BY id) AS place
    FROM latest WHERE shown_at IN (%(now)s, %(later)s)
), at_once AS (
  SELECT * FROM told WHERE shown_at = %(now)s AND place <= {SHOWN_PER_PARTNER}
), soon AS (
  SELECT * FROM told WHERE shown_at = %(later)s AND place <= {SHOWN_PER_PARTNER}
),
{_shown("at_once_told", "at_once", "%(now)s")},
{_shown("soon_told", "soon", "%(later)s::timestamptz + interval '300 ms'")}
SELECT array_agg(input.place - 1) FILTER (WHERE fresh.id IS NOT NULL
                                            AND input.place = first.place),
       array_agg(input.place - 1) FILTER (WHERE input.digest <> coalesce(e.digest, first.digest))
  FROM input JOIN first ON first.seen = input.seen
       LEFT JOIN fresh ON fresh.id = input.seen
       LEFT JOIN inventory_readingseen e ON e.id = input.seen
"""

Columns = Mapping[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the readings, by their places: fresh, or known with another content."""

    fresh: frozenset[int]
    other: frozenset[int]


def run(
    *, readings: Columns, devices: Columns, source: str, received_at: datetime, now: datetime
) -> Outcome:
    """Run the statement acting for the owner, in the caller's transaction."""
    params: dict[str, Any] = {
        "owner": acting_organisation_id(),
        "source": source,
        "received_at": received_at,
        "now": now,
        "later": now + timedelta(milliseconds=500),
    }
    for name in ("at_once_told", "soon_told"):
        params |= {f"{name}_id": str(uuid7()), f"{name}_errand": str(uuid7())}
    for prefix, columns in (("reading", readings), ("device", devices)):
        params |= {f"{prefix}_{name}": values for name, values in columns.items()}
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, params)
        row = cursor.fetchone()
    return Outcome(*(frozenset(places or ()) for places in row))
