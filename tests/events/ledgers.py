"""Ledgers for tests: logged facts, and what only the owner of the tables can do to them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg2

from collab.events.transparency import reading
from collab.events.transparency.bundles import Inclusion, Record, named_hash
from collab.events.transparency.merkle import Edge
from collab.events.transparency.models import LogLeaf, TransparencyLog
from collab.events.transparency.services import Entry, append, seal
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from tests.harness import servers

NAME = "inventory.stock"  # a topic that the cast opens: Brasov to Avalon, Porto to Kestrel
KIND = "test.fact"
TABLES = (
    "events_transparencylog",
    "events_logleaf",
    "events_lognode",
    "events_treehead",
    "events_witnessedhead",
)


def facts(count: int, *, start: int = 0) -> list[Entry]:
    """Return entries whose canonical form is ``fact <number>``."""
    return [
        Entry(KIND, uuid4(), named_hash(f"fact {number}")) for number in range(start, start + count)
    ]


def log_facts(organisation: Organisation, count: int, *, start: int = 0) -> list[Entry]:
    """Append so many facts and sign; return them."""
    made = facts(count, start=start)
    with acting_for(organisation):
        append(name=NAME, entries=made)
        assert seal(name=NAME) is not None
    return made


def proof(
    viewer: Organisation, owner: Organisation, entry: Entry, number: int, **asked: Any
) -> Inclusion:
    """Return the proof of ``fact <number>`` that ``viewer`` gets from the log of ``owner``."""
    with acting_for(viewer):
        log = reading.log_of(owner.pk, NAME)
        record = Record(entry.kind, str(entry.id), entry.hash)
        return reading.inclusion(log, record, f"fact {number}", **asked)


@contextmanager
def as_owner() -> Iterator[Any]:
    """Yield a cursor of the role that owns the tables, walls and triggers set aside."""
    held = psycopg2.connect(servers.OWNER_URL)
    try:
        with held, held.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            yield cursor
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
                cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    finally:
        held.close()


def leaves_of(organisation: Organisation) -> list[LogLeaf]:
    """Return an organisation's leaves in order."""
    with acting_for(organisation):
        return list(LogLeaf.objects.order_by("index"))


def rewrite(organisation: Organisation, leaves: Sequence[tuple[str, UUID, str]]) -> None:
    """Replace a whole log by a well-made one of other leaves; its signed heads go.

    That is all that somebody can do who has the database and not the signing key.
    """
    with acting_for(organisation):
        log = TransparencyLog.objects.get(owner_id=organisation.pk, name=NAME)
        secret = bytes(log.secret)
    records = [Record(kind, str(key), content_hash) for kind, key, content_hash in leaves]
    nodes = list(Edge().extend(record.leaf(record.salt(secret)) for record in records))
    with as_owner() as cursor:
        for table in ("events_logleaf", "events_lognode", "events_treehead"):
            cursor.execute(f"DELETE FROM {table} WHERE log_id = %s", [str(log.pk)])
        for index, (kind, key, content_hash) in enumerate(leaves):
            cursor.execute(
                "INSERT INTO events_logleaf (id, owner_id, log_id, index, object_kind, object_id,"
                " content_hash, appended_at)"
                " VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s, now())",
                [organisation.pk, str(log.pk), index, kind, str(key), content_hash],
            )
        for node, value in nodes:
            cursor.execute(
                "INSERT INTO events_lognode (id, owner_id, log_id, level, index, hash)"
                " VALUES (gen_random_uuid(), %s, %s, %s, %s, %s)",
                [organisation.pk, str(log.pk), node.level, node.place, psycopg2.Binary(value)],
            )
        cursor.execute(
            "UPDATE events_transparencylog SET size = %s WHERE id = %s", [len(leaves), str(log.pk)]
        )
