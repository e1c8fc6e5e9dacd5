"""The tree of handling units of a dispatch advice, and how goods are packed (TR-16).

The laws are those that DESADV (VDA 4987) and X12 856 share. The consignment is the root; pallets
and boxes are its units, and only a unit without children has contents.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

ZERO = Decimal(0)
MOST_UNITS = 5_000


class Kind(StrEnum):
    """What a unit's label says: one part, a master over boxes of one part, or a mixture."""

    SINGLE = "S"
    MASTER = "M"
    MIXED = "MIX"


@dataclass(frozen=True, slots=True)
class Content:
    """How much [unit of the line] of the advice line at position ``line`` a unit holds."""

    line: int
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One pack; ``parent`` is the key of the unit it stands on or in, empty for the consignment.

    ``gross_kg`` includes everything inside; ``plate`` is empty until one is given.
    """

    key: str
    parent: str = ""
    pack_type: str
    plate: str = ""
    contents: tuple[Content, ...] = ()
    gross_kg: Decimal | None = None
    lot: str = ""
    asset: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One broken law: its stable code, the unit (or empty) and line (or 0), what was expected."""

    code: str
    expected: str
    found: str = ""
    unit: str = ""
    line: int = 0


def tree_faults(parents: Sequence[tuple[str, str]], *, one_root: bool = False) -> list[Fault]:
    """Return what is wrong with nodes given as (key, parent); a parent of "" marks a root.

    Keys are unique, parents known, no node is its own ancestor; with ``one_root`` exactly one
    node has no parent.
    """
    faults: list[Fault] = []
    known: dict[str, str] = {}
    for key, parent in parents:
        if not key or key in known:
            faults.append(Fault(code="key", expected="a number of its own", found=key, unit=key))
        else:
            known[key] = parent
    faults += [
        Fault(code="parent", expected="the number of another unit here", found=parent, unit=key)
        for key, parent in known.items()
        if parent and parent not in known
    ]
    faults += [
        Fault(code="cycle", expected="no unit inside itself", found=key, unit=key)
        for key in sorted(_in_cycles(known))
    ]
    roots = [key for key, parent in known.items() if not parent]
    if one_root and len(roots) != 1:
        found = " ".join(roots[:5]) or "none"
        faults.append(Fault(code="root", expected="exactly one root", found=found))
    return faults


def _in_cycles(parents: Mapping[str, str]) -> set[str]:
    """Return the nodes that never reach a root; O(n)."""
    state: dict[str, bool] = {}  # whether a node reaches a root or an unknown parent
    for start in parents:
        path: list[str] = []
        at = start
        while at in parents and at not in state and at not in path[-1:]:
            state[at] = False  # until it is known
            path.append(at)
            at = parents[at]
        is_good = at not in parents or (state.get(at, False) and at not in path)
        for key in path:
            state[key] = is_good
    return {key for key, is_good in state.items() if not is_good}


def faults_of(
    units: Sequence[Unit],
    quantities: Mapping[int, Decimal],
    *,
    gross_kg: Decimal | None = None,
    net_kg: Decimal | None = None,
) -> list[Fault]:
    """Return every law that a consignment breaks; ``quantities`` maps line → total quantity.

    A line that no unit holds is not packed, which is allowed only if no unit has contents at all.
    """
    faults = [*_weights(units, gross_kg, net_kg), *tree_faults([(u.key, u.parent) for u in units])]
    if len(units) > MOST_UNITS:
        expected = f"at most {MOST_UNITS} units"
        faults.append(Fault(code="units", expected=expected, found=str(len(units))))
    faults += _plates(units)
    holders = {each.parent for each in units if each.parent}
    packed: dict[int, Decimal] = defaultdict(Decimal)
    for each in units:
        faults += _contents(each, quantities, is_holder=each.key in holders)
        for content in each.contents:
            packed[content.line] += content.quantity
    if packed:
        faults += [
            Fault(
                code="quantity",
                expected=f"{plain(total)}, the quantity of the line, in its packs",
                found=plain(packed.get(line, ZERO)),
                line=line,
            )
            for line, total in quantities.items()
            if packed.get(line, ZERO) != total
        ]
    return faults


