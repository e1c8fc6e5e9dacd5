"""When a capacity deserves somebody's attention: alerts, own thresholds, to-dos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from forecasting.rules.capacity import LinkedDemand, MatchingStatus
from forecasting.rules.schedule import ZERO

CRITICAL_WEEKS = 12
WEEKS_TOO_NEAR = 2


@dataclass(frozen=True, slots=True)
class CapacityAlert:
    """Demand above capacity by ``missing`` in the ``weeks`` weeks from ``first_week`` on."""

    first_week: int
    weeks: int
    missing: Decimal

    @property
    def is_critical(self) -> bool:
        """Whether levelling between weeks cannot help any more."""
        return self.weeks > 1


def capacity_alerts(
    demand: Sequence[Decimal],
    planned: Sequence[Decimal],
    *,
    deviations: Mapping[int, Decimal] | None = None,
    critical_weeks: int = CRITICAL_WEEKS,
) -> tuple[CapacityAlert, ...]:
    """Return the simple alerts of single weeks, then the critical ones (FC-15).

    Simple: the demand of a week is above its capacity. Critical: the demand summed over
    ``critical_weeks`` consecutive weeks is above their summed capacity, so that building ahead
    or catching up within them cannot cover it.

    Parameters
    ----------
    demand, planned
        Per week [units of the group], equally long.
    deviations
        Actual capacity of single weeks, a temporary deviation from the planned one.
    critical_weeks
        Length of the window, >= 2.
    """
    if len(demand) != len(planned):
        raise ValueError(f"expected equal horizons, got {len(demand)} and {len(planned)} weeks")
    if critical_weeks < 2:
        raise ValueError(f"expected a window of at least 2 weeks, got {critical_weeks}")
    actual = [(deviations or {}).get(week, planned[week]) for week in range(len(planned))]
    missing = [asked - given for asked, given in zip(demand, actual, strict=True)]
    simple = [CapacityAlert(week, 1, each) for week, each in enumerate(missing) if each > 0]
    windows = (
        (week, sum(missing[week : week + critical_weeks], ZERO))
        for week in range(len(missing) - critical_weeks + 1)
    )
    critical = [CapacityAlert(week, critical_weeks, each) for week, each in windows if each > 0]
    return (*simple, *critical)


class Scope(StrEnum):
    """Whose changes a threshold watches."""

    ALL = "all"
    DEMANDS = "demands"
    CAPACITIES = "capacities"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A user's own limit (FC-16): fires on a rise by ``limit``, or on a fall if it is negative.

    ``limit`` is a quantity, or with ``is_relative`` a share of the old value (0.1 = 10 %), and
    never zero. ``chosen`` names the objects of the scope ``CHOSEN``.
    """

    limit: Decimal
    is_relative: bool = False
    scope: Scope = Scope.ALL
    chosen: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.limit.is_finite() or self.limit == 0:
            raise ValueError(f"expected a finite limit other than 0, got {self.limit}")

    def watches(self, name: str, kind: Scope) -> bool:
        """Return whether the object ``name``, one of ``DEMANDS`` or ``CAPACITIES``, is watched."""
        if self.scope == Scope.CHOSEN:
            return name in self.chosen
        return self.scope in {Scope.ALL, kind}

    def fires(self, old: Decimal, new: Decimal) -> bool:
        """Return whether the change from ``old`` to ``new`` reaches the limit; none never does."""
        change = new - old
        if change == 0:
            return False
        limit = self.limit * old if self.is_relative else self.limit
        return change >= limit if self.limit > 0 else change <= limit


def is_all_zero(demand: LinkedDemand) -> bool:
    """Return whether the customer has a to-do: an active series without any demand."""
    return demand.is_active and not any(demand.weeks)


def unlinked(series: Sequence[str], linked: Sequence[LinkedDemand]) -> tuple[str, ...]:
    """Return the series that no capacity group takes: the supplier's to-do."""
    known = {each.series for each in linked}
    return tuple(each for each in series if each not in known)


@dataclass(frozen=True, slots=True)
class StatusChange:
    """How many weeks became better and how many worse."""

    improved: int
    degraded: int


def status_change(
    before: Sequence[MatchingStatus],
    after: Sequence[MatchingStatus],
    *,
    first_week: int = WEEKS_TOO_NEAR,
) -> StatusChange:
    """Return how many weeks changed colour, from ``first_week`` on: nearer ones are past changing.

    Both sequences begin with the running week; weeks that only one of them has do not count.
    """
    pairs = list(zip(before, after, strict=False))[first_week:]
    return StatusChange(
        improved=sum(old.severity > new.severity for old, new in pairs),
        degraded=sum(old.severity < new.severity for old, new in pairs),
    )
