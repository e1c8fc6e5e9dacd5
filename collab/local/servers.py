"""The database and queue servers: those the environment names, else our own below a folder."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

from collab.local.errors import StartError
from collab.local.folder import Folder
from collab.local.identity import Identity, choose_identity
from collab.local.postgres import Postgres
from collab.local.valkey import Valkey

DATABASE = "collab"
OWNER, RUNTIME = "app_owner", "app_rt"
_SQL = Path(__file__).with_name("sql")


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses of running servers, with their passwords; never print one."""

    database_url: str
    """As app_rt: web, tasks and sockets."""
    database_owner_url: str
    """As app_owner: migrations only."""
    redis_url: str
    superuser_url: str | None = None
    """None where the servers are not ours."""
    restart_dead: Callable[[], list[str]] = list
    """Start what ended by itself again; the names of those servers."""

    def for_database(self, name: str) -> "Servers":
        """Return the same servers with another database of the same cluster."""
        return Servers(
            database_url=_with_path(self.database_url, name),
            database_owner_url=_with_path(self.database_owner_url, name),
            redis_url=self.redis_url,
            superuser_url=self.superuser_url,
            restart_dead=self.restart_dead,
        )

    def create_database(self, name: str, *, template: str = "template1") -> "Servers":
        """Create a database that app_owner owns, and return its addresses.

        Raises
        ------
        StartError
            If the cluster is not ours: we hold no superuser there.
        psycopg2.errors.DuplicateDatabase
            If it exists.
        """
        with closing(_connect(self._superuser_url(), autocommit=True)) as connection:
            _create_database(connection, name, template)
        _grant_inside(self._superuser_url(), name)
        return self.for_database(name)

    def drop_database(self, name: str) -> None:
        """Remove a database and end the connections to it; absent is fine.

        Raises
        ------
        StartError
            If the cluster is not ours.
        """
        with closing(_connect(self._superuser_url(), autocommit=True)) as connection:
            _run(
                connection,
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)),
            )

    def _superuser_url(self) -> str:
        if self.superuser_url is None:
            raise StartError(
                "creating a database needs servers of our own: "
                "unset DATABASE_URL and DATABASE_OWNER_URL."
            )
        return self.superuser_url


@contextmanager
def servers(
    base: Path,
    *,
    durable: bool,
    environ: Mapping[str, str] = os.environ,
    identity: Identity | None = None,
) -> Iterator[Servers]:
    """Run a database and a queue server for the length of the block.

    What ``DATABASE_URL`` with ``DATABASE_OWNER_URL``, or ``REDIS_URL``, names is used as
    it is and not started. The rest is started below ``base``, where passwords, ports and
    data stay for the next time. With ``durable`` off, data may be lost with the machine
    (not with the process): for throw-away folders of tests.

    Raises
    ------
    StartError
        If ``base`` is in use, belongs to another user, or a server does not come up.
    """
    outside = _named_database(environ)
    redis_url = environ.get("REDIS_URL")
    if outside and redis_url:
        yield Servers(*outside, redis_url)
        return
    folder = Folder(base.absolute())
    folder.create()
    with folder.locked(), ExitStack() as running:
        started: dict[str, Valkey | Postgres] = {}
        if redis_url is None:
            valkey = started["Valkey"] = Valkey(folder, durable=durable)
            running.callback(valkey.stop)
            valkey.start()
            redis_url = valkey.url
        restart_dead = partial(_restart_dead, started)
        if outside:
            yield Servers(*outside, redis_url, restart_dead=restart_dead)
            return
        postgres = started["PostgreSQL"] = Postgres(
            folder, identity or choose_identity(), durable=durable, environ=environ
        )
        running.callback(postgres.stop)
        postgres.start()
        _prepare_roles(postgres.superuser_url, folder)
        address = f"{postgres.superuser_url.rpartition('@')[2].partition('/')[0]}/{DATABASE}"
        yield Servers(
            database_url=f"postgres://{RUNTIME}:{folder.secret(RUNTIME)}@{address}",
            database_owner_url=f"postgres://{OWNER}:{folder.secret(OWNER)}@{address}",
            redis_url=redis_url,
            superuser_url=postgres.superuser_url,
            restart_dead=restart_dead,
        )


def _restart_dead(started: Mapping[str, Valkey | Postgres]) -> list[str]:
    return [name for name, server in started.items() if server.keep_alive()]


def _named_database(environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the two addresses the environment names, or None.

    Raises
    ------
    StartError
        If it names only one of them.
    """
    runtime, owner = environ.get("DATABASE_URL"), environ.get("DATABASE_OWNER_URL")
    if runtime and owner:
        return runtime, owner
    if runtime or owner:
        raise StartError(
            "expected both DATABASE_URL (app_rt) and DATABASE_OWNER_URL (app_owner), got one: "
            "set the other too, or neither."
        )
    return None


def _prepare_roles(superuser_url: str, folder: Folder) -> None:
    """Create both roles and the database where they are missing."""
    with closing(_connect(superuser_url, autocommit=True)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
            exists = cursor.fetchone() is not None
        if not exists:
            _run(connection, sql.SQL((_SQL / "roles.sql").read_text()))
            for role in (OWNER, RUNTIME):
                _run(
                    connection,
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                        sql.Identifier(role), sql.Literal(folder.secret(role))
                    ),
                )
            _create_database(connection, DATABASE, "template1")
    _grant_inside(superuser_url, DATABASE)


def _create_database(connection: psycopg2.extensions.connection, name: str, template: str) -> None:
    words = (sql.Identifier(word) for word in (name, OWNER, template))
    _run(connection, sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(*words))


def _grant_inside(superuser_url: str, name: str) -> None:
    """Set who may enter a database and what app_rt may do with app_owner's tables."""
    database, runtime = sql.Identifier(name), sql.Identifier(RUNTIME)
    with closing(_connect(_with_path(superuser_url, name))) as connection, connection:
        _run(connection, sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        _run(connection, sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, runtime))
        _run(connection, sql.SQL((_SQL / "database.sql").read_text()))


def _connect(url: str, *, autocommit: bool = False) -> psycopg2.extensions.connection:
    connection = psycopg2.connect(url, connect_timeout=10)
    connection.autocommit = autocommit
    return connection


def _run(connection: psycopg2.extensions.connection, statement: sql.Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _with_path(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
