"""Where a thing went, and what it is made of: over all levels and owners that the viewer may see.

One recursive statement finds the things with the links between them. Links count where they are the
viewer's own or a grant opens them as a whole. A grant that opens a link's near end and keeps the
far one says that there is something: that makes a stub without a name, an owner or a number, one
for each thing and direction, and the walk ends there. Any other link is as if it were not.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import connection

from collab.organisations.context import acting_organisation_id
from collab.sharing.queries import visible_fields
from inventory.models import GENEALOGY
from inventory.rules.genealogy import STEP_URN

MOST_LEVELS: Final = 20
MOST_THINGS: Final = 20_000
FAR_ENDS: Final = frozenset({"parent", "child"})

_WALK: Final = """
WITH RECURSIVE pair AS MATERIALIZED (
  SELECT * FROM unnest(%(owners)s::bigint[], %(abouts)s::bigint[]) AS p(owner_id, counterparty_id)
), walk(thing, level, near, how, owner_id, counterparty_id, event, at, quantity, uom) AS (
  SELECT unnest(%(roots)s::text[]), 0, NULL::text, '', NULL::bigint, NULL::bigint, NULL::uuid,
         NULL::timestamptz, NULL::numeric, ''
  UNION
  SELECT l.far, w.level + CASE WHEN w.thing LIKE '{step}%%' THEN 0 ELSE 1 END, w.thing, l.how,
         l.owner_id, l.counterparty_id, l.event, l.at, l.quantity, l.uom
    FROM (SELECT DISTINCT thing, level FROM walk) AS w
   CROSS JOIN LATERAL (
     SELECT {far}::text AS far, how::text, owner_id, counterparty_id, event, at,
            quantity::numeric, uom::text
       FROM inventory_tracelink
      WHERE {near} = w.thing AND ended_at IS NULL
        AND (owner_id = %(own)s OR (owner_id, counterparty_id) IN (SELECT * FROM pair))
     OFFSET 0) AS l
   WHERE w.level < %(levels)s + 1
     AND (w.level < %(levels)s OR w.thing LIKE '{step}%%')
)
SELECT near, thing, how, owner_id, counterparty_id, event, at, quantity, uom
  FROM walk LIMIT %(most)s
"""
"""OFFSET 0 keeps each look at the links to the index of one thing: nothing tells the planner how
few links a thing has among all of a chain, and it would read the table once a level."""

_HINTS: Final = """
SELECT DISTINCT f.thing FROM unnest(%(things)s::text[]) AS f(thing)
 CROSS JOIN LATERAL (
   SELECT FROM inventory_tracelink
    WHERE {near} = f.thing AND ended_at IS NULL
      AND (owner_id, counterparty_id) IN (
        SELECT * FROM unnest(%(owners)s::bigint[], %(abouts)s::bigint[]))
   OFFSET 0) AS l
"""

_AT_SQL: Final = """
SELECT DISTINCT l.* FROM unnest(%(things)s::text[]) AS t(thing)
 CROSS JOIN LATERAL (
   SELECT child::text, parent::text, how::text, owner_id, counterparty_id, event, at,
          quantity::numeric, uom::text
     FROM inventory_tracelink
    WHERE (child = t.thing OR parent = t.thing) AND ended_at IS NULL
      AND (owner_id = %(own)s OR (owner_id, counterparty_id) IN (
        SELECT * FROM unnest(%(owners)s::bigint[], %(abouts)s::bigint[])))
   OFFSET 0) AS l
"""


class Direction(StrEnum):
    """Which way to walk: to what was made of a thing, or to what it was made of."""

    INTO = "into"
    FROM = "from"


_SQL: Final = {
    Direction.INTO: _WALK.format(near="child", far="parent", step=STEP_URN),
    Direction.FROM: _WALK.format(near="parent", far="child", step=STEP_URN),
}
_HINT_SQL: Final = {
    Direction.INTO: _HINTS.format(near="child"),
    Direction.FROM: _HINTS.format(near="parent"),
}
Pairs = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Edge:
    """One visible link as walked: from ``near`` to ``far``; both may be transformations."""

    near: str
    far: str
    how: str
    owner_id: int
    counterparty_id: int
    event: UUID | None
    at: datetime
    quantity: Decimal | None
    uom: str


@dataclass(frozen=True, slots=True)
class Reached:
    """A thing of a trace: ``level`` steps away, first reached from ``via`` by ``edge``.

    ``edge`` is the link that ends at the thing, of the nearest way; ``ways`` counts the things it
    was reached from. The root has level 0 and no edge.
    """

    thing: str
    level: int
    via: str = ""
    edge: Edge | None = None
    ways: int = 0


@dataclass(frozen=True, slots=True)
class Trace:
    """What one walk found, level by level; ``stubs`` are things behind which something is hidden.

    ``is_cut`` says that there is more than ``MOST_THINGS`` or ``MOST_LEVELS`` let through.
    """

    root: str
    direction: Direction
    things: Sequence[Reached]
    pairs: Sequence[tuple[str, str]]  # (from, to) of things, transformations passed through
    edges: Sequence[Edge] = ()  # all links walked, those of transformations among them
    stubs: frozenset[str] = field(default_factory=frozenset)
    is_cut: bool = False

    @property
    def levels(self) -> list[tuple[int, int]]:
        """How many things are on each level, the root's left out."""
        counts: dict[int, int] = defaultdict(int)
        for each in self.things:
            counts[each.level] += 1
        return [(level, count) for level, count in sorted(counts.items()) if level]

    @property
    def names(self) -> list[str]:
        """All things, the root first."""
        return [each.thing for each in self.things]


