"""Looks at a whole log: every leaf, every stored hash, every signed head, and the objects."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.conf import settings
from django.db import connection

from collab.events.transparency import keeping
from collab.events.transparency.bundles import Record
from collab.events.transparency.heads import BadHead, SignedHead
from collab.events.transparency.kinds import rehash_of
from collab.events.transparency.merkle import EMPTY, STRIDE, Edge, Node
from collab.events.transparency.models import LogLeaf, TransparencyLog, TreeHead
from collab.events.transparency.services import log_id_of
from collab.events.transparency.trust import trusted_keys
from collab.organisations.context import acting_organisation_id

AT_ONCE: Final = 2000
MOST_FINDINGS: Final = 100

Kind = Literal["changed", "missing", "repeated", "added", "foreign", "unsigned"]
Progress = Callable[[int, int], None]
Block = Callable[[], AbstractContextManager[Any]]

_MADE = """
SELECT n.level, n.index, n.hash
  FROM generate_series(0, 62, %s) AS l(level)
  JOIN events_lognode n ON n.owner_id = %s AND n.log_id = %s AND n.level = l.level
   AND n.index >= %s >> l.level AND n.index < %s >> l.level
"""
_COUNTS = """
SELECT l.size, (SELECT count(*) FROM events_logleaf WHERE owner_id = l.owner_id AND log_id = l.id),
       (SELECT count(*) FROM events_lognode WHERE owner_id = l.owner_id AND log_id = l.id)
  FROM events_transparencylog l WHERE l.id = %s
"""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something is wrong at entry ``entry``, counted from 1; ``text`` says what was expected."""

    entry: int
    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"entry {self.entry} {self.kind}: {self.text}"


@dataclass(frozen=True, slots=True)
class Report:
    """How a log stands: entries and heads looked at, and what is wrong, the first first."""

    log_id: str
    size: int
    heads: int
    newest: SignedHead | None
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


