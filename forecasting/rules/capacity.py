"""Weekly demand against capacity: what a group of machines or people can take.

Weeks are positions in sequences that begin on one common Monday; quantities are in the unit of
the group (pieces, or seconds and cycles through load factors), exact and never rounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum

from forecasting.rules.schedule import ZERO, check_quantity

NEUTRAL_LOAD = Decimal(1)
EXACT_DIGITS = 100


class CapacityCycle(ValueError):
    """A capacity group contains itself; ``groups`` names the ring, first and last the same."""

    def __init__(self, groups: tuple[str, ...]) -> None:
        self.groups = groups
        super().__init__(f"expected no capacity group to contain itself, got {' > '.join(groups)}")


class MatchingStatus(StrEnum):
    """How demand D stands to actual capacity A and maximum M (CX-0128)."""

    ZERO_DEVIATION = "zero_deviation"  # D = A, green
    SURPLUS = "surplus"  # D < A, green
    FLEXIBLE = "flexible"  # A < D <= M: a bottleneck that flexible capacity covers, orange
    BOTTLENECK = "bottleneck"  # D > M, red

    @property
    def severity(self) -> int:
        """0 = covered, 1 = covered by flexibility, 2 = not covered."""
        return {MatchingStatus.FLEXIBLE: 1, MatchingStatus.BOTTLENECK: 2}.get(self, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekCapacity:
    """Capacity of one week. ``agreed`` informs only; ``delta`` is built ahead (-) or caught up (+).

    Raises ``ValueError`` unless 0 <= actual <= maximum.
    """

    actual: Decimal
    maximum: Decimal
    agreed: Decimal | None = None
    delta: Decimal = ZERO

    def __post_init__(self) -> None:
        check_quantity("actual capacity", self.actual)
        check_quantity("maximum capacity", self.maximum)
        if self.maximum < self.actual:
            raise ValueError(f"expected maximum >= actual {self.actual}, got {self.maximum}")
        if not self.delta.is_finite():
            raise ValueError(f"expected a finite delta production, got {self.delta}")

    @property
    def flexible(self) -> Decimal:
        """M - A: what can be added at short notice."""
        return self.maximum - self.actual


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedDemand:
    """One demand series of a group: quantity per week >= 0, and its load factor >= 0 if any."""

    series: str
    weeks: tuple[Decimal, ...]
    load_factor: Decimal | None = None
    is_active: bool = True

    def __post_init__(self) -> None:
        for week, quantity in enumerate(self.weeks):
            check_quantity("demand", quantity, f" in week {week} of {self.series}")
        if self.load_factor is not None:
            check_quantity("load factor", self.load_factor, f" of {self.series}")

    @property
    def load(self) -> tuple[Decimal, ...]:
        """Demand in units of the group per week; without a factor the neutral 1."""
        factor = NEUTRAL_LOAD if self.load_factor is None else self.load_factor
        with localcontext(prec=EXACT_DIGITS):
            return tuple(quantity * factor for quantity in self.weeks)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityGroup:
    """A machine, facility, plant or labour pool, with series and other groups linked to it."""

    name: str
    weeks: tuple[WeekCapacity, ...]
    demands: tuple[LinkedDemand, ...] = ()
    groups: tuple[str, ...] = ()
    is_active: bool = True

    def __post_init__(self) -> None:
        has_factor = {each.load_factor is not None for each in self.demands}
        if len(has_factor) > 1:
            missing = next(each.series for each in self.demands if each.load_factor is None)
            raise ValueError(
                f"expected a load factor for all series of {self.name} or none, "
                f"got none for {missing}"
            )
        if not self.demands and not self.groups:
            raise ValueError(f"expected at least one series or group linked to {self.name}")


@dataclass(frozen=True, slots=True)
class Matching:
    """One week of one group: demand as it is, the load compared (with delta), and the verdict.

    ``gap`` is what is missing to the actual capacity, negative = to spare.
    """

    demand: Decimal
    compared: Decimal
    gap: Decimal
    status: MatchingStatus


def matching_status(demand: Decimal, actual: Decimal, maximum: Decimal) -> MatchingStatus:
    """Return the status of one week; all in units of the group.

    Examples
    --------
    >>> matching_status(Decimal(1150), Decimal(1000), Decimal(1200)).value
    'flexible'
    """
    if demand == actual:
        return MatchingStatus.ZERO_DEVIATION
    if demand < actual:
        return MatchingStatus.SURPLUS
    return MatchingStatus.FLEXIBLE if demand <= maximum else MatchingStatus.BOTTLENECK


def match(groups: Sequence[CapacityGroup]) -> dict[str, tuple[Matching, ...]]:
    """Return week by week how each active group stands, on the sum of all linked series.

    A group bears the series of the groups linked to it as well, each series once: with its own
    load factor where it is linked directly. Inactive groups and series are left out. Delta
    production is added to what is compared; the demand itself never changes.

    Raises
    ------
    CapacityCycle
        If a group contains itself.
    ValueError
        If a linked group is unknown, a name occurs twice, or a series is shorter than its group.
    """
    by_name = {group.name: group for group in groups}
    if len(by_name) != len(groups):
        raise ValueError("expected each capacity group once, got a name twice")
    check_no_cycle({group.name: group.groups for group in groups})
    with localcontext(prec=EXACT_DIGITS):
        return {
            group.name: _match_group(group, _series_of(group, by_name))
            for group in groups
            if group.is_active
        }


def check_no_cycle(links: Mapping[str, Sequence[str]]) -> None:
    """Raise ``CapacityCycle`` if a group reaches itself, ``ValueError`` if one is unknown."""
    done: set[str] = set()
    for start in links:
        path: list[str] = []
        stack = [(start, False)]
        while stack:
            name, is_leaving = stack.pop()
            if is_leaving:
                done.add(path.pop())
                continue
            if name in path:
                raise CapacityCycle((*path[path.index(name) :], name))
            if name in done:
                continue
            if name not in links:
                raise ValueError(f"expected known capacity groups, got {name} linked to {path[-1]}")
            path.append(name)
            stack.append((name, True))
            stack += [(linked, False) for linked in reversed(links[name])]


@dataclass(frozen=True, slots=True)
class Volatility:
    """Change of the demand of a group between two measurements; ``relative`` None = from zero."""

    absolute: Decimal
    relative: Decimal | None


def volatility(previous: Sequence[Decimal], latest: Sequence[Decimal]) -> Volatility:
    """Return sum(latest) - sum(previous), and that as a share of sum(previous) (FC-18).

    Both are the aggregated demand of one group over the same weeks [units of the group].
    The limits per sub-horizon are those of ``forecasting.rules.corridor``.

    Examples
    --------
    >>> volatility([Decimal(400)], [Decimal(420)])
    Volatility(absolute=Decimal('20'), relative=Decimal('0.05'))
    """
    if len(previous) != len(latest):
        raise ValueError(f"expected equal horizons, got {len(previous)} and {len(latest)} weeks")
    before = sum(previous, ZERO)
    change = sum(latest, ZERO) - before
    return Volatility(change, change / before if before else None)


def flex_percent(
    *,
    group: Decimal | None = None,
    customer: Decimal | None = None,
    supplier: Decimal | None = None,
) -> Decimal:
    """Return the flexibility [%] that counts: of the group, else the customer, the supplier, 0."""
    return next((each for each in (group, customer, supplier) if each is not None), ZERO)


def flex_result(actual: Decimal, demand: Decimal, percent: Decimal) -> Decimal:
    """Return what is left of a week with ``percent`` more capacity: A x (1 + p/100) - D (FC-17).

    Examples
    --------
    >>> flex_result(Decimal(1000), Decimal(1150), Decimal(10))
    Decimal('-50.0')
    """
    return actual * (1 + percent / 100) - demand


def _series_of(
    group: CapacityGroup, by_name: Mapping[str, CapacityGroup]
) -> dict[str, LinkedDemand]:
    """Return the active series of ``group`` and all groups in it, the nearest link first."""
    found: dict[str, LinkedDemand] = {}
    level = [group]
    while level:
        for each in level:
            for demand in each.demands:
                if demand.is_active:
                    found.setdefault(demand.series, demand)
        linked = [by_name[name] for each in level for name in each.groups]
        level = [each for each in dict.fromkeys(linked) if each.is_active]
    return found


def _match_group(group: CapacityGroup, series: Mapping[str, LinkedDemand]) -> tuple[Matching, ...]:
    found: list[Matching] = []
    loads = {name: demand.load for name, demand in series.items()}
    for name, load in loads.items():
        if len(load) < len(group.weeks):
            raise ValueError(
                f"expected {len(group.weeks)} weeks of demand for {group.name}, "
                f"got {len(load)} of {name}"
            )
    for week, capacity in enumerate(group.weeks):
        demand = sum((load[week] for load in loads.values()), ZERO)
        compared = demand + capacity.delta
        status = matching_status(compared, capacity.actual, capacity.maximum)
        found.append(Matching(demand, compared, compared - capacity.actual, status))
    return tuple(found)
