"""The ways to forecast: each turns what is known at an origin into a mean and a spread."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.dispersion import Residuals, residuals
from forecasting.engine.features import make_features
from forecasting.engine.paths import WINDOWS, Paths, exponential_smoothing, make_paths
from forecasting.engine.problem import Frequency
from forecasting.engine.regression import Training, capped, fit
from forecasting.engine.season import (
    DAMPING,
    SEASONS,
    Profile,
    Season,
    damped_trend,
    has_cycles,
    seasonal_indices,
    theta_drift,
)

Floats = NDArray[np.float64]

CHAMPION = "ma12"
REGRESSION = "regression"
OFFSET = 0.02  # units per bucket; keeps the geometric mean of something and nothing above zero
REGRESSOR_SHARE = 2 / 3
SEASONAL_WEIGHT: dict[Frequency, float] = {"M": 0.2, "W": 0.1, "D": 0.05}
TREND_LEVEL_WEIGHT = 0.3


class Known:
    """Demand of some series with all that is derived from it, each made when first asked for."""

    def __init__(self, quantity: Floats, frequency: Frequency) -> None:
        """Take demand in whole units, shape ``(n_series, n_periods)``, NaN is missing."""
        self.quantity = quantity
        self.frequency = frequency
        self.windows = WINDOWS[frequency]

    @cached_property
    def paths(self) -> Paths:
        """The smoothing paths over all origins."""
        return make_paths(self.quantity, self.windows)

    @cached_property
    def features(self) -> Floats:
        """The regression's features over all origins."""
        return make_features(self.quantity, self.paths, self.windows)

    @property
    def champion(self) -> Floats:
        """The path of the champion."""
        return self.paths.means[self.windows[2]]


class Regressor(Protocol):
    """Something fitted on past origins that forecasts the mean of a whole horizon."""

    def mean_ahead(self, features: Floats) -> Floats:
        """Return the expected demand per bucket, >= 0, of the series with these features."""
        ...  # pragma: no cover


Learner = Callable[[Training, Regressor | None], Regressor | None]
"""Fits a regressor; gets the fit of the origin before, and may answer None without demand."""


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """What all series together teach at one origin.

    Attributes
    ----------
    fitted
        By learner: fitted on earlier origins; None where there was no demand.
    profile
        The common season; None without two full cycles.
    """

    fitted: Mapping[str, Regressor | None]
    profile: Profile | None


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """What one method says at one origin.

    Attributes
    ----------
    mean
        Expected demand, shape ``(n_series, horizon)``, or ``(n_series, 1)`` if the same in
        all buckets [whole units per bucket], >= 0.
    centre
        Mean of the distribution that the quantiles are taken from, same shape.
    residuals
        What its dispersion is estimated from.
    """

    mean: Floats
    centre: Floats
    residuals: Residuals


Method = Callable[[Known, int, int, Pool], Points | None]


def _of_path(choose: Callable[[Known], Floats]) -> Method:
    def points(known: Known, origin: int, horizon: int, pool: Pool) -> Points:
        path = choose(known)
        level = path[:, origin, None]
        return Points(level, level, residuals(known.quantity[:, :origin], path[:, :origin]))

    return points


def combined(learner: str) -> Method:
    """Return the method that combines a pooled regressor with the champion.

    The mean is their geometric mean, which has the least bias. It vanishes where either does,
    and nothing has no tail: the quantiles surround the arithmetic mean, two parts regressor.
    """

    def points(known: Known, origin: int, horizon: int, pool: Pool) -> Points | None:
        fitted = pool.fitted.get(learner)
        if fitted is None:
            return None
        average = known.champion[:, origin]
        long_mean = known.paths.means[known.windows[3]][:, origin]
        found = capped(fitted.mean_ahead(known.features[:, origin]), long_mean)
        mean = np.sqrt((found + OFFSET) * (average + OFFSET)) - OFFSET
        centre = REGRESSOR_SHARE * found + (1 - REGRESSOR_SHARE) * average
        past = residuals(known.quantity[:, :origin], known.champion[:, :origin])
        return Points(mean[:, None], centre[:, None], past)

    return points