@dataclass(slots=True)
class _Look:
    """One look at one log: the tree as it is computed anew, and what was found on the way."""

    log: TransparencyLog
    log_id: str
    secret: bytes
    heads: list[SignedHead]
    newest: SignedHead | None
    edge: Edge = field(default_factory=Edge)
    findings: set[Finding] = field(default_factory=set)
    roots: dict[int, bytes] = field(default_factory=dict)
    sizes: set[int] = field(default_factory=set)

    def find(self, place: int, kind: Kind, text: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.add(Finding(place + 1, kind, text))

    def report(self) -> Report:
        found = tuple(sorted(self.findings))
        return Report(self.log_id, self.edge.size, len(self.heads), self.newest, found)


def verify(
    *, name: str, progress: Progress | None = None, block: Block = nullcontext
) -> Report | None:
    """Return whether the acting organisation's log ``name`` holds; ``None`` if there is none.

    Raises nothing for a broken log: that is an answer. Reads everything there is at the start,
    2,000 entries in a ``block`` (which may act for the organisation for as long), and tells
    ``progress`` (done, total). A false entry is named by its number; what was rewritten as a
    whole is named by the first signed head that it contradicts.
    """
    with block():
        look = _begin(name)
    if not isinstance(look, _Look):
        return look
    size, has_more = look.log.size, True
    while has_more:
        with block():
            has_more = _look_at_page(look, size)
        if progress is not None:
            progress(min(look.edge.size, size), size)
    with block():
        _look_at_end(look, size)
        for head in look.heads:
            _look_at_head(look, head)
    return look.report()


def _begin(name: str) -> _Look | Report | None:
    """Return what to look at; a report at once where heads were signed of a log that is gone."""
    log = TransparencyLog.objects.filter(owner_id=acting_organisation_id(), name=name).first()
    log_id = log_id_of(name)
    outside, trouble = _kept(log_id)
    if log is None:
        if not outside:
            return None
        gone = Finding(1, "missing", f"expected {outside[-1].tree_size} signed entries, found none")
        return Report(log_id, 0, len(outside), None, (gone,))
    rows = TreeHead.objects.filter(owner_id=log.owner_id, log=log).order_by("size")
    inside = [row.signed() for row in rows]
    heads = list(dict.fromkeys([*inside, *outside]))
    look = _Look(log, log_id, bytes(log.secret), heads, inside[-1] if inside else None)
    look.sizes = {head.tree_size for head in heads}
    if trouble:
        look.find(0, "unsigned", trouble)
    return look


def _kept(log_id: str) -> tuple[list[SignedHead], str]:
    """Return the heads kept outside the database, oldest first, and why one cannot be read."""
    found: list[SignedHead] = []
    try:
        found.extend(keeping.kept(settings.CHECKPOINTS, log_id))
    except BadHead as bad:
        return found[::-1], str(bad)
    return found[::-1], ""


def _look_at_page(look: _Look, size: int) -> bool:
    """Look at the next leaves; say whether there are more."""
    start = look.edge.size
    rows = LogLeaf.objects.filter(log_id=look.log.pk, index__gte=start, index__lt=size)
    leaves = list(rows.order_by("index", "id")[:AT_ONCE])
    if not leaves:
        return False
    stored = _stored(look.log, start, leaves[-1].index + 1)
    _look_at_objects(look, leaves)
    for leaf in leaves:
        if leaf.index < look.edge.size:
            look.find(leaf.index, "repeated", "expected one entry of this number, found another")
            continue
        while look.edge.size < leaf.index:
            place = look.edge.size
            look.find(place, "missing", "expected an entry of this number, found none")
            _grow(look, stored.get(Node(0, place), EMPTY), stored)
        found = stored.get(Node(0, leaf.index))
        computed = _leaf(leaf, look.secret)
        if found is None:
            look.find(leaf.index, "missing", "expected the stored hash of the entry, found none")
        elif found != computed:
            look.find(leaf.index, "changed", "expected content that gives the stored hash")
        _grow(look, found or computed, stored)
    return True


def _leaf(leaf: LogLeaf, secret: bytes) -> bytes:
    record = Record(leaf.object_kind, str(leaf.object_id), leaf.content_hash)
    return record.leaf(record.salt(secret))


def _grow(look: _Look, value: bytes, stored: dict[Node, bytes]) -> None:
    """Let the computed tree grow by one leaf and compare the nodes that are full now."""
    for node, computed in look.edge.append(value)[1:]:
        if node.level % STRIDE:
            continue
        found = stored.get(node)
        if found != computed:
            kind: Kind = "missing" if found is None else "changed"
            place = node.place << node.level
            text = f"expected the hash over {1 << node.level} entries from here on as computed"
            look.find(place, kind, text)
    if look.edge.size in look.sizes:
        look.roots[look.edge.size] = look.edge.root()


def _look_at_objects(look: _Look, leaves: Sequence[LogLeaf]) -> None:
    """Compare what was logged with the objects as they stand now."""
    by_kind: dict[str, list[LogLeaf]] = {}
    for leaf in leaves:
        by_kind.setdefault(leaf.object_kind, []).append(leaf)
    for kind, own in by_kind.items():
        rehash = rehash_of(kind)
        if rehash is None:
            continue
        now = rehash([leaf.object_id for leaf in own])
        for leaf in own:
            if leaf.object_id not in now:
                text = f"expected the logged {kind} {leaf.object_id}, found none"
                look.find(leaf.index, "missing", text)
            elif now[leaf.object_id] not in (None, leaf.content_hash):
                text = f"expected the logged content of {kind} {leaf.object_id}, found another"
                look.find(leaf.index, "changed", text)


def _look_at_end(look: _Look, size: int) -> None:
    """Compare how much there is with how much there should be, as of one instant."""
    for place in range(look.edge.size, min(size, look.edge.size + MOST_FINDINGS)):
        look.find(place, "missing", "expected an entry of this number, found none")
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [look.log.pk])
        now, leaves, nodes = cursor.fetchone()
    if leaves > now:
        look.find(now, "added", f"expected {now} entries as the log says, found {leaves}")
    if nodes > (expected := sum(now >> level for level in range(0, 63, STRIDE))):
        look.find(now, "added", f"expected {expected} stored hashes, found {nodes}")


def _look_at_head(look: _Look, head: SignedHead) -> None:
    last = head.tree_size - 1
    if head.log_id != look.log_id:
        look.find(last, "foreign", f"expected a head of {look.log_id}, got one of {head.log_id}")
        return
    try:
        head.check(trusted_keys())
    except BadHead as bad:
        look.find(last, "unsigned", str(bad))
        return
    if head.tree_size > look.edge.size:
        for place in range(look.edge.size, min(head.tree_size, look.edge.size + MOST_FINDINGS)):
            text = f"expected an entry of this number, signed at {head.timestamp}, found none"
            look.find(place, "missing", text)
    elif look.roots.get(head.tree_size) != head.root_bytes:
        text = f"expected entries 1 to {head.tree_size} as signed at {head.timestamp}"
        look.find(last, "changed", text)


def _stored(log: TransparencyLog, start: int, end: int) -> dict[Node, bytes]:
    """Return the stored nodes that become full between the sizes ``start`` and ``end``."""
    with connection.cursor() as cursor:
        cursor.execute(_MADE, [STRIDE, log.owner_id, log.pk, start, end])
        return {Node(level, index): bytes(value) for level, index, value in cursor.fetchall()}
