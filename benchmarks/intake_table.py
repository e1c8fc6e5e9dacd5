"""A table of many tracking events, and how fast units, stock and times are found in it."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2

from benchmarks.http import ROOT

EVENTS_OF_UNIT, BLOCKS, REPEATS = 5, 30, 200

# The events are those of one owner for one customer, evenly over a year, five for each unit: in
# each twelve days the same units come by five times, 60 hours apart.
FILL = """
SET session_replication_role = replica;
SET synchronous_commit = off;
CREATE OR REPLACE FUNCTION pg_temp.at(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
  $$ SELECT timestamptz '{since}' + (n::float8 / {events}) * interval '{days} days' $$;
CREATE OR REPLACE FUNCTION pg_temp.key(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM pg_temp.at(n)) * 1000)::bigint), 12, '0') || '7000'
          || '8' || substr(md5(n::text), 1, 11) || '0000')::uuid $$;
INSERT INTO inventory_trackingevent
  (id, owner_id, counterparty_id, event_id, event_hash, digest, kind, action, happened_at, "offset",
   recorded_at, biz_step, disposition, read_point, biz_location, site_id, site_code,
   transformation_id, traits, body, source, source_grade, is_voided)
  SELECT pg_temp.key(n), {owner}, {partner}, 'urn:bench:' || n, 'urn:bench:' || n, '\\x00'::bytea,
         'ObjectEvent', 'OBSERVE', pg_temp.at(n), '+01:00', pg_temp.at(n), 'receiving', '',
         'https://id.gs1.org/414/9521321000018', '', NULL, 'B1', '', '{{}}', '{{"n": 1}}', 'bench',
         'booked', false
    FROM generate_series({first}, {last}) n;
INSERT INTO inventory_eventthing
  (id, owner_id, counterparty_id, event, role, thing, quantity, uom, site_id, part_id, counted)
  SELECT (left(pg_temp.key(n)::text, 32) || '0001')::uuid, {owner}, {partner}, pg_temp.key(n),
         'epc', 'https://id.gs1.org/00/'
                || lpad((n / {span} * {step} + n % {step})::text, 18, '0'), NULL, '', NULL,
         NULL, 0
    FROM generate_series({first}, {last}) n;
"""
UNITS = """
SET session_replication_role = replica;
INSERT INTO inventory_unitstate
  (id, owner_id, counterparty_id, thing, first_event, seen_event, observed_at, biz_step, source,
   source_grade, is_ended, place_event, read_point, biz_location, site_code, disposition_event,
   disposition,
   parent_event, parent, emptied_event, part_number, shown_at, changed_at)
  SELECT gen_random_uuid(), {owner}, {partner}, 'https://id.gs1.org/00/' || lpad(n::text, 18, '0'),
         pg_temp.key(n / {step} * {span} + n % {step}),
         pg_temp.key(n / {step} * {span} + n % {step} + {span} - {step}),
         pg_temp.at(n / {step} * {span} + n % {step} + {span} - {step}), 'receiving', 'bench',
         'booked', false, gen_random_uuid(), 'https://id.gs1.org/414/9521321000018', '', 'B1',
         gen_random_uuid(), '',
         gen_random_uuid(), '', gen_random_uuid(), '', now(), now()
    FROM generate_series(0, {units} - 1) n;
