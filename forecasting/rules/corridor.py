"""Whether a new version stays inside the agreed corridor round the version measured last."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WEEKS_AT_MOST = 104
_SLACK = 1e-9  # share of the reference: a figure exactly at a limit is inside


class CorridorState(IntEnum):
    """Where a figure lies; a small number, so that a whole grid of them stays small."""

    INSIDE = 0
    ABOVE = 1
    BELOW = 2
    NO_REFERENCE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SubHorizon:
    """Limits of ``weeks`` consecutive weeks; ``None`` leaves that limit out.

    ``relative_*`` >= 0 are shares of the reference (0.2 = 20 %), the one down at most 1;
    ``absolute_*`` >= 0 are quantities [base units per week].
    """

    weeks: int
    relative_up: float | None = None
    relative_down: float | None = None
    absolute_up: float | None = None
    absolute_down: float | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.weeks <= WEEKS_AT_MOST:
            raise ValueError(f"expected 1 to {WEEKS_AT_MOST} weeks, got {self.weeks}")
        for name in ("relative_up", "relative_down", "absolute_up", "absolute_down"):
            value = getattr(self, name)
            if value is not None and not (np.isfinite(value) and value >= 0):
                raise ValueError(f"expected a finite {name} >= 0, got {value}")
        if self.relative_down is not None and self.relative_down > 1:
            raise ValueError(f"expected relative_down <= 1, got {self.relative_down}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corridor:
    """The sub-horizons of a rolling horizon without gaps, the first from week 0 on.

    ``starts_on`` is the Monday of the first measurement, repeated every ``interval_weeks``.
    A new interval needs a new start (CX-0128). Weeks behind the last sub-horizon have no limit.
    """

    starts_on: date
    sub_horizons: tuple[SubHorizon, ...]
    interval_weeks: int = 4

    def __post_init__(self) -> None:
        if self.starts_on.isoweekday() != 1:
            raise ValueError(f"expected a Monday to start on, got {self.starts_on}")
        if not 1 <= self.interval_weeks <= 999:
            raise ValueError(f"expected an interval of 1 to 999 weeks, got {self.interval_weeks}")
        if not 1 <= len(self.sub_horizons) <= WEEKS_AT_MOST:
            raise ValueError(f"expected 1 to {WEEKS_AT_MOST} sub-horizons, "
                             f"got {len(self.sub_horizons)}")  # fmt: skip

    def measured_on(self, as_of: date) -> date | None:
        """Return the last measurement on or before ``as_of``, ``None`` before the first.

        The version valid on that day is the reference, its week the first of the horizon.
        """
        if as_of < self.starts_on:
            return None
        interval = timedelta(weeks=self.interval_weeks)
        return self.starts_on + (as_of - self.starts_on) // interval * interval

    def change_is_allowed(self, new: "Corridor", *, as_of: date) -> bool:
        """Return whether ``new`` may replace this one on ``as_of``.

        Another interval needs another start, and a new start lies in the future.
        """
        if new.starts_on == self.starts_on:
            return new.interval_weeks == self.interval_weeks
        return new.starts_on > as_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CorridorResult:
    """Per series and week, shape ``(n_series, n_weeks)``.

    ``state`` holds ``CorridorState`` values; ``lower`` and ``upper`` [base units], infinite
    without a limit and NaN without a reference; ``beyond`` >= 0 is how far outside.
    """

    state: NDArray[np.uint8]
    lower: Floats
    upper: Floats
    beyond: Floats


def compare(reference: Floats, current: Floats, corridor: Corridor) -> CorridorResult:
    """Compare two versions of many series, week by week.

    The limit up is the narrower of reference x relative and absolute, the limit down likewise;
    nothing falls below zero.

    Parameters
    ----------
    reference, current
        Shape ``(n_series, n_weeks)`` [base units per week], >= 0. Column k is week k after the
        last measurement. NaN in either means: no figure, hence no statement.
    corridor
        Limits of the sub-horizon that contains week k.

    Raises
    ------
    ValueError
        If the shapes differ, or a quantity is negative or infinite.

    Notes
    -----
    Corridor of Catena-X CX-0128 (week-based capacity group 3.0.1). A figure exactly at a limit
    is inside. O(n_series x n_weeks), no loop over series.

    Examples
    --------
    >>> vector = SubHorizon(weeks=1, relative_up=0.2, relative_down=0.3,
    ...                     absolute_up=150, absolute_down=400)
    >>> corridor = Corridor(starts_on=date(2026, 11, 2), sub_horizons=(vector,))
    >>> float(compare(np.array([[1000.0]]), np.array([[1160.0]]), corridor).beyond[0, 0])
    10.0
    """
    reference, current = _checked("reference", reference), _checked("current", current)
    if reference.shape != current.shape:
        raise ValueError(f"expected equal shapes, got {reference.shape} and {current.shape}")
    relative_up, absolute_up, relative_down, absolute_down = _limits(corridor, reference.shape[1])
    upper = reference + _narrower(reference, relative_up, absolute_up)
    lower = np.maximum(reference - _narrower(reference, relative_down, absolute_down), 0.0)
    slack = _SLACK * np.maximum(reference, 1.0)
    # Comparisons with NaN are false, so what has no reference is neither above nor below.
    is_above, is_below = current > upper + slack, current < lower - slack
    state = np.where(is_above, CorridorState.ABOVE, CorridorState.INSIDE).astype(np.uint8)
    state[is_below] = CorridorState.BELOW
    state[np.isnan(reference) | np.isnan(current)] = CorridorState.NO_REFERENCE
    beyond = np.where(is_above, current - upper, np.where(is_below, lower - current, 0.0))
    return CorridorResult(state=state, lower=lower, upper=upper, beyond=beyond)


def compare_cumulative(
    reference: Floats, current: Floats, corridor: Corridor, *, firm_weeks: int
) -> CorridorResult:
    """Compare the running sums since the firm zone: a mere shift between weeks cancels out.

    As ``compare``, with the sums from week ``firm_weeks`` >= 0 on in place of the weekly
    figures. The weeks of the firm zone have no reference; nor has any week from the first
    missing figure on.
    """
    if firm_weeks < 0:
        raise ValueError(f"expected firm_weeks >= 0, got {firm_weeks}")
    return compare(_running(reference, firm_weeks), _running(current, firm_weeks), corridor)


def _running(quantity: Floats, firm_weeks: int) -> Floats:
    total = np.full(quantity.shape, np.nan)
    total[:, firm_weeks:] = np.cumsum(quantity[:, firm_weeks:], axis=1)
    return total


def _limits(corridor: Corridor, n_weeks: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return per week the relative and absolute limit up, then down; infinite = none."""
    found = np.full((4, n_weeks), np.inf)
    first = 0
    for each in corridor.sub_horizons:
        limits = (each.relative_up, each.absolute_up, each.relative_down, each.absolute_down)
        for row, limit in enumerate(limits):
            if limit is not None:
                found[row, first : first + each.weeks] = limit
        first += each.weeks
    return found[0], found[1], found[2], found[3]


def _narrower(reference: Floats, relative: Floats, absolute: Floats) -> Floats:
    """Return the smaller of reference x relative and absolute; a share of zero is zero."""
    has_share = np.isfinite(relative)
    share = np.where(has_share, reference * np.where(has_share, relative, 0.0), np.inf)
    smaller: Floats = np.minimum(share, absolute)
    return smaller


def _checked(name: str, quantity: Floats) -> Floats:
    if quantity.ndim != 2:
        raise ValueError(f"expected {name} of shape (n_series, n_weeks), got {quantity.shape}")
    # NaN passes: minimum and maximum skip it only in their fmin and fmax form.
    lowest = np.fmin.reduce(quantity, axis=None, initial=0.0)
    highest = np.fmax.reduce(quantity, axis=None, initial=0.0)
    if lowest < 0 or not np.isfinite(highest):
        raise ValueError(f"expected finite {name} >= 0, got {lowest if lowest < 0 else highest}")
    return quantity
