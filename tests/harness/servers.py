"""A pytest plugin: real PostgreSQL and Valkey for the whole run, migrated before Django loads.

Loaded by ``-p tests.harness.servers``, as settings read the addresses from the environment.
Tests run as the run-time role; migrations ran as the owning one, in a process of their own.
"""

import atexit
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2

if TYPE_CHECKING:
    from collab.local.servers import Servers

ROOT = Path(__file__).resolve().parents[2]
_stack = ExitStack()
OWNER_URL = ""
RUNNING: list["Servers"] = []
SUPERUSER_URL = ""


def _start() -> None:
    global OWNER_URL, SUPERUSER_URL
    from collab.local.servers import servers

    folder = Path(_stack.enter_context(tempfile.TemporaryDirectory(prefix="collab-test-")))
    os.environ["COLLAB_ENV"] = "test"
    running = _stack.enter_context(servers(folder, durable=False))
    template = running.create_database("collab_template")
    _migrate({**os.environ, **addresses(template)})
    fresh = running.create_database("collab_test", template="collab_template")
    RUNNING.append(running)
    os.environ["DATABASE_URL"] = fresh.database_url
    os.environ["REDIS_URL"] = fresh.redis_url
    os.environ.pop("COLLAB_DB_ROLE", None)
    OWNER_URL = fresh.database_owner_url
    SUPERUSER_URL = fresh.superuser_url or ""


def addresses(servers: "Servers") -> dict[str, str]:
    """Return the settings of the environment that name these servers."""
    return {
        "DATABASE_URL": servers.database_url,
        "DATABASE_OWNER_URL": servers.database_owner_url,
        "REDIS_URL": servers.redis_url,
    }


def fresh_database(name: str) -> dict[str, str]:
    """Create a migrated, empty database beside the tests' own; return its settings."""
    return addresses(RUNNING[0].create_database(name, template="collab_template"))


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
    """Take back what a test committed; as the owner, for the run-time role may not truncate."""
    owner_sql(
        """
        DO $$ DECLARE names text; BEGIN
          SELECT string_agg(format('%I', c.relname), ', ') INTO names
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
             AND c.relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission');
          EXECUTE 'TRUNCATE ' || names || ' RESTART IDENTITY CASCADE';
        END $$
        """
    )


if "pytest" in sys.modules:
    atexit.register(_stack.close)
    _start()