"""


def build(
    superuser: str, environment: dict[str, str], *, owner: int, partner: int, count: int
) -> float:
    """Fill a year with ``count`` events; return how many seconds it took."""
    since = (datetime.now(UTC) - timedelta(days=365)).replace(day=1)
    subprocess.run(
        [sys.executable, "manage.py", "partitions", "--since", f"{since:%Y-%m}", "-v", "0"],
        cwd=ROOT,
        env=environment,
        check=True,
    )
    step = _step(count)
    named = {
        "owner": owner,
        "partner": partner,
        "events": count,
        "units": count // EVENTS_OF_UNIT,
        "step": step,
        "span": step * EVENTS_OF_UNIT,
        "days": 360,
    }
    started = time.monotonic()
    with closing(psycopg2.connect(superuser)) as connection, connection.cursor() as cursor:
        for first in range(0, count, 1_000_000):
            last = min(first + 1_000_000, count) - 1
            told = {"since": f"{since:%Y-%m-%d}", "first": first, "last": last, **named}
            cursor.execute(FILL.format(**told))
            connection.commit()
        cursor.execute(UNITS.format(since=f"{since:%Y-%m-%d}", **named))
        connection.commit()
        connection.autocommit = True
        for table in ("trackingevent", "eventthing", "unitstate"):
            cursor.execute(f"VACUUM (ANALYZE) inventory_{table}")
    return round(time.monotonic() - started, 1)


def measure(*, viewers: dict[str, int], owner: int, count: int, superuser: str) -> dict[str, Any]:
    """Return p50 and p95 [ms] of each question, by viewer, and which months a time looks at."""
    from collab.organisations.context import acting_for
    from inventory.models import TrackedPosition, TrackingEvent
    from inventory.queries.tracking import UnitFilter, history_of, units
    from inventory.rules.event_ids import lower_bound

    kinds = max(1, count // EVENTS_OF_UNIT)
    found: dict[str, Any] = {}
    for name, viewer in viewers.items():
        asked: dict[str, Callable[[int], Any]] = {
            "unit history": lambda n: history_of(_thing(n * 7919 % kinds), limit=50),
            "newest units": lambda _n: units(UnitFilter(), limit=50),
            "unit by number": lambda n: units(
                UnitFilter(view="all", text=_thing(n * 104729 % kinds)), limit=50
            ),
            "current stock": lambda _n: list(TrackedPosition.objects.values_list("quantity")[:50]),
        }
        found[name] = {}
        for question, ask in asked.items():
            with acting_for(viewer):
                ask(0)
            found[name][question] = _timed(viewer, ask)
    with acting_for(owner):
        at = datetime.now(UTC) - timedelta(days=100)
        window = TrackingEvent.objects.filter(
            owner_id=owner, pk__gte=lower_bound(at), pk__lt=lower_bound(at + timedelta(days=1))
        )
        plan = window.explain(format="json")
        rows = window.count()
    found["one day of the year"] = {"rows": rows, "months_looked_at": _months(plan)}
    return found | {"sizes_mb": _sizes(superuser)}


def _timed(viewer: int, ask: Callable[[int], Any]) -> dict[str, float]:
    from collab.organisations.context import acting_for

    took = []
    for number in range(REPEATS):
        started = time.perf_counter()
        with acting_for(viewer):
            ask(number)
        took.append((time.perf_counter() - started) * 1000)
    cuts = statistics.quantiles(took, n=20)
    return {"p50_ms": round(statistics.median(took), 2), "p95_ms": round(cuts[18], 2)}


def _months(plan: str) -> list[str]:
    """Return the tables that a plan reads."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if name := node.get("Relation Name"):
                found.append(name.removeprefix("inventory_trackingevent_"))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(json.loads(plan) if isinstance(plan, str) else plan)
    return sorted(set(found))


def _sizes(superuser: str) -> dict[str, float]:
    with closing(psycopg2.connect(superuser)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT parent.relname, sum(pg_total_relation_size(i.inhrelid)) / 1048576.0"
            " FROM pg_inherits i JOIN pg_class parent ON parent.oid = i.inhparent"
            " WHERE parent.relkind = 'p' GROUP BY 1"
        )
        return {name: round(float(size), 1) for name, size in cursor.fetchall()}


def _step(count: int) -> int:
    """Return how many units come by in 60 hours: every one of a block comes by once."""
    return max(1, count // (EVENTS_OF_UNIT * BLOCKS))


def _thing(number: int) -> str:
    return f"https://id.gs1.org/00/{number:018d}"
