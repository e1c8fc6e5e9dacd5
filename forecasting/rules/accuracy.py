"""How good stored forecasts were at fixed lags, beside zero and the same season before.

Shapes: forecasts ``(n_series, n_origins, horizon)``, entry h of origin o speaks of bucket
``o + 1 + h``, so it lies at lag ``h + 1``; actuals ``(n_series, n_buckets)``, NaN = not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.accuracy import (
    coverage,
    mean_squared_scaled_error,
    relative_bias,
    scaled_pinball_loss,
)

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The forecasts as they were made; ``origins`` are the last buckets known then, ascending.

    ``quantile`` is the figure that demand should stay below with the contract's service level.
    """

    origins: Positions
    mean: Floats
    quantile: Floats

    def __post_init__(self) -> None:
        if self.mean.ndim != 3 or self.mean.shape != self.quantile.shape:
            raise ValueError(
                f"expected equal shapes (series, origins, horizon), "
                f"got {self.mean.shape} and {self.quantile.shape}"
            )
        if self.origins.shape != self.mean.shape[1:2] or (np.diff(self.origins) <= 0).any():
            raise ValueError("expected one origin per version, ascending, got others")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The measures of one forecast at one lag; NaN where the actuals give none.

    ``bias`` > 0 is too high. ``msse``, ``spl`` and ``interval_wape`` are 0 at best;
    ``coverage`` should equal the service level.
    """

    bias: float
    msse: float
    interval_wape: float
    spl: float
    coverage: float

    @property
    def accuracy_percent(self) -> float:
        """100 % minus the WAPE of the interval sum, not below 0: the figure of reviews."""
        return max(0.0, 1 - self.interval_wape) * 100


def score(versions: Versions, actual: Floats, *, lag: int, interval: int, level: float) -> Scores:
    """Return how good the versions were at ``lag`` buckets ahead.

    Parameters
    ----------
    versions
        Forecasts as made.
    actual
        Demand, shape ``(n_series, n_buckets)``, NaN where not known.
    lag
        Buckets between origin and target, 1 to horizon.
    interval
        Length of the protection interval that begins at the lag, in buckets: over its sum
        the WAPE is taken, because stock must cover the sum and not each bucket.
    level
        Service level of ``versions.quantile``, in (0, 1).

    Raises
    ------
    ValueError
        If lag and interval leave the horizon, or no target is inside the actuals.
    """
    horizon = versions.mean.shape[2]
    if not (lag >= 1 and interval >= 1 and lag + interval - 1 <= horizon):
        raise ValueError(f"expected a lag and interval within {horizon} buckets, "
                         f"got {lag} and {interval}")  # fmt: skip
    is_judged = versions.origins + lag < actual.shape[1]
    targets = versions.origins[is_judged] + lag
    if not targets.size:
        raise ValueError(f"expected actuals at lag {lag}, got none")
    mean = versions.mean[:, is_judged, lag - 1]
    quantile = versions.quantile[:, is_judged, lag - 1]
    found = actual[:, targets]
    has_both = np.isfinite(found) & np.isfinite(mean) & np.isfinite(quantile)
    has_all = has_both.all(axis=1)  # scaled measures compare series over the same buckets
    history = actual[:, : int(versions.origins[0]) + 1]
    judged = found[has_all], history[has_all]
    return Scores(
        bias=relative_bias(np.where(has_both, found, np.nan), np.nan_to_num(mean)),
        msse=mean_squared_scaled_error(judged[0], mean[has_all], judged[1]),
        interval_wape=_interval_wape(versions, actual, lag, interval),
        spl=scaled_pinball_loss(judged[0], quantile[has_all], level, judged[1]),
        coverage=coverage(found[has_both], quantile[has_both]) if has_both.any() else np.nan,
    )


def score_beside_references(
    versions: Versions, actual: Floats, *, lag: int, interval: int, level: float, season: int
) -> dict[str, Scores]:
    """Return the scores of ``forecast``, ``zero`` and ``seasonal_naive``, judged alike.

    A forecast that is not better than both is worth nothing. ``season`` in buckets (52 weeks,
    12 months).
    """
    horizon = versions.mean.shape[2]
    naive = seasonal_naive(actual, versions.origins, horizon=horizon, season=season)
    nothing = np.zeros_like(versions.mean)
    contenders = {
        "forecast": versions,
        "zero": Versions(origins=versions.origins, mean=nothing, quantile=nothing),
        "seasonal_naive": Versions(origins=versions.origins, mean=naive, quantile=naive),
    }
    return {
        name: score(each, actual, lag=lag, interval=interval, level=level)
        for name, each in contenders.items()
    }


def seasonal_naive(actual: Floats, origins: Positions, *, horizon: int, season: int) -> Floats:
    """Return the newest value of the same season known at each origin; NaN before the first.

    Shape ``(n_series, n_origins, horizon)``. Looks at nothing after the origin.
    """
    if season < 1:
        raise ValueError(f"expected a season of at least 1 bucket, got {season}")
    ahead = np.arange(1, horizon + 1)
    back = -(-ahead // season) * season  # whole seasons, enough to be known
    source = origins[:, None] + ahead - back
    found = actual[:, np.maximum(source, 0)]
    return np.where(source >= 0, found, np.nan)


@dataclass(frozen=True, slots=True)
class StepValue:
    """What one step of the forecast was worth: skill against the step before and the first.

    1 = perfect, 0 = no change, negative = made it worse; ``None`` without a step before, or
    where that had no error.
    """

    name: str
    loss: float
    added: float | None
    total: float | None


def value_added(steps: Sequence[tuple[str, float]]) -> tuple[StepValue, ...]:
    """Return the value added by each step, such as statistics, planner, customer, consensus.

    ``steps`` are names with their loss >= 0 on the same targets (MSSE, SPL or interval WAPE),
    in the order in which they were made.

    Examples
    --------
    >>> value_added([("statistics", 2.0), ("planner", 1.5)])[1].added
    0.25
    """
    for name, loss in steps:
        if not (np.isfinite(loss) and loss >= 0):
            raise ValueError(f"expected a finite loss >= 0 of {name}, got {loss}")
    found: list[StepValue] = []
    for position, (name, loss) in enumerate(steps):
        before = steps[position - 1][1] if position else None
        first = steps[0][1] if position else None
        found.append(StepValue(name, loss, _skill(loss, before), _skill(loss, first)))
    return tuple(found)


def nervousness(previous: Floats, new: Floats) -> Floats:
    """Return sum(abs(new - previous)) / sum(previous) per lag, shape ``(n_lags,)``.

    Both have shape ``(n_series, n_lags)``, >= 0, column by column for the same target buckets;
    a figure missing (NaN) on either side leaves that series out of the lag. NaN where nothing
    was asked for before.
    """
    change, base = _changes(previous, new)
    return _ratio(change.sum(axis=0), base.sum(axis=0))


def total_nervousness(previous: Floats, new: Floats) -> float:
    """Return the nervousness over all lags together; shapes as ``nervousness``."""
    change, base = _changes(previous, new)
    return float(_ratio(change.sum(), base.sum()))


def _changes(previous: Floats, new: Floats) -> tuple[Floats, Floats]:
    if previous.ndim != 2 or previous.shape != new.shape:
        raise ValueError(f"expected equal shapes, got {previous.shape} and {new.shape}")
    has_both = np.isfinite(previous) & np.isfinite(new)
    change = np.where(has_both, np.abs(new - previous), 0.0)
    return change, np.where(has_both, previous, 0.0)


def _ratio(change: Floats, base: Floats) -> Floats:
    return np.divide(change, base, out=np.full_like(base, np.nan), where=np.asarray(base > 0))


def _skill(loss: float, reference: float | None) -> float | None:
    return 1 - loss / reference if reference else None


def _interval_wape(versions: Versions, actual: Floats, lag: int, interval: int) -> float:
    """Return sum(abs(error)) / sum(actual) of the interval sums whose actuals are all known."""
    ahead = np.arange(lag, lag + interval)
    is_inside = versions.origins + ahead[-1] < actual.shape[1]
    targets = versions.origins[is_inside][:, None] + ahead
    asked = actual[:, targets].sum(axis=2)
    told = versions.mean[:, is_inside, lag - 1 : lag - 1 + interval].sum(axis=2)
    has_both = np.isfinite(asked) & np.isfinite(told)
    total = float(asked[has_both].sum())
    return float(np.abs(told - asked)[has_both].sum()) / total if total > 0 else float("nan")
