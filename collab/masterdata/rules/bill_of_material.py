"""What an assembly is made of over all levels, and whose demand each part's need comes from."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

EXACT_DIGITS = 100


class BillOfMaterialCycle(ValueError):
    """A part contains itself; ``parts`` names the way round, first and last the same."""

    def __init__(self, parts: tuple[str, ...]) -> None:
        self.parts = parts
        super().__init__(f"expected no part to contain itself, got {' > '.join(parts)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BomLine:
    """One component of one parent.

    ``usage`` units of ``component`` go into one unit of ``parent``, > 0. ``take_rate`` in
    (0, 1] is the share of parents that have it. ``scrap`` >= 0 is the share added for
    losses (0.02 = 2 % more). Effective from ``effective_from`` on and before
    ``effective_until``; ``None`` leaves that side open. Raises ``ValueError`` outside
    these ranges.
    """

    parent: str
    component: str
    usage: Decimal
    take_rate: Decimal = Decimal(1)
    scrap: Decimal = Decimal(0)
    effective_from: date | None = None
    effective_until: date | None = None

    def __post_init__(self) -> None:
        where = f"for {self.component} in {self.parent}"
        if not self.usage.is_finite() or self.usage <= 0:
            raise ValueError(f"expected a finite usage > 0 {where}, got {self.usage}")
        if not self.take_rate.is_finite() or not 0 < self.take_rate <= 1:
            raise ValueError(f"expected a take rate in (0, 1] {where}, got {self.take_rate}")
        if not self.scrap.is_finite() or self.scrap < 0:
            raise ValueError(f"expected a finite scrap >= 0 {where}, got {self.scrap}")
        since, until = self.effective_from, self.effective_until
        if since is not None and until is not None and since >= until:
            raise ValueError(f"expected effective_from before {until} {where}, got {since}")

    def is_effective(self, on: date) -> bool:
        """Return whether the line counts on that day."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_until is None or on < self.effective_until
        )

    @property
    def quantity_per_parent(self) -> Decimal:
        """Units of the component that one unit of the parent needs, take rate and scrap in it."""
        return self.usage * self.take_rate * (1 + self.scrap)


@dataclass(frozen=True, slots=True)
class Need:
    """What is needed of one part, and for whom.

    ``quantity`` = ``independent`` (asked for itself) + the sum of ``by_parent`` (asked by
    each direct parent) = the sum of ``by_origin`` (the same, pegged to the parts whose
    independent demand caused it). All in base units of the part.
    """

    part: str
    quantity: Decimal
    independent: Decimal
    by_parent: Mapping[str, Decimal]
    by_origin: Mapping[str, Decimal]


def check_acyclic(lines: Iterable[BomLine]) -> None:
    """Raise ``BillOfMaterialCycle`` if a part contains itself on any level.

    Effectivity is left out: two lines that close a ring are refused even if they never
    count on the same day.
    """
    _parents_first(_children(lines))


def explode(
    lines: Iterable[BomLine], demand: Mapping[str, Decimal], *, on: date
) -> dict[str, Need]:
    """Return what ``demand`` needs of every part on every level, parents before components.

    Parameters
    ----------
    lines
        The bill of material; lines not effective on ``on`` are left out. Repeated lines
        of one parent and component add up.
    demand
        Independent demand per part [base units], each finite and >= 0.
    on
        The day whose effective lines count.

    Returns
    -------
    dict
        A ``Need`` for every part with demand of its own or from a parent. Exact.

    Raises
    ------
    BillOfMaterialCycle
        If the effective lines close a ring.
    ValueError
        If a demand is negative or not finite.

    Examples
    --------
    >>> line = BomLine(parent="door", component="harness", usage=Decimal(2))
    >>> explode([line], {"door": Decimal(5)}, on=date(2026, 11, 2))["harness"].quantity
    Decimal('10')
    """
    for part, quantity in demand.items():
        if not quantity.is_finite() or quantity < 0:
            raise ValueError(f"expected finite demand >= 0, got {quantity} for {part}")
    children = _children(line for line in lines if line.is_effective(on))
    by_parent: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    by_origin: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    needs: dict[str, Need] = {}
    with localcontext(prec=EXACT_DIGITS):
        for part in _parents_first(children, also=demand):
            independent = demand.get(part, Decimal(0))
            origins = by_origin[part]
            if part in demand:
                origins[part] = origins.get(part, Decimal(0)) + independent
            if not origins:
                continue
            need = Need(
                part, sum(origins.values(), Decimal(0)), independent, by_parent[part], origins
            )
            needs[part] = need
            for line in children.get(part, ()):
                per_parent = line.quantity_per_parent
                _add(by_parent[line.component], {part: need.quantity * per_parent})
                _add(by_origin[line.component], {o: q * per_parent for o, q in origins.items()})
    return needs


def where_used(lines: Iterable[BomLine], part: str) -> tuple[str, ...]:
    """Return every assembly that holds ``part`` on any level, nearest first, then by name."""
    parents: defaultdict[str, set[str]] = defaultdict(set)
    for line in lines:
        parents[line.component].add(line.parent)
    found: dict[str, None] = {}
    level = sorted(parents.get(part, ()))
    while level:
        found.update(dict.fromkeys(level))
        level = sorted({up for name in level for up in parents.get(name, ())} - found.keys())
    return tuple(found)


def _add(totals: dict[str, Decimal], more: Mapping[str, Decimal]) -> None:
    for key, quantity in more.items():
        totals[key] = totals.get(key, Decimal(0)) + quantity


def _children(lines: Iterable[BomLine]) -> dict[str, list[BomLine]]:
    children: defaultdict[str, list[BomLine]] = defaultdict(list)
    for line in lines:
        children[line.parent].append(line)
    return dict(children)


def _parents_first(
    children: Mapping[str, Sequence[BomLine]], also: Iterable[str] = ()
) -> list[str]:
    """Return every part once, parents before components; depth-first without recursion."""
    finished: dict[str, None] = {}
    for root in (*children, *also):
        path: dict[str, Iterator[BomLine]] = {}
        if root not in finished:
            path[root] = iter(children.get(root, ()))
        while path:
            part = next(reversed(path))
            line = next(path[part], None)
            if line is None:
                del path[part]
                finished[part] = None
            elif line.component in path:
                names = tuple(path)
                ring = names[names.index(line.component) :]
                raise BillOfMaterialCycle((*ring, line.component))
            elif line.component not in finished:
                path[line.component] = iter(children.get(line.component, ()))
    return list(reversed(finished))
