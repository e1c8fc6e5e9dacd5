"""One lot with everything that was made from it and that it is made of, ready to be shown."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from django.utils.translation import gettext as _

from collab.integration.epcis.identifiers import lot_of, serial_of, sscc_of
from collab.masterdata.queries.products import Product
from collab.masterdata.unit_words import unit_word
from collab.organisations.names import NOBODY, Name, names_of
from inventory.models import TraceLink
from inventory.queries.genealogy import MOST_LEVELS, Direction, Reached, Trace, trace
from inventory.queries.held import HoldRow, blocked_stock, holds_on
from inventory.queries.held_things import held_things
from inventory.queries.lot_things import (
    Place,
    places_of,
    products_of,
    sightings,
    vehicles,
)
from inventory.queries.tracking_words import short

DRAWN: Final = 8  # things of one level in the picture
BRANCHES: Final = 150  # things of one direction in the tree


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedThing:
    """One thing of a trace as screens and files show it.

    ``quantity`` is that of the link on its nearest way [``uom``, Rec 20; empty: pieces].
    """

    thing: str
    level: int
    via: str
    ways: int
    how: str
    recorded_by: Name
    at: datetime | None
    quantity: Decimal | None
    uom: str
    part_number: str
    places: Sequence[tuple[Place, Decimal]]
    is_vehicle: bool
    is_held: bool
    has_hidden: bool

    @property
    def label(self) -> str:
        """The thing as people say it."""
        return short(self.thing)

    @property
    def kind_label(self) -> str:
        """What sort of thing it is."""
        if self.is_vehicle:
            return _("Vehicle")
        if lot_of(self.thing):
            return _("Lot")
        if serial_of(self.thing):
            return _("Serial")
        return _("Load unit") if sscc_of(self.thing) else _("Unit")

    @property
    def how_label(self) -> str:
        """How it came about, or what became of it."""
        return str(TraceLink.How(self.how).label) if self.how else ""

    @property
    def unit_label(self) -> str:
        """The unit of ``quantity`` in words."""
        return unit_word(self.uom or "H87")

    @property
    def sites(self) -> str:
        """The codes of the sites where it is."""
        return ", ".join(place.code for place, _amount in self.places)


@dataclass(slots=True)
class Branch:
    """A thing in a tree, with what follows from it; ``left_out`` of these are not drawn."""

    row: TracedThing
    twigs: "list[Branch]" = field(default_factory=list)
    left_out: int = 0


@dataclass(frozen=True, kw_only=True)
class Way:
    """One direction of a trace, its root first."""

    found: Trace
    rows: Sequence[TracedThing]

    @property
    def others(self) -> Sequence[TracedThing]:
        """All things but the root."""
        return self.rows[1:]

    @cached_property
    def tree(self) -> Branch:
        """The root with its first branches, each thing where it is reached first."""
        branches = {row.thing: Branch(row) for row in self.rows[: BRANCHES + 1]}
        for row in self.others:
            if (above := branches.get(row.via)) is None:
                continue
            if row.thing in branches:
                above.twigs.append(branches[row.thing])
            else:
                above.left_out += 1
        return branches[self.found.root]


@dataclass(frozen=True, kw_only=True)
class LotTrace:
    """A thing, both ways, and the holds on it."""

    root: TracedThing
    into: Way
    made_of: Way
    holds: Sequence[HoldRow]
    blocked: dict[str, Decimal]

    @cached_property
    def sites(self) -> list[tuple[Place, Name, int]]:
        """Where the thing or something made from it is, with how many things are there."""
        counts: Counter[Place] = Counter()
        for row in self.into.rows:
            counts.update({place for place, _amount in row.places})
        names = names_of({place.owner_id for place in counts})
        told = [(place, names.get(place.owner_id, NOBODY), n) for place, n in counts.items()]
        return sorted(told, key=lambda each: (-each[2], each[0].code))

    @cached_property
    def vehicles(self) -> list[TracedThing]:
        """The vehicles that something of the thing went into."""
        return [row for row in self.into.rows if row.is_vehicle]

    @property
    def levels(self) -> int:
        """How many levels there are above and below."""
        counts = [*self.into.found.levels, *self.made_of.found.levels]
        return max((level for level, _count in counts), default=0)

    @cached_property
    def picture(self) -> dict[str, Any]:
        """Nodes and edges of a picture from what it is made of, left, to what was made from it."""
        drawn: dict[str, dict[str, Any]] = {}
        for way, sign in ((self.made_of, 1), (self.into, -1)):
            per_level: Counter[int] = Counter()
            for row in way.rows:
                per_level[row.level] += 1
                if row.thing in drawn or per_level[row.level] > DRAWN or row.level > 3:
                    continue
                drawn[row.thing] = {
                    "id": row.thing, "label": row.label, "tier": sign * row.level,
                    "status": "critical" if row.is_held else "",
                }  # fmt: skip
        pairs = {(a, b) for a, b in self.into.found.pairs}
        pairs |= {(b, a) for a, b in self.made_of.found.pairs}
        edges = [{"source": a, "target": b} for a, b in sorted(pairs) if {a, b} <= drawn.keys()]
        left_out = len({*self.into.found.names, *self.made_of.found.names}) - len(drawn)
        return {"nodes": list(drawn.values()), "edges": edges, "left_out": left_out}


def lot_trace(thing: str, *, levels: int = MOST_LEVELS) -> LotTrace:
    """Return a thing with both directions; the same for one that nobody has seen: it is alone."""
    into = trace(thing, Direction.INTO, levels=levels)
    made_of = trace(thing, Direction.FROM, levels=levels)
    names = list(dict.fromkeys((*into.names, *made_of.names)))
    seen = sightings(into.names)
    products = products_of(names)
    held = {*held_things(names), *holds_on(names)}
    told = _Told(products, places_of(seen), vehicles(products), held)
    forward, backward = told.way(into), told.way(made_of)
    return LotTrace(
        root=forward.rows[0],
        into=forward,
        made_of=backward,
        holds=holds_on([thing]).get(thing, []),
        blocked=blocked_stock(into.names),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known of the things of both ways."""

    products: dict[str, Product]
    places: dict[str, list[tuple[Place, Decimal]]]
    vehicles: set[str]
    held: Collection[str]

    def way(self, found: Trace) -> Way:
        names = names_of({each.edge.owner_id for each in found.things if each.edge is not None})
        rows = [
            self._row(each, names, has_hidden=each.thing in found.stubs) for each in found.things
        ]
        return Way(found=found, rows=rows)

    def _row(self, each: Reached, names: dict[int, Name], *, has_hidden: bool) -> TracedThing:
        edge, product = each.edge, self.products.get(each.thing)
        return TracedThing(
            thing=each.thing,
            level=each.level,
            via=each.via,
            ways=each.ways,
            how=edge.how if edge else "",
            recorded_by=names.get(edge.owner_id, NOBODY) if edge else NOBODY,
            at=edge.at if edge else None,
            quantity=edge.quantity if edge else None,
            uom=edge.uom if edge else "",
            part_number=product.number if product else "",
            places=self.places.get(each.thing, ()),
            is_vehicle=each.thing in self.vehicles,
            is_held=each.thing in self.held,
            has_hidden=has_hidden,
        )


def columns() -> list[str]:
    """Return the heads of an exported trace."""
    return [
        _("Direction"), _("Level"), _("Lot or unit"), _("Identifier"), _("Part"), _("Reached from"),
        _("How"), _("Recorded by"), _("Recorded at"), _("Quantity"), _("Unit"), _("Sites"),
        _("Vehicle"), _("Held"),
    ]  # fmt: skip


def cells(found: LotTrace, *, only_vehicles: bool = False) -> Iterable[list[Any]]:
    """Yield the lines of an exported trace: both directions, or the affected vehicles alone."""
    ways = ((_("Made from it"), found.into), (_("Made of"), found.made_of))
    for name, way in ways[:1] if only_vehicles else ways:
        for row in way.others:
            if only_vehicles and not row.is_vehicle:
                continue
            yield [
                name, row.level, row.label, row.thing, row.part_number, short(row.via),
                row.how_label, row.recorded_by.bpn, row.at, row.quantity, row.uom, row.sites,
                _("yes") if row.is_vehicle else "", _("yes") if row.is_held else "",
            ]  # fmt: skip
