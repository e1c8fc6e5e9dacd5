"""The ledger at a million entries: how fast it grows, how fast it proves, how fast it is verified.

Entries are appended through the service in batches of 500, each in a transaction of its own, as
the feed of tracking events does it; every fiftieth batch is signed. The peer for growing is a bare
COPY of the same entries into an unindexed table, in the same run. Proofs are asked for at random
by the owner and by a partner, who reads through the walls, and each is checked.

    python -m benchmarks.ledger [--entries 1000000] [--proofs 1000]     # about five minutes
"""

import argparse
import io
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg2

from benchmarks.http import RESULTS
from benchmarks.walls import ROOT, _beside

OWNER, PARTNER = 1, 2
NAME, KIND = "inventory.tracking", "bench.fact"
BATCH, SEAL_EVERY = 500, 50
SEED = 11
GOALS = {"append_per_s": 5_000.0, "proof_p95_ms": 20.0, "verify_per_s": 10_000.0}

FILL = """
INSERT INTO organisations_tenant (id, is_active) SELECT g, true FROM generate_series(1, 2) g;
INSERT INTO organisations_organisation
  (id, bpn, slug, name, short_name, kind, country, timezone, duns, policy_version)
  SELECT g, 'BPNL' || lpad(g::text, 12, '0'), 'o' || g, 'Organisation ' || g, 'O' || g,
         'supplier', 'DE', 'Europe/Berlin', '', 1 FROM generate_series(1, 2) g;
INSERT INTO sharing_grant
  (id, owner_id, viewer_id, about_id, topic, fields, purpose, agreement, is_onward_allowed,
   valid_from, created_at)
  VALUES (gen_random_uuid(), 1, 2, 2, 'inventory.tracking', '{}', 'bench', '', false,
          timestamptz '2026-01-01', now());
CREATE TABLE bare (kind text, id uuid, hash text);
"""


