"""One Poisson regression over all series and all past origins: the parts learn from each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.paths import running_sums
from forecasting.engine.problem import Frequency

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

RECENCY: dict[Frequency, float] = {"M": 0.97, "W": 0.97 ** (12 / 52), "D": 0.97 ** (12 / 365)}
LEADS = 4
LEAST_KNOWN = 3
RIDGE = 1.0
STEPS = 30
TOLERANCE = 1e-3
ROWS_TO_BEGIN_WITH = 8_000
FLAT = 1e-9
DISPERSION = 0.5
LOGARITHMS = (-15.0, 28.0)
CAP_FACTOR, CAP_FLOOR = 3.0, 0.5
MAIN_MEAN = 1
FADING = (MAIN_MEAN, 8, 12, 13)  # main mean, TSB, silence, silent: how they change with the lead


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """Rows of past origins: what was known, and what came.

    Attributes
    ----------
    features
        Shape ``(n_rows, n_features)``; see ``with_lead``.
    target
        Mean demand per bucket of the window behind the lead [units per bucket].
    weight
        Recency x share of the window that is known x how many series a row stands for, > 0.
    """

    features: Floats
    target: Floats
    weight: Floats


@dataclass(frozen=True, slots=True, eq=False)
class PooledRegression:
    """A fitted regression: scaled coefficients, and the scale of the features."""

    coefficients: Floats
    centre: Floats
    spread: Floats

    def predict(self, features: Floats) -> Floats:
        """Return the expected demand per bucket, shape ``(n_rows,)``, > 0."""
        return _inverse_link(((features - self.centre) / self.spread) @ self.coefficients)

    def mean_ahead(self, features: Floats) -> Floats:
        """Return the mean over the whole horizon [units per bucket], shape ``(n_series,)``.

        ``features`` are those of one origin, without lead.
        """
        found = np.zeros(features.shape[0])
        for lead in range(LEADS):
            found += self.predict(with_lead(features, np.full(features.shape[0], lead / LEADS)))
        return found / LEADS


def with_lead(features: Floats, lead: Floats) -> Floats:
    """Append the lead, and its products with what fades: shape ``(n_rows, n_features + 5)``.

    ``lead`` is how far into the horizon a window begins, in [0, 1).
    """
    return np.hstack([features, lead[:, None], features[:, FADING] * lead[:, None]])


def training_rows(
    quantity: Floats, features: Floats, *, horizon: int, frequency: Frequency, stands_for: Floats
) -> Training:
    """Return one row per series and origin, its window one quarter of the horizon in turn.

    Windows that reach beyond what is known count by the part that is, so that the latest
    months train too; the lead tells the regression how far ahead a window lay.

    Parameters
    ----------
    quantity
        Demand in whole units, shape ``(n_series, n_periods)``, NaN is missing.
    features
        Shape ``(n_series, n_periods + 1, n_features)``, of the same buckets.
    horizon
        Buckets ahead, >= 1.
    frequency
        Decides how fast old origins lose weight (0.97 a month).
    stands_for
        Series each row of ``quantity`` represents, shape ``(n_series,)``, > 0.
    """
    n_periods = quantity.shape[1]
    total, count = running_sums(quantity)
    edges = np.unique(np.rint(np.linspace(0, horizon, LEADS + 1)).astype(np.intp))
    origin = np.arange(n_periods + 1)
    turn = (origin[None, :] + _turn(quantity)[:, None]) % (edges.size - 1)
    begin = np.minimum(origin + edges[turn], n_periods)
    end = np.minimum(origin + edges[turn + 1], n_periods)
    known = np.take_along_axis(count, end, 1) - np.take_along_axis(count, begin, 1)
    came = np.take_along_axis(total, end, 1) - np.take_along_axis(total, begin, 1)
    rows, columns = np.nonzero((known > 0) & (count >= LEAST_KNOWN))
    lead = edges[turn[rows, columns]] / horizon
    length = (edges[turn + 1] - edges[turn])[rows, columns]
    age = n_periods - columns
    return Training(
        features=with_lead(features[rows, columns], lead),
        target=came[rows, columns] / known[rows, columns],
        weight=RECENCY[frequency] ** age * known[rows, columns] / length * stands_for[rows],
    )


def _turn(quantity: Floats) -> Integers:
    """Return where each series begins its turn through the leads; by its content, not its place."""
    turn: Integers = (np.nan_to_num(quantity).sum(axis=1) % LEADS).astype(np.intp)
    return turn


def fit(training: Training, before: object = None) -> PooledRegression | None:
    """Return the regression of ``training`` by iteratively reweighted least squares.

    Log link, ridge penalty 1 on the scaled coefficients (not on the constant), variance mean +
    0.5 x mean²: with a plain Poisson variance a few large parts would decide for all. ``before``
    is a fit of similar rows, to begin with; many rows begin with a fit of every few of them.
    None without any demand to learn from.
    """
    target, weight = training.target, training.weight
    if not target.size or not (target * weight).sum() > 0:
        return None
    start = before if isinstance(before, PooledRegression) else None
    stride = target.size // ROWS_TO_BEGIN_WITH
    if stride > 1:
        few = slice(None, None, stride)
        part = Training(training.features[few], target[few], weight[few])
        start = fit(part, start) or start
    centre, spread = training.features.mean(axis=0), training.features.std(axis=0)
    centre[0], spread[spread < FLAT] = 0.0, 1.0
    scaled = training.features - centre
    scaled /= spread
    if start is None:
        coefficients = np.zeros(scaled.shape[1])
        coefficients[:2] = centre[MAIN_MEAN], spread[MAIN_MEAN]  # the champion's own forecast
    else:
        coefficients = start.coefficients * spread / start.spread
        shift = start.coefficients * (centre - start.centre) / start.spread
        coefficients[0] = start.coefficients[0] + shift[1:].sum()
    coefficients = _reweighted(scaled, target, weight / weight.mean(), coefficients)
    return PooledRegression(coefficients, centre, spread)


def _reweighted(scaled: Floats, target: Floats, weight: Floats, coefficients: Floats) -> Floats:
    """Return the coefficients at which the penalised gradient vanishes, from those given on."""
    penalty = np.full(scaled.shape[1], RIDGE)
    penalty[0] = 1e-9
    for _step in range(STEPS):
        mean = _inverse_link(scaled @ coefficients)
        trusted = weight / (1.0 + DISPERSION * mean)
        gradient = (trusted * (target - mean)) @ scaled - penalty * coefficients
        curvature = (scaled.T * (trusted * mean)) @ scaled + np.diag(penalty)
        change = np.linalg.solve(curvature, gradient)
        coefficients = coefficients + np.clip(change, -3.0, 3.0)
        if np.abs(change).max() < TOLERANCE:
            break
    return coefficients


def capped(mean: Floats, long_mean: Floats) -> Floats:
    """Return ``mean``, at most 3 x the long moving average + 0.5 [units per bucket]."""
    limited: Floats = np.minimum(mean, CAP_FACTOR * long_mean + CAP_FLOOR)
    return limited


def _inverse_link(linear: Floats) -> Floats:
    mean: Floats = np.exp(np.clip(linear, *LOGARITHMS))
    return mean