def _weights(
    units: Sequence[Unit], gross_kg: Decimal | None, net_kg: Decimal | None
) -> Iterable[Fault]:
    for name, value in (("gross", gross_kg), ("net", net_kg)):
        if value is not None and (not value.is_finite() or value < 0):
            yield Fault(code="weight", expected=f"a {name} weight >= 0 kg", found=str(value))
    if gross_kg is not None and net_kg is not None and net_kg > gross_kg:
        expected = f"a net weight of at most the gross {plain(gross_kg)} kg"
        yield Fault(code="weight", expected=expected, found=plain(net_kg))
    inside = sum((u.gross_kg or ZERO for u in units if not u.parent), ZERO)
    if gross_kg is not None and inside > gross_kg:
        expected = f"units of at most the gross {plain(gross_kg)} kg"
        yield Fault(code="weight", expected=expected, found=plain(inside))


def _plates(units: Sequence[Unit]) -> Iterable[Fault]:
    seen: dict[str, str] = {}
    for each in units:
        if each.plate and each.plate in seen:
            expected = f"a plate unlike that of unit {seen[each.plate]}"
            yield Fault(code="plate", expected=expected, found=each.plate, unit=each.key)
        seen.setdefault(each.plate, each.key)


def _contents(unit: Unit, quantities: Mapping[int, Decimal], *, is_holder: bool) -> Iterable[Fault]:
    if is_holder and unit.contents:
        expected = "contents in the packs inside alone"
        yield Fault(code="contents", expected=expected, found="contents", unit=unit.key)
    if not is_holder and not unit.contents:
        yield Fault(code="contents", expected="something inside", found="nothing", unit=unit.key)
    lines = [each.line for each in unit.contents]
    if len(set(lines)) < len(lines):
        yield Fault(code="contents", expected="each line once in a pack", unit=unit.key)
    for each in unit.contents:
        if each.line not in quantities:
            expected = "a line of this advice"
            yield Fault(code="line", expected=expected, found=str(each.line), unit=unit.key)
        if not each.quantity.is_finite() or each.quantity <= 0:
            found = str(each.quantity)
            yield Fault(code="contents", expected="a quantity above 0", found=found, unit=unit.key)


def fills(count: int, per_pack: Decimal, total: Decimal) -> tuple[Decimal, ...] | None:
    """Return what each of ``count`` packs holds of ``total``: all full, the last perhaps partly.

    ``None`` where that cannot be: boxes x per-pack must be the total unless the last is not full.
    """
    if count < 1 or per_pack <= 0:
        return None
    last = total - per_pack * (count - 1)
    if not 0 < last <= per_pack:
        return None
    return (*[per_pack] * (count - 1), last)


def kinds_of(units: Sequence[Unit]) -> dict[str, Kind]:
    """Return the kind of each unit of a good tree by what is in it, at any depth."""
    parents = {each.key: each.parent for each in units}
    lines: dict[str, set[int]] = defaultdict(set)
    for each in units:
        at = each.key
        while at:
            lines[at].update(content.line for content in each.contents)
            at = parents.get(at, "")
    holders = set(parents.values())
    found = {}
    for each in units:
        is_mixed = len(lines[each.key]) > 1
        plain_kind = Kind.MASTER if each.key in holders else Kind.SINGLE
        found[each.key] = Kind.MIXED if is_mixed else plain_kind
    return found