def main() -> None:
    """Fill, measure, print and keep the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--entries", type=int, default=1_000_000)
    arguments.add_argument("--proofs", type=int, default=1_000)
    options = arguments.parse_args()

    from collab.local.servers import servers

    os.environ["COLLAB_ENV"] = "test"
    with (
        tempfile.TemporaryDirectory() as folder,
        servers(Path(folder), durable=False) as running,
    ):
        fresh = running.create_database("bench")
        os.environ.update(
            DATABASE_URL=fresh.database_url,
            REDIS_URL=fresh.redis_url,
            COLLAB_CHECKPOINTS=str(Path(folder) / "checkpoints"),
            DJANGO_SETTINGS_MODULE="collab.settings",
        )
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_OWNER_URL": fresh.database_owner_url},
            check=True,
        )
        with closing(psycopg2.connect(_beside(fresh.superuser_url or "", "bench"))) as superuser:
            figures = measure(superuser, options.entries, options.proofs)
    result = {
        "command": " ".join(["python -m benchmarks.ledger", *sys.argv[1:]]),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "load_average_at_end": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        **figures,
        "goals": GOALS,
    }
    (RESULTS / "ledger.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


def measure(superuser: Any, entries: int, proofs: int) -> dict[str, Any]:
    """Return all figures of a ledger of so many ``entries``."""
    import django

    django.setup()
    from collab.events.transparency.services import Entry

    with superuser.cursor() as cursor:
        cursor.execute(FILL)
    superuser.commit()
    rng = random.Random(SEED)
    made = [Entry(KIND, UUID(int=rng.getrandbits(128)), _hash(n)) for n in range(entries)]
    growth = grow(made)
    bare = copy(superuser, made)
    with superuser.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(
            "SELECT sum(pg_total_relation_size(t)) FROM unnest(%s::regclass[]) t",
            [["events_logleaf", "events_lognode"]],
        )
        size = int(cursor.fetchone()[0])
    superuser.commit()
    asked = [rng.randrange(entries) for _ in range(proofs)]
    return {
        "entries": entries,
        "batch": BATCH,
        "append": {**growth, "copy_per_s": round(bare), "of_copy": _ratio(growth, bare)},
        "bytes_per_entry": round(size / entries),
        "proof": {
            "owner": prove(OWNER, made, asked),
            "partner": prove(PARTNER, made, asked),
            "consistency": consist(rng, proofs),
        },
        "verify": look(entries),
    }


def grow(made: Sequence[Any]) -> dict[str, Any]:
    """Append everything; return entries a second, over all and over the last tenth."""
    from collab.events.transparency.services import append, seal
    from collab.organisations.context import acting_for

    took = []
    for number, first in enumerate(range(0, len(made), BATCH)):
        started = time.perf_counter()
        with acting_for(OWNER):
            append(name=NAME, entries=made[first : first + BATCH])
        took.append(time.perf_counter() - started)
        if number % SEAL_EVERY == SEAL_EVERY - 1:
            with acting_for(OWNER):
                seal(name=NAME)
    with acting_for(OWNER):
        started = time.perf_counter()
        seal(name=NAME)
        sealed = time.perf_counter() - started
    last = took[-max(1, len(took) // 10) :]
    return {
        "per_s": round(len(made) / sum(took)),
        "per_s_at_the_end": round(BATCH * len(last) / sum(last)),
        "batch_p95_ms": _p95_ms(took),
        "last_seal_ms": round(sealed * 1000, 1),
    }


def copy(superuser: Any, made: Sequence[Any]) -> float:
    """Return entries a second of a bare COPY."""
    started = time.perf_counter()
    for first in range(0, len(made), BATCH):
        text = "".join(f"{e.kind}\t{e.id}\t{e.hash}\n" for e in made[first : first + BATCH])
        with superuser.cursor() as cursor:
            cursor.copy_expert("COPY bare FROM STDIN", io.StringIO(text))
        superuser.commit()
    return len(made) / (time.perf_counter() - started)


def prove(viewer: int, made: Sequence[Any], asked: Sequence[int]) -> dict[str, Any]:
    """Return how long a proof takes, walls and checking included."""
    from collab.events.transparency import reading
    from collab.events.transparency.bundles import Record
    from collab.events.transparency.trust import trusted_keys
    from collab.organisations.context import acting_for

    keys = trusted_keys()

    def once(number: int) -> int:
        entry = made[number]
        with acting_for(viewer):
            log = reading.log_of(OWNER, NAME)
            record = Record(entry.kind, str(entry.id), entry.hash)
            found = reading.inclusion(log, record, f"fact {number}")
        found.verify(keys)
        return len(found.path)

    return _timed(lambda: iter(asked), once)


def consist(rng: random.Random, proofs: int) -> dict[str, Any]:
    """Return how long the partner's proof that nothing was changed takes, checking included."""
    from collab.events.transparency import reading
    from collab.events.transparency.models import TreeHead
    from collab.events.transparency.trust import trusted_keys
    from collab.organisations.context import acting_for

    with acting_for(PARTNER):
        sizes = list(TreeHead.objects.values_list("size", flat=True))
    keys = trusted_keys()

    def once(size: int) -> int:
        with acting_for(PARTNER):
            found = reading.consistency(reading.log_of(OWNER, NAME), size)
        found.verify(keys)
        return len(found.path)

    return _timed(lambda: (rng.choice(sizes) for _ in range(proofs)), once)


def look(entries: int) -> dict[str, Any]:
    """Return how long it takes to verify the whole ledger."""
    from collab.events.transparency.verification import verify
    from collab.organisations.context import acting_for

    started = time.perf_counter()
    with acting_for(OWNER):
        report = verify(name=NAME)
    took = time.perf_counter() - started
    if report is None or not report.holds or report.size != entries:
        raise SystemExit(f"expected a ledger of {entries} entries that holds, got {report}")
    return {"seconds": round(took, 1), "per_s": round(entries / took), "heads": report.heads}


def _timed(asked: Callable[[], Iterator[int]], once: Callable[[int], int]) -> dict[str, Any]:
    took, lengths = [], []
    for each in asked():
        started = time.perf_counter()
        lengths.append(once(each))
        took.append(time.perf_counter() - started)
    return {
        "p50_ms": round(statistics.median(took) * 1000, 2),
        "p95_ms": _p95_ms(took),
        "hashes_at_most": max(lengths),
    }


def _hash(number: int) -> str:
    from collab.events.transparency.bundles import named_hash

    return named_hash(f"fact {number}")


def _ratio(growth: dict[str, Any], bare: float) -> float:
    return round(float(growth["per_s"]) / bare, 3)


def _p95_ms(took: Sequence[float]) -> float:
    return round(sorted(took)[int(len(took) * 0.95)] * 1000, 2)


if __name__ == "__main__":
    main()
