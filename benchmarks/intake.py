"""Intake of tracking events: statement, service, HTTP; a killed writer; a year's table.

    python -m benchmarks.intake [--events 20000000] [--seconds 60] [--bulk 20000]

One granian process on the loopback address, a throw-away installation without fsync: ratios hold,
absolutes do not. Every batch has 500 events of two things each, with positions, unit states,
outbox and idempotency. A bare COPY of the same event rows into a table without index stands
beside it. The writer hands in events of which 10 % come twice and 5 % late; it is killed with
SIGKILL in the middle and hands everything in again.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO
from itertools import chain
from typing import Any

import psycopg2

from benchmarks import intake_table
from benchmarks.http import RESULTS, ROOT, Installation, installation
from benchmarks.intake_events import (
    BATCH,
    GLN,
    GTIN,
    SLUG,
    as_sent,
    batches,
    expected_sum,
    facts,
    rows,
)

CLIENTS, KILLED_COUNT = 2, 20_000
NAME = "Brasov Harness"
GOAL_HTTP_SHARE, GOAL_P95_MS, GOAL_PER_S = 0.4, 20.0, 10_000


def main() -> int:
    """Measure, print and keep the figures; return the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=2_000_000)
    arguments.add_argument("--seconds", type=float, default=60.0)
    arguments.add_argument("--bulk", type=int, default=20_000)
    options = arguments.parse_args()
    with installation(["web"]) as served:
        os.environ.update(served.environment)
        import django

        django.setup()
        owner, partner, rival = _sides(served.superuser_url)
        _name_places(owner)
        statement = measure_statement(owner, options.bulk)
        service = measure_service(owner, options.bulk)
        copied = measure_copy(served.superuser_url, options.bulk)
        http = measure_http(served, owner, options.seconds)
        killed = measure_killed(served, owner)
        table = measure_table(served, owner, partner, rival, options.events)
    result = {
        "command": " ".join(["python -m benchmarks.intake", *sys.argv[1:]]),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "goals": {"http_share": GOAL_HTTP_SHARE, "p95_ms": GOAL_P95_MS, "aim_per_s": GOAL_PER_S},
        "statement": statement,
        "service": service,
        "copy": copied,
        "http": http | {"share": round(http["per_s"] / statement["per_s"], 3)},
        "killed": killed,
        "table": table,
    }
    result["passes"] = _passes(result)
    (RESULTS / "intake.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))
    return 0 if all(result["passes"].values()) else 1


def measure_statement(owner: int, count: int) -> dict[str, float]:
    """Return events/s of the statement alone: the batches are ready before the clock starts."""
    from collab.organisations.context import acting_for
    from inventory.services import tracking_statement
    from inventory.services.tracking import VerdictState, record_events

    recorded: list[dict[str, Any]] = []
    run = tracking_statement.run

    class Rehearsal(RuntimeError):
        """Ends a batch once its statement is known."""

    def keep(**params: Any) -> Any:
        recorded.append(params)
        raise Rehearsal

    tracking_statement.run = keep
    for batch in batches(rows(facts(count, seed=11, until=_now()))):
        try:
            with acting_for(owner):
                record_events(batch, source="bench", received_at=datetime.now(UTC))
        except Rehearsal:
            continue
    tracking_statement.run = run
    started, fresh = time.perf_counter(), 0
    for params in recorded:
        with acting_for(owner):
            fresh += len(run(**params).fresh)
    took = time.perf_counter() - started
    if fresh != count:
        raise RuntimeError(f"expected {count} events {VerdictState.RECORDED}, got {fresh}")
    return {"events": count, "per_s": round(count / took), "ms_a_batch": _per_batch(took, count)}


def measure_service(owner: int, count: int) -> dict[str, float]:
    """Return events/s of the service: lookups, keys, counting, folding and the statement."""
    from collab.organisations.context import acting_for
    from inventory.services.tracking import record_events

    ready = list(batches(rows(facts(count, seed=12, until=_now()))))
    started = time.perf_counter()
    for batch in ready:
        with acting_for(owner):
            record_events(batch, source="bench", received_at=datetime.now(UTC))
    took = time.perf_counter() - started
    return {"events": count, "per_s": round(count / took), "ms_a_batch": _per_batch(took, count)}


def measure_copy(superuser: str, count: int) -> dict[str, float]:
    """Return events/s of a bare COPY of the same rows into a table without index."""
    with closing(psycopg2.connect(superuser)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_copy (LIKE inventory_trackingevent)")
        text = StringIO()
        cursor.copy_expert(
            f"COPY (SELECT * FROM inventory_trackingevent LIMIT {count}) TO STDOUT", text
        )
        text.seek(0)
        started = time.perf_counter()
        cursor.copy_expert("COPY bench_copy FROM STDIN", text)
        connection.commit()
        took = time.perf_counter() - started
        cursor.execute("SELECT count(*) FROM bench_copy")
        copied = cursor.fetchone()[0]
        cursor.execute("DROP TABLE bench_copy")
        connection.commit()
    return {"events": copied, "per_s": round(copied / took)}


def measure_http(served: Installation, owner: int, seconds: float) -> dict[str, Any]:
    """Return events/s through the capture interface, from two clients with one key."""
    most = max(4, int(seconds * 8))
    ready = [[_document(client, number) for number in range(most)] for client in range(CLIENTS)]
    before, started = _count(owner), time.perf_counter()
    send = partial(_send, served, time.monotonic() + seconds)
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = Counter(chain.from_iterable(pool.map(send, ready)))
    took = time.perf_counter() - started
    stored = _count(owner) - before
    return {
        "seconds": round(took, 1),
        "batches": answers.total(),
        "statuses": {str(status): times for status, times in answers.items()},
        "events": stored,
        "per_s": round(stored / took),
    }


def _document(client: int, number: int) -> bytes:
    """Return a batch of events as an EPCIS document: another one for each client and number."""
    from collab.integration.epcis.write import event_body

    seed = 1_000 + client * 10_000 + number
    told = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": datetime.now(UTC).isoformat(),
        "epcisBody": {
            "eventList": [event_body(each) for each in facts(BATCH, seed=seed, until=_now())]
        },
    }
    return json.dumps(told, default=str).encode()


def _send(served: Installation, until: float, documents: Sequence[bytes]) -> list[int]:
    """Hand documents in one after the other until a time [monotonic s]; return the statuses."""
    statuses = []
    for body in documents:
        if time.monotonic() > until:
            break
        request = urllib.request.Request(
            f"{served.url}/api/v1/epcis/capture",
            data=body,
            method="POST",
            headers={
                "Authorization": f"Bearer {served.keys[NAME]}",
                "Content-Type": "application/json",
                "GS1-Capture-Error-Behaviour": "proceed",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                statuses.append(answer.status)
        except urllib.error.HTTPError as error:
            statuses.append(error.code)
    return statuses


def measure_killed(served: Installation, owner: int) -> dict[str, Any]:
    """Kill a writer in the middle, hand everything in again; nothing is lost or counted twice."""
    from collab.organisations.context import acting_for
    from inventory.models import TrackedPosition
    from inventory.services.tracking import record_events
    from inventory.services.tracking_repair import positions_by_events

    until = _now()
    events = facts(KILLED_COUNT, seed=77, until=until)
    with acting_for(owner):
        before, sum_before = _stored(owner), sum(positions_by_events().values())
    command = [
        sys.executable, "-m", "benchmarks.intake_events", "--count", str(KILLED_COUNT),
        "--seed", "77", "--until", until.isoformat(),
    ]  # fmt: skip
    writer = subprocess.Popen(command, cwd=ROOT, env=served.environment, stdout=subprocess.PIPE)
    acknowledged = 0
    if writer.stdout is None:
        raise RuntimeError("expected the writer's output to be a pipe")
    while acknowledged < KILLED_COUNT // BATCH // 2 and writer.stdout.readline():
        acknowledged += 1
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    with acting_for(owner):
        after_kill = _stored(owner) - before
    for batch in batches(rows(as_sent(events, seed=77))):
        with acting_for(owner):
            record_events(batch, source="bench", received_at=datetime.now(UTC))
    with acting_for(owner):
        counted = positions_by_events()
        positions = {
            (row.site_id, row.part_id): row.quantity
            for row in TrackedPosition.objects.exclude(quantity=0)
        }
        stored = _stored(owner) - before
    difference = sum(counted.values()) - sum_before - expected_sum(events)
    return {
        "events": KILLED_COUNT,
        "sent_with_repeats": len(as_sent(events, seed=77)),
        "acknowledged_batches": acknowledged,
        "stored_at_kill": after_kill,
        "lost": KILLED_COUNT - stored,
        "difference_of_sums": str(difference),
        "positions_equal_events": positions == counted,
    }


def measure_table(
    served: Installation, owner: int, partner: int, rival: int, count: int
) -> dict[str, Any]:
    """Return how fast units, stock and times are found among ``count`` events."""
    environment = {**served.environment, "DATABASE_OWNER_URL": _as_owner(served)}
    took = intake_table.build(
        served.superuser_url, environment, owner=owner, partner=partner, count=count
    )
    found = intake_table.measure(
        viewers={"owner": owner, "customer": partner, "rival": rival},
        owner=owner,
        count=count,
        superuser=served.superuser_url,
    )
    return {"events": count, "filled_in_s": took} | found


def _passes(found: dict[str, Any]) -> dict[str, bool]:
    killed, table = found["killed"], found["table"]
    questions = [
        each["p95_ms"] for viewer in ("owner", "customer") for each in table[viewer].values()
    ]
    return {
        "http": found["http"]["share"] >= GOAL_HTTP_SHARE,
        "killed": killed["lost"] == 0
        and float(killed["difference_of_sums"]) == 0
        and killed["positions_equal_events"],
        "questions": max(questions) <= GOAL_P95_MS,
        "pruning": len(table["one day of the year"]["months_looked_at"]) <= 2,
    }


def _sides(superuser: str) -> tuple[int, int, int]:
    with closing(psycopg2.connect(superuser)) as connection, connection.cursor() as cursor:
        found = []
        for slug in (SLUG, "avalon", "porto"):
            cursor.execute("SELECT id FROM organisations_organisation WHERE slug = %s", [slug])
            found.append(cursor.fetchone()[0])
    return found[0], found[1], found[2]


def _name_places(owner: int) -> None:
    from collab.masterdata.models import Part
    from collab.organisations.context import acting_for
    from collab.organisations.models import Site

    with acting_for(owner):
        site = Site.objects.filter(owner_id=owner).order_by("code")[0]
        Site.objects.filter(pk=site.pk).update(gln=GLN)
        Part.objects.create(number="BENCH-1", compare_key="BENCH1", name="Bench", gtin=GTIN)


def _as_owner(served: Installation) -> str:
    """Return the address under which partitions are made: the superuser may do so, too."""
    return served.superuser_url


def _count(owner: int) -> int:
    from collab.organisations.context import acting_for

    with acting_for(owner):
        return _stored(owner)


def _stored(owner: int) -> int:
    from inventory.models import TrackingEvent

    return TrackingEvent.objects.filter(owner_id=owner).count()


def _per_batch(took: float, count: int) -> float:
    return round(took * 1000 * BATCH / count, 1)


def _now() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


if __name__ == "__main__":
    sys.exit(main())
