"""Seasonal indices that believe in a season only as far as the years agree on it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.paths import running_sums
from forecasting.engine.problem import Frequency

Floats = NDArray[np.float64]

SEASONS: dict[Frequency, int] = {"M": 12, "W": 52, "D": 7}
LEAST_CYCLES = 2
MOST_CYCLES = 5
FINE_SEASON = 24  # longer cycles are smoothed over their neighbours
NEIGHBOURS = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0
LOWEST_LINE = 0.2
LOWEST_INDEX = 0.05
TREND_WEIGHT = 0.1
DAMPING = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Season:
    """Multiplicative indices by position in the cycle, mean 1 per series.

    Attributes
    ----------
    index
        Shape ``(n_series, season)``; 1 everywhere means no season.
    n_periods
        Known buckets they were made from; bucket 0 has position 0.
    """

    index: Floats
    n_periods: int

    def past(self) -> Floats:
        """Return the index of every known bucket, shape ``(n_series, n_periods)``."""
        return self.index[:, np.arange(self.n_periods) % self.index.shape[1]]

    def ahead(self, horizon: int) -> Floats:
        """Return the index of each future bucket, shape ``(n_series, horizon)``."""
        return self.index[:, np.arange(self.n_periods, self.n_periods + horizon) % self.length]

    @property
    def length(self) -> int:
        """Buckets of a cycle."""
        return int(self.index.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The season that all series have in common, shape ``(season,)``, mean 1."""

    index: Floats


def has_cycles(n_periods: int, season: int) -> bool:
    """Return whether so many buckets hold the two full cycles that a season needs."""
    return n_periods >= LEAST_CYCLES * season


def common_profile(quantity: Floats, season: int) -> Profile:
    """Return the profile of all series together, shrunk to 1 as far as it is noise.

    ``quantity`` has shape ``(n_series, n_periods)`` with at least two cycles, NaN is missing.
    Each series counts by how little it scatters, so that one large part does not decide.
    """
    mean, noise = _position_means(quantity, season)
    trust = np.where(np.isfinite(noise), 1.0 / np.maximum(noise, 0.01), 0.0)
    if trust.sum() == 0:
        return Profile(np.ones(season))
    profile = trust @ np.nan_to_num(mean, nan=1.0) / trust.sum()
    # the noise of a weighted mean of independent series
    variance = float((trust**2 @ np.nan_to_num(noise)) / trust.sum() ** 2)
    return Profile(1.0 + _kept(profile[None, :] - 1.0, np.array([variance]))[0])


def seasonal_indices(quantity: Floats, profile: Profile) -> Season:
    """Return each series' indices: its own as far as its cycles agree, else the profile.

    The excess of the spread between positions over what the scatter within positions
    explains is the share kept of a series' own deviation (James and Stein's shrinkage).
    Shapes as ``common_profile``.
    """
    season = profile.index.size
    mean, noise = _position_means(quantity, season)
    own = np.where(np.isfinite(mean), mean - profile.index, 0.0)
    index = profile.index + _kept(own, np.where(np.isfinite(noise), noise, np.inf))
    index = np.maximum(index, LOWEST_INDEX)
    return Season(index / index.mean(axis=1, keepdims=True), quantity.shape[1])


def _kept(deviation: Floats, noise: Floats) -> Floats:
    """Return the part of each row of ``deviation`` that its ``noise`` variance does not explain."""
    spread = (deviation**2).mean(axis=1)
    share = np.where(spread > 0, np.maximum(1.0 - noise / np.maximum(spread, 1e-12), 0.0), 0.0)
    kept: Floats = deviation * share[:, None]
    return kept


