"""The hot stock list against a plain ModelSerializer of the same 50 rows, by the same server.

    python -m benchmarks.http [--rows 20000] [--seconds 8]    # about a minute

Both answer from one granian process to 16 clients on this machine, in turn and twice, each time
warmed up first. What counts is the ratio; the absolute figures say more about the machine.
"""

import argparse
import http.client
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from collab.local.commands import Figures
from collab.local.folder import unused_port
from collab.local.processes import last_lines, signal_group, start_child, wait_for_exit
from collab.local.servers import Servers, servers

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PACKAGES = ("granian", "Django", "djangorestframework", "msgspec", "psycopg2-binary")
HOT, PEER = "/api/v1/stock?limit=50", "/api/v1/peer/stock"
OWNER = "Brasov Harness"
SMALL = ("--suppliers", "6", "--parts", "80")
CLIENTS = 16
ROUNDS = 2
WARM_UP_SECONDS = 2.0
GOAL_RATE, GOAL_P95 = 2.0, 0.5

FILL = """
SET session_replication_role = replica;
INSERT INTO inventory_stockposition
  (id, owner_id, counterparty_id, part_id, part_number, partner_part_number, site_id, site_code,
   kind, stage, quantity, unit, counted_at, observed_at, source_grade, version)
  SELECT gen_random_uuid(), holder.id, customer.id, gen_random_uuid(), 'P' || g, 'C' || g,
         gen_random_uuid(), 'BRV', 'free', 'supplier_warehouse', g %% 1000, 'H87', at, at,
         'counted', 1
    FROM (SELECT g, now() - make_interval(secs => g) AS at FROM generate_series(1, %s) g) x,
         (SELECT id FROM organisations_organisation WHERE name = %s) holder,
         (SELECT id FROM organisations_organisation WHERE slug = 'avalon') customer;
ANALYZE;
"""


@dataclass(frozen=True, slots=True)
class Installation:
    """A throw-away Collab with a demo network, its processes running on the loopback address."""

    url: str
    live_url: str
    superuser_url: str
    environment: dict[str, str]
    logins: list[dict[str, str]]
    keys: dict[str, str]  # organisation → API key

    def call(self, method: str, path: str, organisation: str, body: Any = None) -> Any:
        """Call the REST interface with the organisation's key; raise ``HTTPError`` from 400 on."""
        request = urllib.request.Request(
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.keys[organisation]}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())


@contextmanager
def installation(
    processes: Sequence[str], *, settings: str = "collab.settings"
) -> Iterator[Installation]:
    """Serve a fresh demo network for the length of the block; nothing is left behind.

    Raises
    ------
    RuntimeError
        If a process ends or does not answer; the message holds the end of its log.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="collab-bench-")))
        clean = {**os.environ, "COLLAB_ENV": "local"}
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "COLLAB_DB_ROLE", "DEMAND"):
            clean.pop(name, None)
        running = stack.enter_context(servers(folder, durable=False, environ=clean))
        web_port, live_port = unused_port(), unused_port()
        environment = {
            **clean,
            **_addresses(running, web_port, live_port),
            "DJANGO_SETTINGS_MODULE": settings,
            "COLLAB_SECRET_KEY": "benchmarks-only-secret-key-of-enough-length",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        owner = {"DATABASE_OWNER_URL": running.database_owner_url}
        _manage("migrate", "--verbosity", "0", environment={**environment, **owner})
        demo = json.loads(
            _manage("load_demo", "--json", *SMALL, environment=environment).splitlines()[-1]
        )
        figures = Figures(
            host="127.0.0.1",
            web_port=web_port,
            live_port=live_port,
            scratch=str(folder),
            web_workers=1,
            tasks=1,
        )
        for name in processes:
            log = folder / "log" / f"{name}.log"
            process = start_child(figures.command(name), log=log, env=environment, cwd=ROOT)
            stack.callback(_end, process)
            if name in {"web", "live"}:
                port, path = (web_port, "ready") if name == "web" else (live_port, "live")
                _await(f"http://127.0.0.1:{port}/health/{path}", process, log)
        yield Installation(
            url=environment["COLLAB_BASE_URL"],
            live_url=environment["COLLAB_LIVE_URL"],
            superuser_url=_beside(running.superuser_url or "", running.database_url),
            environment=environment,
            logins=demo["logins"],
            keys=demo["api_keys"],
        )


def main() -> None:
    """Fill, compare, print and keep the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=20_000)
    arguments.add_argument("--seconds", type=float, default=8.0)
    options = arguments.parse_args()
    with installation(["web"], settings="benchmarks.peer_settings") as served:
        with closing(psycopg2.connect(served.superuser_url)) as connection:
            with connection.cursor() as cursor:
                cursor.execute(FILL, [options.rows, OWNER])
            connection.commit()
        refuse_different_rows(served)
        rounds = compare(served, options.seconds)
    result = {
        "command": " ".join(["python -m benchmarks.http", *sys.argv[1:]]),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "load_average_at_end": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "rows": options.rows,
        "clients": CLIENTS,
        "seconds_each": options.seconds,
        **judged(rounds),
        "rounds": [each.figures() for each in rounds],
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "http.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


def refuse_different_rows(served: Installation) -> None:
    """Raise ``RuntimeError`` unless both lists hold the same 50 rows, field by field."""
    hot = served.call("GET", HOT, OWNER)["items"]
    peer = served.call("GET", PEER, OWNER)
    if len(hot) != 50 or hot != peer:
        unlike = next((pair for pair in zip(hot, peer, strict=False) if pair[0] != pair[1]), None)
        raise RuntimeError(
            f"expected the same 50 rows, got {len(hot)} and {len(peer)}, first unlike: {unlike}"
        )


@dataclass(slots=True)
class Round:
    """One stretch of one list: the duration of each answer [s]."""

    name: str
    seconds: float
    durations: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.durations) / self.seconds

    def figures(self) -> dict[str, Any]:
        """Return what is kept of the round."""
        return {
            "list": self.name,
            "per_s": round(self.rate, 1),
            "p50_ms": round(statistics.median(self.durations) * 1000, 1),
            "p95_ms": round(p95(self.durations) * 1000, 1),
        }