def trace(
    thing: str, direction: Direction, *, levels: int = MOST_LEVELS, most: int = MOST_THINGS
) -> Trace:
    """Walk from a thing, at most ``levels`` levels and about ``most`` things."""
    whole, hinted = _opened(direction)
    edges, is_full = _walk([thing], direction, whole, levels=levels, most=most)
    names = {thing, *(each.far for each in edges)}
    stubs = _hints(names, direction, hinted)
    found = _ordered(thing, direction, edges, stubs, levels=levels, most=most)
    return replace(found, is_cut=found.is_cut or is_full)


def ways(things: Collection[str], direction: Direction) -> dict[str, set[str]]:
    """Return the links from these things on, over all levels: by thing, what it leads to.

    Transformations are things of the walk like any other. One statement.
    """
    if not things:
        return {}
    whole, _hinted = _opened(direction)
    edges, _is_full = _walk(list(things), direction, whole, levels=MOST_LEVELS, most=MOST_THINGS)
    found: dict[str, set[str]] = defaultdict(set)
    for each in edges:
        found[each.near].add(each.far)
    return found


def _walk(
    things: Sequence[str], direction: Direction, whole: Pairs, *, levels: int, most: int
) -> tuple[list[Edge], bool]:
    """Return the links walked, each once, and whether there were more than could be."""
    limit = most * 3  # links to things and transformations, some on more than one level
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL[direction],
            {
                "roots": list(things),
                "levels": levels + 1,  # one more tells whether there is more
                "most": limit,
                "own": acting_organisation_id(),
                "owners": [owner for owner, _about in whole],
                "abouts": [about for _owner, about in whole],
            },
        )
        rows = cursor.fetchall()
    edges = dict.fromkeys(row for row in rows if row[0] is not None)
    return [Edge(*row) for row in edges], len(rows) == limit


def _hints(things: Collection[str], direction: Direction, hinted: Pairs) -> frozenset[str]:
    """Return those of the things behind which a grant says that there is something."""
    if not hinted:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(
            _HINT_SQL[direction],
            {
                "things": list(things),
                "owners": [owner for owner, _about in hinted],
                "abouts": [about for _owner, about in hinted],
            },
        )
        return frozenset(row[0] for row in cursor.fetchall())


def links_at(things: Collection[str]) -> list[Edge]:
    """Return the links that lead to or from these things, ``near`` the child; one statement.

    Own ones and those that a grant opens as a whole, as walks see them.
    """
    whole, _hinted = _opened(Direction.INTO)
    with connection.cursor() as cursor:
        cursor.execute(
            _AT_SQL,
            {
                "things": list(things),
                "own": acting_organisation_id(),
                "owners": [owner for owner, _about in whole],
                "abouts": [about for _owner, about in whole],
            },
        )
        return [Edge(*row) for row in cursor.fetchall()]


def _opened(direction: Direction) -> tuple[Pairs, Pairs]:
    """Return the pairs whose links the viewer sees as a whole, and those it has a hint of."""
    near = "child" if direction is Direction.INTO else "parent"
    own = acting_organisation_id()
    whole: Pairs = []
    hinted: Pairs = []
    for pair, fields in visible_fields(GENEALOGY).items():
        if pair[0] == own:
            continue
        if fields is None or fields >= FAR_ENDS:
            whole.append(pair)
        elif near in fields:
            hinted.append(pair)
    return whole, hinted


def _ordered(
    root: str,
    direction: Direction,
    edges: Sequence[Edge],
    stubs: frozenset[str],
    *,
    levels: int,
    most: int,
) -> Trace:
    """Go through the links breadth first: each thing once, on its nearest level."""
    out: dict[str, list[Edge]] = defaultdict(list)
    for edge in sorted(edges, key=lambda each: (each.at, each.far, each.owner_id)):
        out[edge.near].append(edge)
    things, known = [Reached(root, 0)], {root}
    sources: dict[str, dict[str, None]] = defaultdict(dict)
    is_cut = False
    for each in things:  # grows while it is walked through
        for step in _next(each.thing, out):
            sources[step.far].setdefault(each.thing)
            if step.far in known:
                continue
            if len(things) >= most or each.level >= levels:
                is_cut = True
                continue
            known.add(step.far)
            things.append(Reached(step.far, each.level + 1, each.thing, step))
    whole = [
        Reached(each.thing, each.level, each.via, each.edge, len(sources[each.thing]))
        for each in things
    ]
    pairs = [(via, far) for far, ways in sources.items() if far in known for via in ways]
    hidden = _behind(stubs, out, known)
    return Trace(root, direction, whole, pairs, edges, hidden, is_cut)


def _next(thing: str, out: dict[str, list[Edge]]) -> list[Edge]:
    """Return the links to the things after a thing, through transformations."""
    found: dict[str, Edge] = {}
    for edge in out[thing]:
        ends = out[edge.far] if edge.far.startswith(STEP_URN) else [edge]
        for end in ends:
            if end.far != thing:
                found.setdefault(end.far, end)
    return list(found.values())


def _behind(stubs: frozenset[str], out: dict[str, list[Edge]], known: set[str]) -> frozenset[str]:
    """Return the things behind which something is hidden, transformations passed through."""
    through = {
        thing
        for thing in known
        if any(edge.far in stubs and edge.far.startswith(STEP_URN) for edge in out[thing])
    }
    return frozenset(through | (stubs & known))
