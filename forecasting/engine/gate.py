"""Who may replace the champion: rolling origins, two measures, whole cohorts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.accuracy import pinball_loss, squared_step
from forecasting.engine.dispersion import Shrinkage, shrinkage
from forecasting.engine.methods import CHAMPION, Known, Method, Points, Pool
from forecasting.engine.negative_binomial import negative_binomial_quantiles
from forecasting.engine.paths import running_sums

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# The two highest decide stocks, and are all that a silent part is judged by.
LEVELS = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99])
LEAST_KNOWN = 12
LEAST_KNOWN_OF_LITTLE = 8
LEAST_SPAN = 4
GAIN = 0.02
WINS = 2
SHARES = (1.0, 0.75, 0.5)  # of the horizon: how far back each origin lies


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """One rolling origin: what was known there, what came, what each method said.

    Attributes
    ----------
    at
        Buckets known.
    actual
        Demand after it, shape ``(n_series, n_judged)``, NaN is missing.
    scale
        Mean squared step of the known part, shape ``(n_series,)``; 0 without any.
    cohorts
        Membership as it was at the origin, shape ``(n_series, n_cohorts)``, 0 or 1. Whoever is
        dead today was silent in the judged months by definition: judging by today's class
        would reward whatever forecasts nothing.
    points, shrinkages
        By method; a method that cannot speak yet is left out.
    """

    at: int
    actual: Floats
    scale: Floats
    cohorts: Floats
    points: Mapping[str, Points]
    shrinkages: Mapping[str, Shrinkage]

    def dispersion(self, method: str) -> Floats:
        """Return the dispersion of each series around ``method``."""
        return self.shrinkages[method].dispersion(self.points[method].residuals)


def origins_for(n_periods: int, horizon: int) -> tuple[int, ...]:
    """Return three origins a horizon, three quarters and half of one back, at least four buckets.

    At least twelve buckets are known at the first, eight where history is shorter than sixteen;
    the horizon is cut to that. Empty for a history of fewer than twelve.
    """
    span = max(horizon, LEAST_SPAN)
    for known in (LEAST_KNOWN, LEAST_KNOWN_OF_LITTLE):
        if n_periods - known >= LEAST_SPAN:
            span = min(span, n_periods - known)
            return tuple(n_periods - int(np.ceil(share * span)) for share in SHARES)
    return ()


def look_back(
    known: Known,
    origins: Sequence[int],
    *,
    horizon: int,
    learn: Callable[[int, int], Pool],
    methods: Mapping[str, Method],
    cohorts_at: Callable[[int], Floats],
) -> list[Origin]:
    """Return what each method would have said at each origin.

    ``learn`` fits what is pooled; it gets the origin and the buckets judged behind it.
    ``cohorts_at`` returns the membership at an origin.
    """
    found = []
    for at in origins:
        actual = known.quantity[:, at : at + horizon]
        judged = actual.shape[1]
        pool = learn(at, judged)
        said = {name: method(known, at, judged, pool) for name, method in methods.items()}
        points = {name: each for name, each in said.items() if each is not None}
        found.append(
            Origin(
                at=at,
                actual=actual,
                scale=squared_step(known.quantity[:, :at]),
                cohorts=cohorts_at(at),
                points=points,
                shrinkages={name: shrinkage(each.residuals) for name, each in points.items()},
            )
        )
    return found


def winners(origins: Sequence[Origin], names: Sequence[str], n_cohorts: int) -> list[str]:
    """Return the method of each cohort, ``names`` being all methods, the champion among them.

    Quantiles are the costly part, so only methods that pass in squared error get them.
    """
    shape = (len(origins), len(names), n_cohorts)
    if not origins:
        return [CHAMPION] * n_cohorts
    champion = list(names).index(CHAMPION)
    squared, quantile = np.full(shape, np.inf), np.full(shape, np.inf)
    for place, origin in enumerate(origins):
        for row, name in enumerate(names):
            if name in origin.points:
                squared[place, row] = _squared_errors(origin, name) @ origin.cohorts
    promising = is_better(squared, champion).sum(axis=0) >= WINS
    promising[champion] = promising.any(axis=0)
    for place, origin in enumerate(origins):
        for row, name in enumerate(names):
            rows: Flags = np.any(origin.cohorts[:, promising[row]] > 0, axis=1)
            if name in origin.points and rows.any():
                losses = _quantile_losses(origin, name, rows)
                quantile[place, row] = np.where(
                    promising[row], losses @ origin.cohorts[rows], quantile[place, row]
                )
    return choose(names, squared, quantile)


def choose(names: Sequence[str], squared: Floats, quantile: Floats) -> list[str]:
    """Return per cohort the best of the methods that pass the gate, else the champion.

    Losses are sums over a cohort, shape ``(n_origins, n_methods, n_cohorts)``. A method passes
    where both are at least 2 % under the champion's at two of three origins, and their sums
    over all origins are not above his; of those, the least product of both sums wins.
    """
    champion = list(names).index(CHAMPION)
    passes = (is_better(squared, champion) & is_better(quantile, champion)).sum(axis=0) >= WINS
    with np.errstate(invalid="ignore"):
        product = squared.sum(axis=0) * quantile.sum(axis=0)
        not_worse = squared.sum(axis=0) <= squared.sum(axis=0)[champion]
        not_worse &= quantile.sum(axis=0) <= quantile.sum(axis=0)[champion]
    product = np.where(passes & not_worse, product, np.inf)
    best = product.argmin(axis=0)
    return [
        names[int(row)] if np.isfinite(product[row, column]) else CHAMPION
        for column, row in enumerate(best)
    ]


def is_better(losses: Floats, champion: int) -> Flags:
    """Return where a loss is at least 2 % under the champion's; shape as ``losses``."""
    reference = losses[:, champion : champion + 1]
    better: Flags = (losses <= (1 - GAIN) * reference) & (reference > 0) & np.isfinite(reference)
    return better


def _squared_errors(origin: Origin, name: str) -> Floats:
    """Return the scaled squared error of each series; zero without a scale."""
    error = np.nansum((origin.points[name].mean - origin.actual) ** 2, axis=1)
    has_scale = origin.scale > 0
    scaled: Floats = np.where(has_scale, error / np.where(has_scale, origin.scale, 1.0), 0.0)
    return scaled


def _quantile_losses(origin: Origin, name: str, rows: Flags) -> Floats:
    """Return the summed quantile loss of the series in ``rows``."""
    centre, phi = origin.points[name].centre[rows], origin.dispersion(name)[rows]
    bounds = negative_binomial_quantiles(centre, phi[:, None], LEVELS)
    loss: Floats = np.nansum(pinball_loss(origin.actual[rows], bounds, LEVELS), axis=(1, 2))
    return loss


def interval_sums(actual: Floats, buckets: int) -> tuple[Floats, Floats]:
    """Return the sums over consecutive intervals, and how many buckets of each are known.

    ``actual`` has shape ``(n_series, n_judged)``; both results ``(n_series, n_judged //
    buckets)``.
    """
    total, count = running_sums(actual)
    edges = np.arange(0, actual.shape[1] + 1, buckets)
    return np.diff(total[:, edges], axis=1), np.diff(count[:, edges], axis=1)
