"""Forecast all series of a tenant at once: pooled learning, one gate, honest quantiles."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.calibration import bucket_factor, centre_sums, interval_factor, scaled
from forecasting.engine.classify import DemandClass, classify
from forecasting.engine.dispersion import Shrinkage, shrinkage
from forecasting.engine.evaluator import ForecastRejected, check
from forecasting.engine.gate import Origin, look_back, origins_for, winners
from forecasting.engine.methods import (
    CHAMPION,
    TOOLBOX,
    Known,
    Points,
    Pool,
    Regressor,
    Toolbox,
)
from forecasting.engine.negative_binomial import negative_binomial_quantiles
from forecasting.engine.paths import WINDOWS
from forecasting.engine.problem import (
    SILENT_BUCKETS,
    DemandHistory,
    Forecast,
    Frequency,
    IntervalSum,
)
from forecasting.engine.regression import training_rows
from forecasting.engine.sample import Sample, cohort_names, draw
from forecasting.engine.season import SEASONS, common_profile, has_cycles
from forecasting.engine.units import counting_units

__all__ = ["DemandHistory", "Forecast", "ForecastRejected", "Frequency", "check", "forecast"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

CHUNK_CELLS = 500_000
CHUNK = 10_000
DEFAULT_LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
MOST_HORIZON = 1_000
UNANSWERED = (DemandClass.WITHDRAWN.value, DemandClass.NO_DATA.value)
HIGHEST_FACTOR, HIGHEST_FLOOR = 3.0, 0.5


def forecast(
    problem: DemandHistory,
    *,
    horizon: int,
    quantiles: Sequence[float] = DEFAULT_LEVELS,
    seed: int = 1,
    on_progress: Progress | None = None,
    intervals: Sequence[int] = (),
    toolbox: Toolbox = TOOLBOX,
) -> Forecast:
    """Return mean and quantiles of the next ``horizon`` buckets of every series.

    The mean is the moving average of 12 buckets (28 days for days), unless another method
    was at least 2 % better in both WQL and MSSE at two of three rolling origins over all
    series of the same demand class. Quantiles are negative binomial, in the unit a series
    is counted in, their dispersion shrunk to that of all series.

    Parameters
    ----------
    problem
        The past; missing values are skipped, never taken for zero.
    horizon
        Buckets to forecast, 1 to 1,000.
    quantiles
        Probabilities, ascending in (0, 1).
    seed
        Decides which series of a large tenant teach and judge; nothing else is drawn.
    on_progress
        Called with (steps done, steps in total) after each step; raise in it to cancel.
    intervals
        Lengths in buckets, each 1 to ``horizon``, whose sums are wanted as well.
    toolbox
        The champion and those behind the gate; ``nodes`` and ``boosting`` make larger ones.

    Returns
    -------
    Forecast
        Checked by ``check``. Series whose last year (12 months, 52 weeks, 90 days) is
        missing are ``withdrawn`` and zero; series without a value ``no-data`` and zero.

    Raises
    ------
    ValueError
        If ``horizon``, ``quantiles`` or ``intervals`` are out of range.
    """
    levels = _checked(horizon, quantiles, intervals)
    work = _Work(problem, horizon, toolbox, seed, on_progress)
    result = work.answer(work.decide(intervals), levels, intervals)
    check(problem, result)
    return result


def _checked(horizon: int, quantiles: Sequence[float], intervals: Sequence[int]) -> Floats:
    levels = np.array(quantiles, dtype=np.float64)
    if not 1 <= horizon <= MOST_HORIZON:
        raise ValueError(f"expected a horizon of 1 to {MOST_HORIZON}, got {horizon}")
    if not levels.size or (np.diff(levels) <= 0).any() or not ((levels > 0) & (levels < 1)).all():
        raise ValueError(f"expected quantiles ascending in (0, 1), got {list(quantiles)}")
    if len(set(intervals)) != len(intervals):
        raise ValueError(f"expected each interval once, got {list(intervals)}")
    for buckets in intervals:
        if not 1 <= buckets <= horizon:
            raise ValueError(f"expected intervals of 1 to {horizon} buckets, got {buckets}")
    return levels


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rolling origins decided for a cohort.

    Attributes
    ----------
    method
        Name of the method that won.
    shrinkage
        Of its dispersion.
    bucket_factor, interval_factors
        What to multiply the dispersion with, for a bucket and for each interval.
    """

    method: str
    shrinkage: Shrinkage
    bucket_factor: float
    interval_factors: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """The arrays of a forecast while they are filled; ``sums`` holds mean and quantiles."""

    mean: Floats
    quantiles: Floats
    sums: dict[int, Floats]
    dispersion: Floats