def _seasonal(known: Known, origin: int, horizon: int, pool: Pool) -> Points | None:
    """Smooth what is left when the season is taken out."""
    season, adjusted = _adjusted(known, origin, pool)
    if season is None:
        return None
    path = exponential_smoothing(adjusted, SEASONAL_WEIGHT[known.frequency])
    return _in_season(known, season, path[:, -1:], path[:, :-1], horizon)


def _trend(known: Known, origin: int, horizon: int, pool: Pool) -> Points | None:
    """Follow a damped trend, in season where there is one."""
    season, adjusted = _adjusted(known, origin, pool)
    level, step = damped_trend(adjusted, TREND_LEVEL_WEIGHT)
    reach = np.cumsum(DAMPING ** np.arange(1, horizon + 1))
    ahead = np.maximum(level[:, -1:] + step[:, -1:] * reach, 0.0)
    expected = np.maximum(level[:, :-1] + DAMPING * step[:, :-1], 0.0)
    return _in_season(known, season, ahead, expected, horizon)


def _theta(known: Known, origin: int, horizon: int, pool: Pool) -> Points | None:
    """Smooth the level and let half of the long slope drift on."""
    season, adjusted = _adjusted(known, origin, pool)
    path = exponential_smoothing(adjusted, TREND_LEVEL_WEIGHT)
    drift = theta_drift(adjusted)[:, None]
    # the level lags a steady slope by (1 - weight) / weight buckets
    lag = (1 - TREND_LEVEL_WEIGHT) / TREND_LEVEL_WEIGHT
    ahead = np.maximum(path[:, -1:] + drift * (lag + np.arange(1, horizon + 1)), 0.0)
    expected = np.maximum(path[:, :-1] + drift * (lag + 1), 0.0)
    return _in_season(known, season, ahead, expected, horizon)


def _adjusted(known: Known, origin: int, pool: Pool) -> tuple[Season | None, Floats]:
    """Return the season known at ``origin`` and demand without it; None and demand if none."""
    past = known.quantity[:, :origin]
    if pool.profile is None or not has_cycles(origin, SEASONS[known.frequency]):
        return None, past
    season = seasonal_indices(past, pool.profile)
    return season, past / season.past()


def _in_season(
    known: Known, season: Season | None, ahead: Floats, expected: Floats, horizon: int
) -> Points:
    past = known.quantity[:, : expected.shape[1]]
    if season is None:
        return Points(ahead, ahead, residuals(past, expected))
    mean = ahead * season.ahead(horizon)
    return Points(mean, mean, residuals(past, expected * season.past()))


@dataclass(frozen=True, slots=True, eq=False)
class Toolbox:
    """What a forecast may choose from.

    Attributes
    ----------
    methods
        By name, the champion among them.
    learners
        By the name that the methods made by ``combined`` know them under.
    """

    methods: Mapping[str, Method]
    learners: Mapping[str, Learner]

    def __post_init__(self) -> None:
        if CHAMPION not in self.methods:
            raise ValueError(f"expected the champion {CHAMPION} among {list(self.methods)}")

    def only(self, *names: str) -> "Toolbox":
        """Return the same with these methods alone."""
        return Toolbox({name: self.methods[name] for name in names}, self.learners)


METHODS: dict[str, Method] = {
    CHAMPION: _of_path(lambda known: known.champion),
    "ma-long": _of_path(lambda known: known.paths.means[known.windows[3]]),
    "ses": _of_path(lambda known: known.paths.slow),
    "ses-fast": _of_path(lambda known: known.paths.fast),
    "sba": _of_path(lambda known: known.paths.sba),
    "tsb": _of_path(lambda known: known.paths.tsb),
    "regression+ma12": combined(REGRESSION),
    "seasonal": _seasonal,
    "trend": _trend,
    "theta": _theta,
}
TOOLBOX = Toolbox(METHODS, {REGRESSION: fit})
