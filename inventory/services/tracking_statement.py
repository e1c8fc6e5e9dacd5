"""The one statement that takes a batch of tracking events: all of it, or with an error nothing.

Dedupe, events, their things, positions, unit states and the outbox are written together; lists
travel as arrays, one a column. Rows that several writers meet (what was seen, positions, units)
are touched in the order of their keys, so that writers wait for each other instead of locking each
other out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

EVENTS: Final = {
    "id": "uuid",
    "seen": "uuid",
    "declared": "uuid",
    "digest": "bytea",
    "counterparty_id": "bigint",
    "event_id": "text",
    "event_hash": "text",
    "kind": "text",
    "action": "text",
    "happened_at": "timestamptz",
    "offset": "text",
    "declared_at": "timestamptz",
    "biz_step": "text",
    "disposition": "text",
    "read_point": "text",
    "biz_location": "text",
    "site_id": "uuid",
    "site_code": "text",
    "transformation_id": "text",
    "traits": "text",
    "body": "jsonb",
}
"""Columns of the events with their types; ``traits`` are joined by ``TRAIT_END``."""

THINGS: Final = {
    "id": "uuid",
    "event": "uuid",
    "counterparty_id": "bigint",
    "role": "text",
    "thing": "text",
    "quantity": "numeric",
    "uom": "text",
    "site_id": "uuid",
    "part_id": "uuid",
    "counted": "numeric",
}

SEEN: Final = {
    "seen_event": "uuid",
    "counterparty_id": "bigint",
    "observed_at": "timestamptz",
    "biz_step": "text",
    "is_ended": "boolean",
    "source": "text",
    "source_grade": "text",
}
PLACE: Final = {
    "place_event": "uuid",
    "placed_at": "timestamptz",
    "read_point": "text",
    "biz_location": "text",
    "site_id": "uuid",
    "site_code": "text",
}
DISPOSITION: Final = {"disposition_event": "uuid", "disposition": "text"}
PARENT: Final = {"parent_event": "uuid", "parent": "text"}
EMPTIED: Final = {"emptied_event": "uuid"}
REGISTERS: Final = (SEEN, PLACE, DISPOSITION, PARENT, EMPTIED)
"""Columns that change together; the first of each is the key of the event that says so."""

UNITS: Final = {
    "id": "uuid",
    "thing": "text",
    "part_id": "uuid",
    "part_number": "text",
    "first_event": "uuid",
    **SEEN,
    **PLACE,
    **DISPOSITION,
    **PARENT,
    **EMPTIED,
}
TRAIT_END: Final = "\x1f"
SHOWN_PER_PARTNER: Final = 20
"""Units of one batch that screens are told about by name, per partner; lists reload anyway."""

Columns = Mapping[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the statement did, by the places of the events in its columns.

    ``same`` and ``other`` were known, with the same and with another content; ``voided`` are fresh
    ones that were declared wrong before they came.
    """

    fresh: frozenset[int]
    same: frozenset[int]
    other: frozenset[int]
    voided: frozenset[int]


def _arrays(prefix: str, columns: Mapping[str, str]) -> str:
    return ", ".join(f"%({prefix}_{name})s::{kind}[]" for name, kind in columns.items())