def compare(served: Installation, seconds: float) -> list[Round]:
    """Return the rounds of both lists, in turn."""
    rounds = []
    for _ in range(ROUNDS):
        for name, path in (("hot", HOT), ("peer", PEER)):
            ask(served, path, WARM_UP_SECONDS)
            rounds.append(Round(name, seconds, ask(served, path, seconds)))
    return rounds


def ask(served: Installation, path: str, seconds: float) -> list[float]:
    """Let 16 clients ask one after the other for so long; return the durations [s].

    Raises
    ------
    RuntimeError
        If an answer is not 200.
    """
    durations: list[list[float]] = [[] for _ in range(CLIENTS)]
    failures: list[str] = []
    until = time.monotonic() + seconds
    host = served.url.removeprefix("http://")
    headers = {"Authorization": f"Bearer {served.keys[OWNER]}"}

    def work(own: list[float]) -> None:
        with closing(http.client.HTTPConnection(host, timeout=20)) as connection:
            while (start := time.monotonic()) < until and not failures:
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                body = answer.read()
                own.append(time.monotonic() - start)
                if answer.status != 200:
                    failures.append(f"{answer.status} {body[:200]!r}")

    threads = [threading.Thread(target=work, args=(own,)) for own in durations]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"expected 200 from {path}, got {failures[0]}")
    return [each for own in durations for each in own]


def judged(rounds: Sequence[Round]) -> dict[str, Any]:
    """Return both ratios hot ÷ peer over all rounds, and whether the goals are met."""
    by_name = {name: [each for each in rounds if each.name == name] for name in ("hot", "peer")}
    rates = {name: statistics.mean(each.rate for each in own) for name, own in by_name.items()}
    slow = {
        name: p95([duration for each in own for duration in each.durations])
        for name, own in by_name.items()
    }
    rate_ratio, p95_ratio = rates["hot"] / rates["peer"], slow["hot"] / slow["peer"]
    return {
        "rate_ratio": round(rate_ratio, 2),
        "p95_ratio": round(p95_ratio, 2),
        "goal": {"rate_ratio_at_least": GOAL_RATE, "p95_ratio_at_most": GOAL_P95},
        "passes": rate_ratio >= GOAL_RATE and p95_ratio <= GOAL_P95,
    }


def p95(values: Sequence[float]) -> float:
    """Return the 95th percentile of at least one value."""
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def _addresses(running: Servers, web_port: int, live_port: int) -> dict[str, str]:
    return {
        "DATABASE_URL": running.database_url,
        "REDIS_URL": running.redis_url,
        "COLLAB_BASE_URL": f"http://127.0.0.1:{web_port}",
        "COLLAB_LIVE_URL": f"ws://127.0.0.1:{live_port}/ws/live/",
    }


def _beside(superuser_url: str, database_url: str) -> str:
    """Return the superuser's address of the database that the other address names."""
    return urlunsplit(urlsplit(superuser_url)._replace(path=urlsplit(database_url).path))


def _manage(*words: str, environment: dict[str, str]) -> str:
    ended = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(f"manage.py {words[0]} failed:\n{ended.stderr[-3000:]}")
    return ended.stdout


def _await(
    address: str, process: "subprocess.Popen[bytes]", log: Path, seconds: float = 60
) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    end_of_log = "\n".join(last_lines(log, 30))
    raise RuntimeError(f"expected {address} to answer within {seconds} s\n{end_of_log}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    signal_group(process.pid, signal.SIGTERM)
    if not wait_for_exit(process, 10):
        signal_group(process.pid, signal.SIGKILL)
        process.wait()


if __name__ == "__main__":
    main()
