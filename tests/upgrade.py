"""Upgrade a database that an earlier commit made and filled: ``python -m tests.upgrade COMMIT``.

The earlier code migrates and loads its demo network; today's code migrates that database. Then its
catalogue (columns, policies, constraints, indexes, triggers, functions, rights) must equal that of
a database made today, and each organisation must see of each table what it saw before.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2

from collab.local.servers import Servers, servers

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = {
    "columns": "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,"
    " column_default, is_identity FROM information_schema.columns WHERE table_schema = 'public'",
    "walls": "SELECT relname, relkind::text, relrowsecurity, relforcerowsecurity FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')",
    "policies": "SELECT tablename, policyname, cmd, permissive, roles::text, qual, with_check"
    " FROM pg_policies",
    "constraints": "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT tablename, regexp_replace(indexdef, 'INDEX \\S+ ON', 'INDEX ON')"
    " FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE NOT tgisinternal",
    "functions": "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace IN"
    " (SELECT oid FROM pg_namespace WHERE nspname IN ('collab', 'public')) AND prokind = 'f'"
    " AND proowner = (SELECT oid FROM pg_roles WHERE rolname = 'app_owner')",
    "rights": "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
    " WHERE grantee = 'app_rt' AND table_schema = 'public'",
}


class NotTheSame(RuntimeError):
    """The upgraded database differs from what it should be."""


def main(commit: str) -> None:
    """Upgrade from ``commit`` and compare; raise ``NotTheSame`` with the differences."""
    with (
        tempfile.TemporaryDirectory(prefix="collab-upgrade-") as folder,
        servers(Path(folder), durable=False, environ={}) as running,
    ):
        old = Path(folder) / "old"
        check_out(commit, old)
        upgraded = running.create_database("collab_upgraded")
        manage(old, upgraded, "migrate", "--verbosity", "0")
        manage(old, upgraded, "load_demo", "--json")
        before = counts(upgraded)
        manage(ROOT, upgraded, "migrate", "--verbosity", "0")
        manage(ROOT, upgraded, "migrate", "--check")
        fresh = running.create_database("collab_fresh")
        manage(ROOT, fresh, "migrate", "--verbosity", "0")
        compare(catalogue(fresh), catalogue(upgraded), before, counts(upgraded))
        manage(ROOT, upgraded, "load_demo", "--json")  # today's code works on it
    seen = sum(count for tables in before.values() for count in tables.values())
    shown = f"{len(before)} organisations, {seen} rows seen before and after, the catalogue equal"
    sys.stdout.write(f"upgraded from {commit}: {shown}\n")


def check_out(commit: str, folder: Path) -> None:
    """Unpack the files of an earlier commit."""
    folder.mkdir()
    archive = subprocess.run(
        ["git", "archive", commit], cwd=ROOT, check=True, capture_output=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)


def manage(code: Path, database: Servers, *command: str) -> None:
    """Run a command of ``manage.py`` of one version of the code on a database."""
    left_out = {"PYTHONPATH", "COLLAB_DB_ROLE"}
    environment = {key: value for key, value in os.environ.items() if key not in left_out} | {
        "COLLAB_ENV": "test",
        "DATABASE_URL": database.database_url,
        "DATABASE_OWNER_URL": database.database_owner_url,
        "REDIS_URL": database.redis_url,
    }
    done = subprocess.run(
        [sys.executable, "-B", "manage.py", *command],
        cwd=code, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NotTheSame(f"{' '.join(command)} failed in {code.name}:\n{done.stderr[-4000:]}")


def catalogue(database: Servers) -> dict[str, set[str]]:
    """Return what the owning role sees of the schema, one text per thing."""
    with closing(psycopg2.connect(database.database_owner_url)) as connection:
        return {name: {json.dumps(row) for row in ask(connection, sql)}
                for name, sql in CATALOGUE.items()}  # fmt: skip


def counts(database: Servers) -> dict[int, dict[str, int]]:
    """Return how many rows of each walled table each organisation sees as the run-time role."""
    found: dict[int, dict[str, int]] = {}
    with closing(psycopg2.connect(database.database_url)) as connection:
        tables = [name for (name,) in ask(
            connection, "SELECT relname FROM pg_class WHERE relrowsecurity AND relkind IN ('r','p')"
            " AND NOT relispartition ORDER BY 1")]  # fmt: skip
        for (tenant,) in ask(connection, "SELECT id FROM organisations_tenant ORDER BY id"):
            ask(connection, "SELECT set_config('collab.organisation', %s, false)", [str(tenant)])
            found[tenant] = {
                table: ask(connection, f'SELECT count(*) FROM "{table}"')[0][0] for table in tables
            }
    return found


def ask(connection: Any, sql: str, params: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def compare(
    fresh: Mapping[str, set[str]],
    upgraded: Mapping[str, set[str]],
    before: Mapping[int, Mapping[str, int]],
    after: Mapping[int, Mapping[str, int]],
) -> None:
    """Raise ``NotTheSame`` with every difference of catalogue and of what is seen."""
    found = [
        f"{name}: {which} {each}"
        for name in fresh
        for which, rows in (
            ("missing", fresh[name] - upgraded[name]),
            ("too many", upgraded[name] - fresh[name]),
        )
        for each in sorted(rows)
    ]
    found += [
        f"organisation {tenant} saw {count} rows of {table}, now {after[tenant].get(table)}"
        for tenant, tables in before.items()
        for table, count in tables.items()
        if table in after[tenant] and after[tenant][table] != count
    ]
    if not any(count for tables in before.values() for count in tables.values()):
        found.append("expected demo data in the earlier database, found none")
    if found:
        raise NotTheSame("\n".join(found))


if __name__ == "__main__":
    main(sys.argv[1])
