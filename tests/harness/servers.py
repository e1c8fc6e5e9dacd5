"""A pytest plugin: real PostgreSQL and Valkey for the whole run, migrated before Django loads.

Loaded by ``-p tests.harness.servers``, as settings read the addresses from the environment.
Tests run as the run-time role; migrations ran as the owning one, in a process of their own.
``make servers`` keeps a database server with migrated templates warm: runs beside it start in
two seconds instead of fifteen, each with a database of its own. So does each worker of a parallel
run, on the database server of the process that started it; each has a Valkey of its own, for
channels are heard in all databases of one.
"""

import atexit
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2

if TYPE_CHECKING:
    from collab.local.servers import Servers

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".local" / "test-servers" / "addresses.json"
SHARED = "COLLAB_TEST_SERVERS"
"""Environment: addresses of the database server that a worker of a parallel run uses."""
_stack = ExitStack()
OWNER_URL = ""
_EMPTY = Path(__file__).with_name("empty.sql").read_text()
SUPERUSER_URL = ""


def _start() -> None:
    global OWNER_URL, SUPERUSER_URL
    os.environ["COLLAB_ENV"] = "test"
    signed = _stack.enter_context(tempfile.TemporaryDirectory(prefix="collab-signed-"))
    os.environ["COLLAB_CHECKPOINTS"] = signed
    kept = os.environ.get(SHARED) or (KEPT.read_text() if KEPT.exists() else "")
    running = _stack.enter_context(_kept_servers(json.loads(kept)) if kept else _own_servers())
    _prepare_template(running)
    os.environ[SHARED] = _as_text(running)
    fresh = running.create_database(f"collab_test_{os.getpid()}", template=_template())
    _stack.callback(running.drop_database, f"collab_test_{os.getpid()}")
    os.environ["DATABASE_URL"] = fresh.database_url
    os.environ["REDIS_URL"] = fresh.redis_url
    os.environ.pop("COLLAB_DB_ROLE", None)
    OWNER_URL = fresh.database_owner_url
    SUPERUSER_URL = fresh.superuser_url or ""


@contextmanager
def _own_servers() -> Iterator["Servers"]:
    from collab.local.servers import servers

    with (
        tempfile.TemporaryDirectory(prefix="collab-test-") as folder,
        servers(Path(folder), durable=False) as running,
    ):
        yield running


@contextmanager
def _kept_servers(kept: dict[str, str]) -> Iterator["Servers"]:
    """Use a database server that somebody else keeps, with a Valkey of this run's own."""
    from collab.local.servers import servers

    with tempfile.TemporaryDirectory(prefix="collab-test-") as folder:
        named = {key: kept[key] for key in ("DATABASE_URL", "DATABASE_OWNER_URL")}
        named = {**os.environ, **named}
        named.pop("REDIS_URL", None)  # of the process that started this one
        with servers(Path(folder), durable=False, environ=named) as running:
            yield replace(running, superuser_url=kept["superuser_url"])


@cache
def _template() -> str:
    """Name the migrated template after what the migrations and their SQL said at the start."""
    if SHARED in os.environ:
        name: str = json.loads(os.environ[SHARED])["template"]
        return name
    found = hashlib.sha256()
    for path in sorted([*ROOT.glob("*/migrations/*.py"), *ROOT.glob("collab/*/migrations/*.py")]):
        found.update(path.read_bytes())
    for app in ("organisations", "sharing"):  # what migrations call, not only what they say
        found.update((ROOT / f"collab/{app}/walls.py").read_bytes())
    return f"collab_template_{found.hexdigest()[:12]}"


def _prepare_template(running: "Servers") -> None:
    """Create and migrate the template unless it stands; runs that start together wait here."""
    with closing(psycopg2.connect(running.superuser_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('collab_template'))")
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", [_template()])
            if cursor.fetchone() is not None:
                return
            running.drop_database("collab_unfinished")  # of a run that was killed while it migrated
            template = running.create_database("collab_unfinished")
            try:
                _migrate({**os.environ, **addresses(template)})
                cursor.execute(f'ALTER DATABASE collab_unfinished RENAME TO "{_template()}"')
            finally:
                running.drop_database("collab_unfinished")


@contextmanager
def shared_servers() -> Iterator[str]:
    """Name a database server for several runs: the kept one, else one for this block."""
    if KEPT.exists():
        yield json.dumps({**json.loads(KEPT.read_text()), "template": _template()})
        return
    with _own_servers() as running:
        yield _as_text(running)


def keep() -> None:
    """Keep a database server until interrupted, and say where it is."""
    from collab.local.servers import servers

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with servers(KEPT.parent, durable=False, environ={}) as running:
        KEPT.write_text(_as_text(running))
        sys.stdout.write("The test servers are ready; end them with Ctrl-C.\n")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            signal.pause()
        KEPT.unlink()


def _as_text(running: "Servers") -> str:
    told = {"superuser_url": running.superuser_url, "template": _template()}
    return json.dumps({**addresses(running), **told})


def addresses(servers: "Servers") -> dict[str, str]:
    """Return the settings of the environment that name these servers."""
    return {
        "DATABASE_URL": servers.database_url,
        "DATABASE_OWNER_URL": servers.database_owner_url,
        "REDIS_URL": servers.redis_url,
    }


def _migrate(environment: dict[str, str]) -> None:
    migration = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if migration.returncode:
        _stack.close()
        raise SystemExit(f"migrations failed:\n{migration.stderr}")


def owner_sql(statement: str) -> None:
    """Run one statement as the role that owns the tables."""
    connection = psycopg2.connect(OWNER_URL)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


def empty_all_tables() -> None:
    """Take back what a test committed, as the superuser: no key and no ledger's guard objects.

    The states that were signed of it go too: a ledger begun anew would contradict them.
    """
    shutil.rmtree(os.environ["COLLAB_CHECKPOINTS"], ignore_errors=True)
    here = psycopg2.extensions.parse_dsn(OWNER_URL)["dbname"]
    with (
        closing(psycopg2.connect(SUPERUSER_URL, dbname=here)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(_EMPTY)


if __name__ == "__main__":
    keep()
elif "pytest" in sys.modules:
    try:
        _start()
    except BaseException:
        _stack.close()
        raise
    # Registered last, called first: before temporary folders remove themselves.
    atexit.register(_stack.close)