def contents_within(units: Sequence[Unit]) -> dict[str, dict[int, Decimal]]:
    """Return for each unit of a good tree how much of each line is in it, at any depth."""
    parents = {each.key: each.parent for each in units}
    found: dict[str, dict[int, Decimal]] = {each.key: {} for each in units}
    for each in units:
        at = each.key
        while at:
            for content in each.contents:
                inside = found[at]
                inside[content.line] = inside.get(content.line, ZERO) + content.quantity
            at = parents.get(at, "")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """How one line is packed: ``per_pack`` [unit of the line] in a box, boxes on a load unit.

    ``piece_kg`` is the weight of one unit of the line, ``pack_kg`` of an empty box; ``None`` where
    it is not known.
    """

    line: int
    quantity: Decimal
    per_pack: Decimal
    pack_type: str
    packs_per_load_unit: int = 1
    load_unit_type: str = "PX"
    piece_kg: Decimal | None = None
    pack_kg: Decimal | None = None


def suggest(packings: Sequence[Packing], *, mix_rests: bool = False) -> list[Unit]:
    """Return the tree for these lines: full boxes, the last perhaps not, on pallets in their order.

    A line with one box on a load unit gets no pallet. With ``mix_rests`` the boxes of pallets that
    would not be full share pallets, as long as their shares of a pallet add up to at most one.
    """
    units: list[Unit] = []
    rests: list[tuple[Packing, list[Decimal]]] = []
    for each in packings:
        boxes = [*_boxes(each)]
        size = each.packs_per_load_unit
        if size <= 1:
            units += [_box(each, quantity, str(len(units) + n)) for n, quantity in
                      enumerate(boxes, start=1)]  # fmt: skip
            continue
        for start in range(0, len(boxes), size):
            part = boxes[start : start + size]
            if mix_rests and len(part) < size:
                rests.append((each, part))
            else:
                _load(units, [(each, part)])
    for shared in _shared(rests):
        _load(units, shared)
    return units


def _boxes(packing: Packing) -> Iterable[Decimal]:
    if packing.per_pack <= 0 or packing.quantity <= 0:
        raise ValueError(f"expected quantities above 0, got {packing.quantity}/{packing.per_pack}")
    count = int((packing.quantity / packing.per_pack).to_integral_value(ROUND_CEILING))
    if count > MOST_UNITS:
        raise ValueError(f"expected at most {MOST_UNITS} packs, got {count}")
    return fills(count, packing.per_pack, packing.quantity) or ()


def _box(packing: Packing, quantity: Decimal, key: str, parent: str = "") -> Unit:
    gross = None
    if packing.piece_kg is not None:
        gross = quantity * packing.piece_kg + (packing.pack_kg or ZERO)
    content = Content(packing.line, quantity)
    return Unit(
        key=key, parent=parent, pack_type=packing.pack_type, contents=(content,), gross_kg=gross
    )


def _load(units: list[Unit], shared: Sequence[tuple[Packing, Sequence[Decimal]]]) -> None:
    """Add one pallet with its boxes."""
    pallet = str(len(units) + 1)
    units.append(Unit(key=pallet, pack_type=shared[0][0].load_unit_type))
    gross: Decimal | None = ZERO
    for packing, boxes in shared:
        for quantity in boxes:
            made = _box(packing, quantity, str(len(units) + 1), pallet)
            gross = None if gross is None or made.gross_kg is None else gross + made.gross_kg
            units.append(made)
    place = int(pallet) - 1
    units[place] = replace(units[place], gross_kg=gross)


def _shared(
    rests: Sequence[tuple[Packing, list[Decimal]]],
) -> list[list[tuple[Packing, list[Decimal]]]]:
    """Put rests together, first fit: each takes boxes / packs-per-load-unit of a pallet."""
    pallets: list[tuple[Decimal, list[tuple[Packing, list[Decimal]]]]] = []
    for packing, boxes in rests:
        share = Decimal(len(boxes)) / packing.packs_per_load_unit
        for place, (taken, inside) in enumerate(pallets):
            same_type = inside[0][0].load_unit_type == packing.load_unit_type
            if same_type and taken + share <= 1:
                inside.append((packing, boxes))
                pallets[place] = (taken + share, inside)
                break
        else:
            pallets.append((share, [(packing, boxes)]))
    return [inside for _taken, inside in pallets]


def plain(number: Decimal) -> str:
    """Return a number without trailing zeros or an exponent."""
    return format(number.normalize() + 0, "f")
