"""What arrived held against what was advised, line by line (IN-21)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Difference(StrEnum):
    """In what a received line differs from the advised one, in the order they are told."""

    MISSING = "missing"  # nothing of the line arrived
    SHORT = "short"
    OVER = "over"
    NOT_ADVISED = "not_advised"  # a part that no line of the advice names
    WRONG_PART = "wrong_part"  # another part in place of the advised one
    LABEL = "label"  # a label is unreadable, missing, or of no pack of the advice
    DAMAGED = "damaged"


OF_QUANTITY = frozenset({Difference.MISSING, Difference.SHORT, Difference.OVER})


class LabelState(StrEnum):
    """What was found of one label."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"  # a plate that no pack of the advice has


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisedLine:
    """One line of an advice; ``quantity`` > 0 in its own unit."""

    position: int
    part_number: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedLine:
    """What was counted for one advised line, or beside all of them (``position`` is ``None``).

    ``received`` holds damaged goods too, in the unit of the line; of ``damaged`` <= ``received``
    nothing may be used. ``part_number`` is that on the goods. Raises ``ValueError`` for
    quantities that cannot be.
    """

    position: int | None
    part_number: str
    received: Decimal
    damaged: Decimal = ZERO
    has_label_fault: bool = False

    def __post_init__(self) -> None:
        if not self.received.is_finite() or self.received < 0:
            raise ValueError(f"expected a received quantity >= 0, got {self.received}")
        if not self.damaged.is_finite() or not 0 <= self.damaged <= self.received:
            raise ValueError(f"expected damaged between 0 and {self.received}, got {self.damaged}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A counted line with what is wrong about it; ``advised`` is ``None`` beside the advice.

    ``is_beyond`` says that it is worth an exception: a quantity outside the tolerance, or
    anything else wrong.
    """

    counted: CountedLine
    advised: Decimal | None
    differences: tuple[Difference, ...]
    is_beyond: bool

    @property
    def difference(self) -> Decimal:
        """Received less advised; what was not advised counts from 0."""
        return self.counted.received - (self.advised or ZERO)


def judge(
    advised: Sequence[AdvisedLine], counted: Iterable[CountedLine], *, tolerance: Decimal = ZERO
) -> tuple[Judged, ...]:
    """Return what differs for each line: the advised ones in order, then those beside the advice.

    An advised line that was not counted has not arrived. ``tolerance`` is a share of the advised
    quantity (0.02 = 2 %) up to which a short or over quantity is told but is no exception.

    Raises
    ------
    ValueError
        For a position that the advice does not have, or one counted twice.

    Examples
    --------
    >>> line = AdvisedLine(position=1, part_number="A", quantity=Decimal(480))
    >>> came = CountedLine(position=1, part_number="A", received=Decimal(478))
    >>> [found] = judge([line], [came])
    >>> found.differences, found.difference
    ((<Difference.SHORT: 'short'>,), Decimal('-2'))
    """
    by_position = {line.position: line for line in advised}
    counts: dict[int, CountedLine] = {}
    beside = []
    for each in counted:
        if each.position is None:
            beside.append(each)
        elif each.position not in by_position or each.position in counts:
            raise ValueError(f"expected each line of the advice once, got {each.position}")
        else:
            counts[each.position] = each
    found = []
    for line in advised:
        absent = CountedLine(position=line.position, part_number=line.part_number, received=ZERO)
        found.append(_against(line, counts.get(line.position, absent), tolerance))
    return (*found, *(_beside(each) for each in beside))


def unadvised(counted: Iterable[CountedLine]) -> tuple[Judged, ...]:
    """Return lines that came without an advice: nothing to differ from but labels and damage."""
    return tuple(
        Judged(counted=each, advised=None, differences=found, is_beyond=bool(found))
        for each in counted
        for found in [_of_goods(each)]
    )


def label_faults(
    found: Iterable[tuple[str, LabelState]], known: Collection[str]
) -> list[tuple[str, LabelState]]:
    """Return the labels that are wrong: told so, or of no pack of the advice.

    ``found`` are plates with what was told of them; a plate that is ``known`` is not unknown.
    """
    faults = []
    for plate, state in found:
        if state == LabelState.UNKNOWN and plate in known:
            continue
        faults.append((plate, state))
    return faults


def _against(line: AdvisedLine, counted: CountedLine, tolerance: Decimal) -> Judged:
    differences = []
    gap = counted.received - line.quantity
    if counted.received == 0:
        differences.append(Difference.MISSING)
    elif gap:
        differences.append(Difference.SHORT if gap < 0 else Difference.OVER)
    if counted.received and counted.part_number != line.part_number:
        differences.append(Difference.WRONG_PART)
    differences += _of_goods(counted)
    outside = abs(gap) > tolerance * line.quantity
    return Judged(
        counted=counted,
        advised=line.quantity,
        differences=tuple(differences),
        is_beyond=outside or any(each not in OF_QUANTITY for each in differences),
    )


def _beside(counted: CountedLine) -> Judged:
    return Judged(
        counted=counted,
        advised=None,
        differences=(Difference.NOT_ADVISED, *_of_goods(counted)),
        is_beyond=True,
    )


def _of_goods(counted: CountedLine) -> tuple[Difference, ...]:
    label = (Difference.LABEL,) if counted.has_label_fault else ()
    return (*label, *((Difference.DAMAGED,) if counted.damaged else ()))
