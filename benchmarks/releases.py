"""How long a release takes: 20,000 lines to 200 suppliers, until every one sees and was told.

One customer, ten series for each supplier, ten weekly lines a series. What counts is the time until
the last supplier can read its schedules and its open screens were told (``until_delivered_s``).
Shown beside it: what suppliers' own apps do in reaction (exceptions, commit tasks, the next tier,
coverage), all in one process here.

    python -m benchmarks.releases [--suppliers 200] [--series 10] [--weeks 10]
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "releases.json"
GOAL_S = 60.0


def main() -> None:
    """Build the network, publish, print and keep the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--suppliers", type=int, default=200)
    arguments.add_argument("--series", type=int, default=10, help="series a supplier")
    arguments.add_argument("--weeks", type=int, default=10, help="lines a series")
    options = arguments.parse_args()

    from collab.local.servers import servers

    os.environ["COLLAB_ENV"] = "test"
    with (
        tempfile.TemporaryDirectory() as folder,
        servers(Path(folder), durable=True) as running,
    ):
        fresh = running.create_database("bench")
        os.environ.update(DATABASE_URL=fresh.database_url, REDIS_URL=fresh.redis_url)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_OWNER_URL": fresh.database_owner_url},
            check=True,
        )
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collab.settings")
        import django

        django.setup()
        figures = measure(options.suppliers, options.series, options.weeks)
    result = {
        "command": " ".join(["python -m benchmarks.releases", *sys.argv[1:]]),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "goal_s": GOAL_S,
        **figures,
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


def measure(suppliers: int, series: int, weeks: int) -> dict[str, Any]:
    """Return how long preparing, publishing and everything that follows take [s]."""
    from collab.events.relay import work_off
    from collab.organisations.context import acting_for
    from forecasting.models import DeliverySchedule, ScheduleLine
    from forecasting.publish_job import run_publish
    from forecasting.services.publishing import publish_releases
    from forecasting.services.releases import prepare_releases

    customer, sellers = found(suppliers)
    plan(customer, sellers, series, weeks)
    work_off()
    started = time.perf_counter()
    with acting_for(customer):
        drafts = prepare_releases()
    prepared = time.perf_counter()
    with acting_for(customer):
        wanted = publish_releases()
    if wanted.job is None:
        raise RuntimeError("expected a job for so many releases, got none")
    run_publish(run_of(wanted.job.pk, customer))
    published = time.perf_counter()
    missing = 0
    for seller in sellers:
        with acting_for(seller):
            missing += DeliverySchedule.objects.filter(is_current=True).count() != series
    visible = time.perf_counter()
    errands, shown = follow()
    done = time.perf_counter()
    with acting_for(customer):
        lines = ScheduleLine.objects.count()
    return {
        "suppliers": suppliers,
        "releases": len(drafts),
        "lines": lines,
        "prepare_s": round(prepared - started, 2),
        "publish_s": round(published - prepared, 2),
        "deliver_s": round(shown - visible, 2),
        "react_s": round(done - shown, 2),
        "errands": errands,
        "until_delivered_s": round(delivered := published - prepared + shown - visible, 2),
        "suppliers_without": missing,
        "passes": not missing and delivered <= GOAL_S,
    }


def follow() -> tuple[int, float]:
    """Do all errands in this one process; return how many, and when the last screen was told.

    What partners do in reaction waits in the relay until nothing else does.
    """
    from collab.events.models import Errand
    from collab.events.relay import attempt, claim

    count, shown = 0, 0.0
    while errands := claim():
        if shown == 0.0 and errands[0].step == Errand.Step.HEAR:
            shown = time.perf_counter()
        count += len(errands)
        for errand in errands:
            attempt(errand)
    return count, shown or time.perf_counter()


def found(suppliers: int) -> tuple[int, list[int]]:
    """Create the customer and its suppliers with partnerships and grants; return their keys."""
    from collab.organisations.context import acting_for
    from collab.organisations.models import Organisation, Tenant
    from collab.sharing.models import Grant, Partnership

    since = datetime.now(UTC) - timedelta(days=1)
    keys = []
    for number in range(suppliers + 1):
        tenant = Tenant.objects.create()
        keys.append(tenant.pk)
        with acting_for(tenant.pk):
            Organisation.objects.create(
                id=tenant.pk,
                bpn=f"BPNL{number:012d}",
                slug=f"o{number}",
                name=f"Organisation {number}",
                short_name=f"O{number}",
                kind="supplier" if number else "oem",
                country="DE",
            )
    customer, sellers = keys[0], keys[1:]
    for seller in sellers:
        with acting_for(customer):
            edge = Partnership.objects.create(
                counterparty_id=seller, customer_id=customer, supplier_id=seller
            )
        with acting_for(seller):
            Partnership.objects.filter(pk=edge.pk).update(
                state=Partnership.State.ACTIVE, accepted_at=since
            )
        for owner, viewer, topics in (
            (customer, seller, ("forecasting.demand",)),
            (seller, customer, ("forecasting.commit",)),
        ):
            with acting_for(owner):
                Grant.objects.bulk_create(
                    Grant(owner_id=owner, viewer_id=viewer, about_id=viewer, topic=topic,
                          purpose="bench", valid_from=since)
                    for topic in topics
                )  # fmt: skip
    return customer, sellers


def plan(customer: int, sellers: list[int], series: int, weeks: int) -> None:
    """Write parts, series and one version a series."""
    from collab.masterdata.models import Part
    from collab.organisations.context import acting_for
    from forecasting.models import DemandSeries, DemandVersion, Step
    from forecasting.week_figures import monday_of

    now = datetime.now(UTC)
    first = monday_of(now.date()) + timedelta(weeks=1)
    with acting_for(customer):
        parts = Part.objects.bulk_create(
            Part(owner_id=customer, number=f"P-{n}", compare_key=f"P{n}", name="Part")
            for n in range(len(sellers) * series)
        )
        rows = DemandSeries.objects.bulk_create(
            DemandSeries(
                owner_id=customer,
                counterparty_id=sellers[place // series],
                part=part,
                part_number=part.number,
                supplier_part_number=f"S-{place}",
            )
            for place, part in enumerate(parts)
        )
        DemandVersion.objects.bulk_create(
            DemandVersion(
                owner_id=customer,
                series=row,
                number=1,
                step=Step.STATISTICS,
                first_week=first,
                quantities=[Decimal(100 + week) for week in range(weeks)],
                changed_at=now,
            )
            for row in rows
        )


def run_of(job_id: UUID, owner: int) -> Any:
    """Return the job as a worker would start it."""
    from collab.events.leases import begin
    from collab.events.models import Errand
    from collab.jobs.models import Job
    from collab.jobs.run import JobRun
    from collab.organisations.context import acting_for

    start = begin(Errand.objects.get(subject_id=job_id).pk)
    if start is None:
        raise RuntimeError("expected to start the job, got no lease")
    with acting_for(owner):
        Job.objects.update(state=Job.State.RUNNING)
        return JobRun(Job.objects.get(pk=job_id), start)


if __name__ == "__main__":
    main()
