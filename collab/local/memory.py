"""What the database remembers of earlier starts, so that a second one skips what is done."""

import hashlib
import json
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import psycopg2
from psycopg2 import sql

from collab.local.errors import StartError

MARK = "collab: "


def fingerprint(root: Path, files: Iterable[Path], *words: str) -> str:
    """Return a hash over the names and contents of ``files`` and over ``words``."""
    digest = hashlib.sha256("\0".join(words).encode())
    for path in sorted(files):
        digest.update(
            f"\0{path.relative_to(root) if path.is_relative_to(root) else path}\0".encode()
        )
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def recall(owner_url: str) -> dict[str, str]:
    """Return what `remember` wrote; empty for a new database.

    Raises
    ------
    StartError
        If the database does not answer.
    """
    with closing(_connect(owner_url)) as connection:
        return _read(connection)


def remember(owner_url: str, **done: str) -> None:
    """Add to the memory. It is the database's comment, so it is lost only with the data.

    A comment of somebody else is left alone, and so is a database that ``owner_url`` does
    not own: the next start then repeats its steps, which are safe to repeat.
    """
    with (
        closing(_connect(owner_url)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT pg_has_role(datdba, 'USAGE'), shobj_description(oid, 'pg_database')"
            " FROM pg_database WHERE datname = current_database()"
        )
        owns, comment = cursor.fetchone() or (False, None)
        if not owns or (comment and not comment.startswith(MARK)):
            return
        text = MARK + json.dumps(_read(connection) | done, sort_keys=True)
        cursor.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(connection.info.dbname), sql.Literal(text)
            )
        )


def _connect(owner_url: str) -> psycopg2.extensions.connection:
    try:
        return psycopg2.connect(owner_url, connect_timeout=10)
    except psycopg2.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise StartError(f"the database of DATABASE_OWNER_URL does not answer: {reason}") from error


def _read(connection: psycopg2.extensions.connection) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database')"
            " FROM pg_database WHERE datname = current_database()"
        )
        (comment,) = cursor.fetchone() or (None,)
    if not comment or not comment.startswith(MARK):
        return {}
    entries = json.loads(comment.removeprefix(MARK))
    return {str(key): str(value) for key, value in entries.items()}