def _position_means(quantity: Floats, season: int) -> tuple[Floats, Floats]:
    """Return mean ratio to the trend line by position, and the noise variance of such a mean.

    Shapes ``(n_series, season)`` and ``(n_series,)``; NaN without demand. Only the last five
    cycles count.
    """
    n_periods = quantity.shape[1]
    cycles = min(n_periods // season, MOST_CYCLES)
    recent = quantity[:, n_periods - cycles * season :]
    line = trend_line(recent, season)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(line > 0, recent / line, np.nan)
    cube = ratio.reshape(-1, cycles, season)
    known = np.isfinite(cube)
    count = known.sum(axis=1)
    with np.errstate(invalid="ignore"):
        mean = np.where(known, cube, 0.0).sum(axis=1) / np.where(count > 0, count, np.nan)
    scatter = np.where(known, cube - mean[:, None, :], 0.0)
    freedom = count.sum(axis=1) - (count > 0).sum(axis=1)
    variance = (scatter**2).sum(axis=(1, 2)) / np.where(freedom > 0, freedom, np.nan)
    noise = variance / np.maximum(count.mean(axis=1), 1.0)
    if season > FINE_SEASON:
        mean = _smoothed_over_neighbours(np.where(np.isfinite(mean), mean, 1.0))
        noise = noise * float((NEIGHBOURS**2).sum())
    # the ratios of one cycle mean 1 by construction of the line, up to its slope
    with np.errstate(invalid="ignore"):
        level = np.nansum(mean, axis=1, keepdims=True) / np.isfinite(mean).sum(1, keepdims=True)
        mean = np.where(level > 0, mean / np.where(level > 0, level, 1.0), np.nan)
    return np.roll(mean, n_periods - cycles * season, axis=1), noise


def _smoothed_over_neighbours(mean: Floats) -> Floats:
    reach = NEIGHBOURS.size // 2
    smooth = np.zeros_like(mean)
    for offset, weight in zip(range(-reach, reach + 1), NEIGHBOURS, strict=True):
        smooth += weight * np.roll(mean, offset, axis=1)
    return smooth


def trend_line(quantity: Floats, season: int) -> Floats:
    """Return the straight line through each series, shape as ``quantity``.

    The slope compares the means of whole cycles, so that a season does not pass for a
    trend. Never below a fifth of the series' mean; missing values are left out.
    """
    n_periods = quantity.shape[1]
    total, count = running_sums(quantity)
    cycles = n_periods // season
    with np.errstate(invalid="ignore"):
        mean = total[:, -1] / np.where(count[:, -1] > 0, count[:, -1], np.nan)
    edges = n_periods - season * np.arange(cycles, -1, -1)
    sums, counts = np.diff(total[:, edges], axis=1), np.diff(count[:, edges], axis=1)
    middle = np.arange(cycles) - (cycles - 1) / 2.0
    with np.errstate(invalid="ignore"):
        by_cycle = np.where(counts > 0, sums / np.maximum(counts, 1.0), mean[:, None])
    slope = by_cycle @ middle / max(float(middle @ middle), 1.0) / season
    at = np.arange(n_periods) - (n_periods - cycles * season) - (cycles * season - 1) / 2.0
    line: Floats = np.maximum(mean[:, None] + slope[:, None] * at, LOWEST_LINE * mean[:, None])
    return np.nan_to_num(line)


def damped_trend(quantity: Floats, weight: float) -> tuple[Floats, Floats]:
    """Return level and step of Holt's method with a damped trend, after every bucket.

    Both have shape ``(n_series, n_periods + 1)``; the forecast k buckets on is level + step x
    (0.95 + ... + 0.95^k). ``weight`` smooths the level, 0.1 its step. Missing buckets move the
    level by its step alone. The first year or so learns faster, as in simple smoothing.
    """
    n_series, n_periods = quantity.shape
    level, step = np.zeros((n_series, n_periods + 1)), np.zeros((n_series, n_periods + 1))
    seen = np.zeros(n_series)
    for bucket in range(n_periods):
        value = quantity[:, bucket]
        has_value = np.isfinite(value)
        seen += has_value
        moved = np.where(seen > has_value, level[:, bucket] + DAMPING * step[:, bucket], 0.0)
        gain = np.maximum(weight, 1.0 / np.maximum(seen, 1.0))
        found = np.where(has_value, moved + gain * (np.nan_to_num(value) - moved), moved)
        change = np.where(seen > 1, found - level[:, bucket], 0.0)
        held = DAMPING * step[:, bucket]
        trend = np.where(has_value & (seen > 2), held + TREND_WEIGHT * (change - held), held)
        level[:, bucket + 1], step[:, bucket + 1] = found, trend
    return level, step


def theta_drift(quantity: Floats) -> Floats:
    """Return half the slope of each series per bucket, the drift of the theta method.

    Least squares over the known buckets, shape ``(n_series,)``. Source: Assimakopoulos and
    Nikolopoulos (2000) in the form of Hyndman and Billah (2003).
    """
    has_value = np.isfinite(quantity)
    filled = np.where(has_value, quantity, 0.0)
    at = np.arange(quantity.shape[1], dtype=np.float64)
    count = np.maximum(has_value.sum(axis=1), 1)
    centre = has_value @ at / count
    offset = np.where(has_value, at - centre[:, None], 0.0)
    square = (offset**2).sum(axis=1)
    slope: Floats = (offset * filled).sum(axis=1) / np.maximum(square, 1.0)
    return slope / 2.0