class _Work:
    """One forecast under way; tells how far it has come."""

    def __init__(
        self,
        problem: DemandHistory,
        horizon: int,
        toolbox: Toolbox,
        seed: int,
        listener: Progress | None,
    ) -> None:
        self.problem, self.horizon, self.toolbox, self.seed = problem, horizon, toolbox, seed
        n_series, n_periods = problem.quantity.shape
        self.silent = SILENT_BUCKETS[problem.frequency]
        self.is_ending = _named(problem.series, problem.running_out)
        self.classes = classify(
            problem.quantity,
            silent_buckets=self.silent,
            is_ending=self.is_ending,
            is_withdrawn=_named(problem.series, problem.withdrawn),
        )
        self.cohorts = cohort_names(self.classes, UNANSWERED)
        self.sample: Sample = draw(problem.series, self.cohorts, n_periods=n_periods, seed=seed)
        self.origins = origins_for(n_periods, horizon)
        self.unit = np.ones(n_series)
        size = max(1, min(CHUNK, CHUNK_CELLS // n_periods))
        self.chunks = [slice(start, start + size) for start in range(0, n_series, size)]
        self.fitted: dict[str, Regressor | None] = dict.fromkeys(toolbox.learners)
        self._steps, self._listener = 0, listener

    def decide(self, intervals: Sequence[int]) -> dict[str, Decision]:
        """Return the decision for each cohort, and keep what all series teach at the end."""
        rows = self.sample.rows
        for chunk in self.chunks:
            self.unit[chunk] = counting_units(self.problem.quantity[chunk])
        known = Known(self.problem.quantity[rows] / self.unit[rows, None], self.problem.frequency)

        def learn(at: int, horizon: int) -> Pool:
            pool = self._learn(known, at, horizon)
            self._step()
            return pool

        def cohorts_at(at: int) -> Floats:
            past = self.problem.quantity[rows, :at]
            ending = self.is_ending[rows]
            return self.sample.membership(
                classify(past, silent_buckets=self.silent, is_ending=ending)
            )

        origins = look_back(
            known,
            self.origins,
            horizon=self.horizon,
            learn=learn,
            methods=self.toolbox.methods,
            cohorts_at=cohorts_at,
        )
        chosen = winners(origins, list(self.toolbox.methods), len(self.sample.cohorts))
        self.pool = learn(len(self.problem.periods), self.horizon)
        found = {}
        shrinkages: dict[str, Shrinkage] = {}
        for column, (cohort, method) in enumerate(zip(self.sample.cohorts, chosen, strict=True)):
            if method not in shrinkages:
                shrinkages[method] = shrinkage(self._points(known, method).residuals)
            found[cohort] = _decision(method, shrinkages[method], origins, column, intervals)
        return found

    def _learn(self, known: Known, at: int, horizon: int) -> Pool:
        past, season = known.quantity[:, :at], SEASONS[known.frequency]
        training = training_rows(
            past,
            known.features[:, : at + 1],
            horizon=horizon,
            frequency=known.frequency,
            stands_for=self.sample.stands_for,
        )
        self.fitted = {
            name: learner(training, self.fitted[name])
            for name, learner in self.toolbox.learners.items()
        }
        profile = common_profile(past, season) if has_cycles(at, season) and past.size else None
        return Pool(self.fitted, profile)

    def _points(self, known: Known, method: str) -> Points:
        points = self.toolbox.methods[method](
            known, known.quantity.shape[1], self.horizon, self.pool
        )
        if points is None:
            raise ForecastRejected(f"expected an answer of the method {method}, got none")
        return points

    def answer(
        self, decisions: Mapping[str, Decision], levels: Floats, intervals: Sequence[int]
    ) -> Forecast:
        """Return the forecast of all series by the method of their cohort."""
        n_series = len(self.problem.series)
        found = _Answer(
            mean=np.zeros((n_series, self.horizon)),
            quantiles=np.zeros((n_series, self.horizon, levels.size)),
            sums={buckets: np.zeros((n_series, 1 + levels.size)) for buckets in intervals},
            dispersion=np.ones(n_series),
        )
        for chunk in self.chunks:
            cohorts = self.cohorts[chunk]
            for cohort in sorted(set(cohorts.tolist()) - {""}):
                rows = np.flatnonzero(cohorts == cohort) + chunk.start
                self._fill(found, rows, decisions[cohort], levels)
            self._step()
        return Forecast(
            series=self.problem.series,
            levels=levels,
            mean=found.mean,
            quantiles=found.quantiles,
            method=tuple(self._label(row, decisions) for row in range(n_series)),
            demand_class=tuple(map(str, self.classes)),
            dispersion=found.dispersion,
            seed=self.seed,
            intervals=tuple(
                IntervalSum(buckets, found.sums[buckets][:, 0], found.sums[buckets][:, 1:])
                for buckets in intervals
            ),
        )

    def _fill(
        self, found: "_Answer", rows: NDArray[np.intp], decision: Decision, levels: Floats
    ) -> None:
        """Forecast the series in ``rows``, all of one cohort, back in units of demand."""
        unit = self.unit[rows, None]
        known = Known(self.problem.quantity[rows] / unit, self.problem.frequency)
        points = _limited(self._points(known, decision.method), known.quantity)
        phi = decision.shrinkage.dispersion(points.residuals)
        found.dispersion[rows] = scaled(phi, decision.bucket_factor)
        found.mean[rows] = points.mean * unit
        found.quantiles[rows] = unit[..., None] * negative_binomial_quantiles(
            points.centre, found.dispersion[rows, None], levels
        )
        for place, (buckets, sums) in enumerate(found.sums.items()):
            spread = scaled(phi, decision.interval_factors[place])
            sums[rows] = unit * _interval(points, buckets, spread, levels)

    def _label(self, row: int, decisions: Mapping[str, Decision]) -> str:
        if not self.cohorts[row]:
            return str(self.classes[row])
        window = WINDOWS[self.problem.frequency][2]
        return decisions[self.cohorts[row]].method.replace(CHAMPION, f"ma{window}")

    def _step(self) -> None:
        self._steps += 1
        if self._listener is not None:
            self._listener(self._steps, len(self.origins) + 1 + len(self.chunks))


def _named(series: Sequence[str], names: frozenset[str]) -> NDArray[np.bool_]:
    return np.array([name in names for name in series], dtype=np.bool_)


def _decision(
    method: str,
    found: Shrinkage,
    origins: Sequence[Origin],
    cohort: int,
    intervals: Sequence[int],
) -> Decision:
    return Decision(
        method=method,
        shrinkage=found,
        bucket_factor=bucket_factor(origins, method, cohort),
        interval_factors=tuple(
            interval_factor(origins, method, cohort, buckets) for buckets in intervals
        ),
    )


def _limited(points: Points, quantity: Floats) -> Points:
    """Return the points, none above 3 x the highest demand ever seen + 0.5 whole units."""
    highest = np.nan_to_num(quantity).max(axis=1, keepdims=True)
    limit = HIGHEST_FACTOR * highest + HIGHEST_FLOOR
    return Points(
        np.minimum(points.mean, limit), np.minimum(points.centre, limit), points.residuals
    )


def _interval(points: Points, buckets: int, phi: Floats, levels: Floats) -> Floats:
    """Return mean and quantiles of the first interval, shape ``(n_series, 1 + n_levels)``."""
    mean = centre_sums(points.mean, buckets, 1)
    centre = centre_sums(points.centre, buckets, 1)
    bounds = negative_binomial_quantiles(centre[:, 0], phi, levels)
    return np.concatenate([mean, bounds], axis=1)
