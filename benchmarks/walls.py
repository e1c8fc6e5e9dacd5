"""What the walls cost: the newest 50 of 2 million stock rows, with and without row-level security.

Four kinds of viewer (large owner, small owner, car maker with 275 granted pairs, supplier with
two). The statements are those the application sends; the peer is the same statement sent as a
role that row-level security does not bind, in the same run.

    python -m benchmarks.walls [--rows 2000000] [--repeats 60]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

ROOT = Path(__file__).resolve().parents[1]
OWNERS = 1000
VIEWERS = {"large owner": 1, "small owner": 900, "car maker": 950, "small supplier": 990}

FILL = """
SET session_replication_role = replica;
INSERT INTO organisations_tenant (id, is_active) SELECT g, true FROM generate_series(1, {owners}) g;
INSERT INTO organisations_organisation
  (id, bpn, slug, name, short_name, kind, country, timezone, duns, policy_version)
  SELECT g, 'BPNL' || lpad(g::text, 12, '0'), 'o' || g, 'Organisation ' || g, 'O' || g,
         'supplier', 'DE', 'Europe/Berlin', '', 1 FROM generate_series(1, {owners}) g;
-- Owners are skewed as in life: owner 1 has a tenth of all rows, the tail a handful each.
INSERT INTO inventory_stockposition
  (id, owner_id, counterparty_id, part_id, part_number, partner_part_number, site_id, site_code,
   kind, stage, quantity, unit, counted_at, observed_at, source_grade, version)
  SELECT gen_random_uuid(), owner, 1 + (owner * 7 + g) % 40, gen_random_uuid(), 'P' || g, 'C' || g,
         gen_random_uuid(), 'S1', 'free', 'plant', g % 1000, 'H87', at, at, 'counted', 1
    FROM (SELECT g, 1 + floor({owners} * power(random(), 4))::int % {owners} AS owner,
                 timestamptz '2026-11-01' - make_interval(secs => g) AS at
            FROM generate_series(1, {rows}) g) x;
INSERT INTO sharing_grant
  (id, owner_id, viewer_id, about_id, topic, fields, purpose, agreement, is_onward_allowed,
   valid_from, created_at)
  SELECT gen_random_uuid(), o, 950, 950, 'inventory.stock', '{{}}', 'bench', '', false,
         timestamptz '2026-01-01', now() FROM generate_series(100, 374) o;
UPDATE inventory_stockposition SET counterparty_id = 950
 WHERE owner_id BETWEEN 100 AND 374 AND random() < 0.5;
INSERT INTO sharing_grant
  (id, owner_id, viewer_id, about_id, topic, fields, purpose, agreement, is_onward_allowed,
   valid_from, created_at)
  SELECT gen_random_uuid(), o, v, v, 'inventory.stock', '{{}}', 'bench', '', false,
         timestamptz '2026-01-01', now()
    FROM (VALUES (880, 990), (881, 990), (500, 900), (501, 900), (20, 1), (21, 1)) p(o, v);
UPDATE inventory_stockposition SET counterparty_id = 990 WHERE owner_id IN (880, 881);
ANALYZE;
"""


def main() -> None:
    """Build the table, measure, print and store the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=2_000_000)
    arguments.add_argument("--repeats", type=int, default=60)
    options = arguments.parse_args()

    from collab.local.servers import servers

    os.environ["COLLAB_ENV"] = "test"
    with (
        tempfile.TemporaryDirectory() as folder,
        servers(Path(folder), durable=False) as running,
    ):
        fresh = running.create_database("bench")
        os.environ.update(DATABASE_URL=fresh.database_url, REDIS_URL=fresh.redis_url)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_OWNER_URL": fresh.database_owner_url},
            check=True,
        )
        superuser = _beside(fresh.superuser_url or "", "bench")
        with closing(psycopg2.connect(superuser)) as connection, connection.cursor() as cursor:
            cursor.execute(FILL.format(rows=options.rows, owners=OWNERS))
            connection.commit()
        figures = measure(superuser, options.repeats)
    result = {"command": " ".join(["python -m benchmarks.walls", *sys.argv[1:]]), **figures}
    target = ROOT / "benchmarks" / "results" / "walls.json"
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


def _beside(url: str, database: str) -> str:
    """Return the superuser's address for another database of the same cluster."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def measure(superuser: str, repeats: int) -> dict[str, Any]:
    """Return per viewer the p50 [ms] of the list with walls, and of its statements without."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collab.settings")
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from collab.organisations.context import acting_for
    from collab.sharing.queries import latest_rows
    from inventory.models import StockPosition

    figures: dict[str, Any] = {"viewers": {}}
    for name, viewer in VIEWERS.items():

        def walled(viewer: int = viewer) -> list[Any]:
            with acting_for(viewer):
                return latest_rows(StockPosition, (), order="observed_at", limit=50)

        with CaptureQueriesContext(connection) as captured:
            found = walled()
        statements = [q["sql"] for q in captured if q["sql"].lstrip().startswith("SELECT")]
        statements = [each for each in statements if "set_config" not in each]
        with (
            closing(psycopg2.connect(superuser)) as open_field,
            closing(psycopg2.connect(os.environ["DATABASE_URL"])) as behind_walls,
        ):
            without, with_walls = paired(
                partial(send, open_field, viewer, statements),
                partial(send, behind_walls, viewer, statements),
                repeats,
            )
        figures["viewers"][name] = {
            "rows": len(found),
            "p50_ms_without": round(without, 3),
            "p50_ms_with": round(with_walls, 3),
            "ratio": round(with_walls / without, 2),
            "more_ms": round(with_walls - without, 3),
        }
    figures["passes"] = all(
        each["ratio"] <= 3 or each["more_ms"] <= 4 for each in figures["viewers"].values()
    )
    return figures


def send(connection: Any, viewer: int, statements: list[str]) -> None:
    """Send one list's statements as the application does: one transaction, the viewer set first."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT set_config('collab.organisation', %s, true)", [str(viewer)])
        for statement in statements:
            cursor.execute(statement)
            cursor.fetchall()


def paired(
    first: Callable[[], Any], second: Callable[[], Any], repeats: int
) -> tuple[float, float]:
    """Return the p50 [ms] of both, run in turn so that both meet the same weather."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for call, bucket in zip((first, second), times, strict=True):
            start = time.perf_counter()
            call()
            bucket.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


if __name__ == "__main__":
    main()