def _names(columns: Mapping[str, str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _newer(register: Mapping[str, str]) -> str:
    stamp = next(iter(register))
    return f"EXCLUDED.{stamp} > u.{stamp}"


def _taking_the_newer() -> str:
    return ", ".join(
        f"{name} = CASE WHEN {_newer(register)} THEN EXCLUDED.{name} ELSE u.{name} END"
        for register in REGISTERS
        for name in register
    )


_SHOWN = """CASE WHEN u.shown_at <= %(now)s::timestamptz - interval '500 ms' THEN %(now)s
              WHEN u.shown_at <= %(now)s THEN %(later)s ELSE u.shown_at END"""

_COPIED = [name for name in EVENTS if name not in {"seen", "declared", "traits"}]
_COPIED_NAMES = ", ".join(f'"{name}"' for name in _COPIED)
_COPIED_INPUT = ", ".join(f'input."{name}"' for name in _COPIED)
_THING_NAMES = ", ".join(name for name in THINGS if name != "counted")

UNITS_IN: Final = f"""
  INSERT INTO inventory_unitstate AS u (owner_id, shown_at, changed_at, {_names(UNITS)})
  SELECT %(owner)s, %(now)s, %(now)s, r.* FROM unnest({_arrays("unit", UNITS)})
      AS r({_names(UNITS)}) ORDER BY thing
  ON CONFLICT (owner_id, thing) DO UPDATE SET {_taking_the_newer()},
      part_id = coalesce(EXCLUDED.part_id, u.part_id),
      part_number = coalesce(nullif(EXCLUDED.part_number, ''), u.part_number),
      first_event = least(EXCLUDED.first_event, u.first_event),
      changed_at = %(now)s, shown_at = {_SHOWN}
  WHERE EXCLUDED.first_event < u.first_event
     OR {" OR ".join(_newer(register) for register in REGISTERS)}
  RETURNING id, counterparty_id, shown_at
"""
"""Merge folded units into what stands: each fact keeps the newest event that says it."""


def publication(name: str, *, kind: str, body: str, condition: str, due: str) -> str:
    """Return two steps that do in SQL what ``collab.events.bus.publish`` does for one event."""
    return f"""
{name} AS (
  INSERT INTO events_event (id, owner_id, kind, version, body, occurred_at)
  SELECT %({name}_id)s, %(owner)s, '{kind}', 1, {body}, %(now)s WHERE {condition}
  RETURNING id
), {name}_errand AS (
  INSERT INTO events_errand (id, organisation_id, step, subject_id, name, touches, state, starts,
                             sends, due_at, reason, created_at)
  SELECT %({name}_errand)s, %(owner)s, 'deliver', id, '', '{{}}', 'pending', 0, 0, {due}, '',
         %(now)s FROM {name}
)"""


_TOLD = "coalesce((SELECT jsonb_agg(jsonb_build_array(id, counterparty_id)) FROM {}), '[]')"

STATEMENT: Final = f"""
WITH input AS MATERIALIZED (
  SELECT * FROM unnest({_arrays("event", EVENTS)}) WITH ORDINALITY AS r({_names(EVENTS)}, place)
), fresh AS (
  INSERT INTO inventory_eventseen (id, owner_id, event, digest)
  SELECT seen, %(owner)s, id, digest FROM input ORDER BY seen
  ON CONFLICT (id) DO NOTHING RETURNING id
), taken AS (
  INSERT INTO inventory_trackingevent (owner_id, recorded_at, source, source_grade, traits,
                                       is_voided, {_COPIED_NAMES})
  SELECT %(owner)s, %(received_at)s, %(source)s, %(source_grade)s,
         coalesce(string_to_array(nullif(input.traits, ''), E'\\x1f'), '{{}}'),
         input.declared_at IS NULL
           AND EXISTS (SELECT FROM inventory_eventseen d WHERE d.id = input.declared),
         {_COPIED_INPUT}
    FROM input JOIN fresh ON fresh.id = input.seen
  RETURNING id, is_voided, declared_at
), things AS (
  INSERT INTO inventory_eventthing (owner_id, counted, {_THING_NAMES})
  SELECT %(owner)s,
         CASE WHEN taken.is_voided OR taken.declared_at IS NOT NULL THEN 0 ELSE r.counted END,
         {", ".join(f"r.{name}" for name in THINGS if name != "counted")}
    FROM unnest({_arrays("thing", THINGS)}) AS r({_names(THINGS)}) JOIN taken ON taken.id = r.event
  RETURNING site_id, part_id, counted
), sums AS (
  SELECT site_id, part_id, sum(counted) AS quantity FROM things
   WHERE counted <> 0 GROUP BY 1, 2 ORDER BY 1, 2
), positions AS (
  INSERT INTO inventory_trackedposition AS p
         (id, owner_id, site_id, part_id, quantity, changed_at, version)
  SELECT gen_random_uuid(), %(owner)s, site_id, part_id, quantity, %(now)s, 1 FROM sums
  ON CONFLICT (owner_id, site_id, part_id) DO UPDATE
     SET quantity = p.quantity + EXCLUDED.quantity, changed_at = %(now)s, version = p.version + 1
), units AS ({UNITS_IN}
), told AS (
  SELECT id, counterparty_id, shown_at,
         row_number() OVER (PARTITION BY counterparty_id, shown_at ORDER BY id) AS place
    FROM units WHERE shown_at IN (%(now)s, %(later)s)
), at_once AS (
  SELECT * FROM told WHERE shown_at = %(now)s AND place <= {SHOWN_PER_PARTNER}
), soon AS (
  SELECT * FROM told WHERE shown_at = %(later)s AND place <= {SHOWN_PER_PARTNER}
),
{
    publication(
        "recorded",
        kind="inventory.TrackingRecorded",
        body="jsonb_build_object('event_ids', (SELECT jsonb_agg(id ORDER BY id) FROM taken),"
        f" 'source', %(source)s::text, 'units', {_TOLD.format('at_once')})",
        condition="EXISTS (SELECT FROM taken)",
        due="%(now)s",
    )
},
{
    publication(
        "moved",
        kind="inventory.UnitsMoved",
        body=f"jsonb_build_object('units', {_TOLD.format('soon')})",
        condition="EXISTS (SELECT FROM soon)",
        due="%(later)s::timestamptz + interval '300 ms'",
    )
}
SELECT array_agg(input.place - 1) FILTER (WHERE fresh.id IS NOT NULL),
       array_agg(input.place - 1) FILTER (WHERE e.digest = input.digest),
       array_agg(input.place - 1) FILTER (WHERE e.digest <> input.digest),
       array_agg(input.place - 1) FILTER (WHERE taken.is_voided)
  FROM input LEFT JOIN fresh ON fresh.id = input.seen
       LEFT JOIN inventory_eventseen e ON e.id = input.seen
       LEFT JOIN taken ON taken.id = input.id
"""


def run(*, events: Columns, things: Columns, units: Columns, **single: Any) -> Outcome:
    """Run the statement acting for the owner, in the caller's transaction.

    An event that is neither fresh, same nor other was taken by another writer meanwhile: the next
    statement sees it.
    """
    params = dict(single)
    for prefix, columns in (("event", events), ("thing", things), ("unit", units)):
        params |= {f"{prefix}_{name}": values for name, values in columns.items()}
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, params)
        row = cursor.fetchone()
    return Outcome(*(frozenset(places or ()) for places in row))


def merge_units(units: Columns, **single: Any) -> None:
    """Merge folded units alone: what is left to do after a repair."""
    params = single | {f"unit_{name}": values for name, values in units.items()}
    with connection.cursor() as cursor:
        cursor.execute(UNITS_IN, params)
