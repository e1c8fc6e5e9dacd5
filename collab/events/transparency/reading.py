"""Reads of a log's tree: heads and the hashes of proofs, for its owner and whom it is opened to."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from collab.events.transparency.bundles import Consistency, Inclusion, Record
from collab.events.transparency.heads import SignedHead
from collab.events.transparency.merkle import (
    Edge,
    Node,
    Peaks,
    assemble,
    consistency_plan,
    inclusion_plan,
    nodes_in,
    peaks,
)
from collab.events.transparency.models import LogNode, TransparencyLog, TreeHead

_STORED = """
SELECT n.level, n.index, n.hash
  FROM unnest(%s::int[], %s::bigint[]) AS asked(level, index)
  JOIN events_lognode n ON n.owner_id = %s AND n.log_id = %s
                       AND n.level = asked.level AND n.index = asked.index
"""


class NotLogged(LookupError):
    """No such log, head or entry that the acting organisation may see; all look the same."""


class NotSigned(LookupError):
    """The entry is in the log, but no head covers it yet: ask again in a few seconds."""


def log_of(owner_id: int, name: str) -> TransparencyLog:
    """Return an organisation's log; raise ``NotLogged`` unless it is there and open to us."""
    found = TransparencyLog.objects.filter(owner_id=owner_id, name=name).first()
    if found is None:
        raise NotLogged(f"expected a ledger {name} that is open to you, found none")
    return found


def open_logs(name: str) -> list[TransparencyLog]:
    """Return every log of a name that the acting organisation sees, its own among them."""
    return list(TransparencyLog.objects.filter(name=name).order_by("owner_id"))


def newest_head(log: TransparencyLog) -> SignedHead | None:
    """Return the head of the largest size, or ``None`` before the first."""
    found = TreeHead.objects.filter(owner_id=log.owner_id, log=log).order_by("-size").first()
    return None if found is None else found.signed()


def head_at(log: TransparencyLog, size: int) -> SignedHead:
    """Return the head of exactly this size; raise ``NotLogged`` if none was signed."""
    found = TreeHead.objects.filter(owner_id=log.owner_id, log=log, size=size).first()
    if found is None:
        raise NotLogged(f"expected a size at which a head was signed, got {size}")
    return found.signed()


def edge(log: TransparencyLog, size: int) -> Edge:
    """Return the stored tree of ``size``, ready to grow on; raise ``MissingNode`` for a hole."""
    corner = peaks(0, size)
    plan = [(node,) for node in corner]
    return Edge(size, assemble(plan, stored(log, nodes_in(plan))))


def stored(log: TransparencyLog, nodes: Iterable[Node]) -> dict[Node, bytes]:
    """Return the stored hashes of ``nodes`` in one query; those that are not there are left out."""
    asked = list(nodes)
    if not asked:
        return {}
    levels, indices = zip(*asked, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_STORED, [list(levels), list(indices), log.owner_id, log.pk])
        return {Node(level, index): bytes(value) for level, index, value in cursor.fetchall()}


def consistency_path(log: TransparencyLog, first: int, second: int) -> list[bytes]:
    """Return what shows that the first ``first`` leaves are still those; one query."""
    return _path(log, consistency_plan(first, second))


def inclusion(
    log: TransparencyLog,
    record: Record,
    canonical_form: str,
    *,
    size: int | None = None,
    since: int | None = None,
) -> Inclusion:
    """Return the proof that ``record`` is in the log, under the newest head or that of ``size``.

    With ``since``, the size of an older head, the proof ties that head to it too. Raises
    ``NotLogged`` for a record that is not in the log, ``NotSigned`` while no head covers it,
    ``MissingNode`` if the stored tree has a hole.
    """
    salt = record.salt(bytes(log.secret))
    index = _index_of(log, record.leaf(salt))
    head = newest_head(log) if size is None else head_at(log, size)
    if head is None or index >= head.tree_size:
        raise NotSigned("expected an entry that a signed head covers, got a newer one")
    older: dict[str, Any] = {}
    if since is not None:
        if not 1 <= since <= head.tree_size:
            raise NotLogged(f"expected 1 <= from <= {head.tree_size}, got {since}")
        older = {"since": since, "since_path": consistency_path(log, since, head.tree_size)}
    path = _path(log, inclusion_plan(index, head.tree_size))
    return Inclusion(record, canonical_form, salt, index, path, head, **older)


def consistency(log: TransparencyLog, first: int, second: int | None = None) -> Consistency:
    """Return the proof between two signed sizes, the newest if no second one is given.

    Raises ``NotLogged`` unless heads of both sizes were signed, ``MissingNode`` for a hole.
    """
    older = head_at(log, first)
    newer = newest_head(log) if second is None else head_at(log, second)
    if newer is None or older.tree_size > newer.tree_size:
        raise NotLogged(f"expected a second size of at least {first}, got {second}")
    path = consistency_path(log, older.tree_size, newer.tree_size)
    return Consistency(older, newer, path)


def _path(log: TransparencyLog, plan: Iterable[Peaks]) -> list[bytes]:
    whole = list(plan)
    return assemble(whole, stored(log, nodes_in(whole)))


def _index_of(log: TransparencyLog, leaf: bytes) -> int:
    index = (
        LogNode.objects.filter(owner_id=log.owner_id, log_id=log.pk, level=0, hash=leaf)
        .values_list("index", flat=True)
        .first()
    )
    if index is None:
        raise NotLogged("expected an object that was logged, found no entry for it")
    return int(index)
