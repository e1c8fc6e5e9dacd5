"""Forecast all series of a tenant at once: many averages, one gate, honest quantiles."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.accuracy import pinball_loss, squared_step
from forecasting.engine.classify import DemandClass, classify
from forecasting.engine.dispersion import (
    negative_binomial_quantiles,
    residual_sums,
    shrunk_dispersion,
)
from forecasting.engine.evaluator import ForecastRejected, check
from forecasting.engine.paths import CHAMPION, METHODS, WINDOW, moving_average
from forecasting.engine.problem import SILENT_BUCKETS, DemandHistory, Forecast, Frequency

__all__ = ["DemandHistory", "Forecast", "ForecastRejected", "Frequency", "check", "forecast"]

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

CHUNK = 10_000
DEFAULT_LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
GATE_LEVELS = np.arange(1, 10) / 10
GATE_ORIGINS = 3
GATE_GAIN = 0.02
GATE_WINS = 2
PASSES = 4
CHAMPION_ROW = list(METHODS).index(CHAMPION)
UNANSWERED = (DemandClass.WITHDRAWN.value, DemandClass.NO_DATA.value)


@dataclass(frozen=True, slots=True, eq=False)
class _Gate:
    """Rolling origins: how many buckets are known at each, and how many are judged."""

    origins: tuple[int, ...]
    horizon: int


def forecast(
    problem: DemandHistory,
    *,
    horizon: int,
    quantiles: Sequence[float] = DEFAULT_LEVELS,
    seed: int = 1,
    on_progress: Progress | None = None,
) -> Forecast:
    """Return mean and quantiles of the next ``horizon`` buckets of every series.

    The mean is the moving average of 12 buckets, unless another method (smoothing, SBA,
    TSB or a combination) was at least 2 % better in both WQL and MSSE at two of three
    rolling origins over all series of the same demand class. Quantiles are negative
    binomial around it, their dispersion shrunk to that of all series.

    Parameters
    ----------
    problem
        The past; missing values are skipped, never taken for zero.
    horizon
        Buckets to forecast, >= 1.
    quantiles
        Probabilities, ascending in (0, 1).
    seed
        Kept in the result. Nothing is drawn at random here, so it changes nothing.
    on_progress
        Called with (steps done, steps in total) after each step; raise in it to cancel.

    Returns
    -------
    Forecast
        Checked by ``check``. Series whose last year (12 months, 52 weeks, 90 days) is
        missing are ``withdrawn`` and zero; series without a value ``no-data`` and zero.

    Raises
    ------
    ValueError
        If ``horizon`` or ``quantiles`` are out of range.
    """
    levels = np.array(quantiles, dtype=np.float64)
    if horizon < 1:
        raise ValueError(f"expected a horizon >= 1, got {horizon}")
    if not levels.size or (np.diff(levels) <= 0).any() or not ((levels > 0) & (levels < 1)).all():
        raise ValueError(f"expected quantiles ascending in (0, 1), got {list(quantiles)}")

    work = _Work(len(problem.series), on_progress)
    gate = _gate(len(problem.periods), horizon)
    classes = classify(problem.quantity, silent_buckets=SILENT_BUCKETS[problem.frequency])
    dispersion = _dispersion(problem.quantity, (*gate.origins, len(problem.periods)), work)
    winners = _winners(problem.quantity, gate, classes, dispersion, work)

    method = np.array([winners.get(str(name), CHAMPION) for name in classes], dtype=object)
    unanswered = np.isin(classes, UNANSWERED)
    method[unanswered] = classes[unanswered]
    level = np.zeros(len(problem.series))
    bounds = np.zeros((len(problem.series), levels.size))
    for chunk in work:
        level[chunk] = _chosen_level(problem.quantity[chunk], method[chunk])
        bounds[chunk] = negative_binomial_quantiles(level[chunk], dispersion[-1][chunk], levels)
    result = Forecast(
        series=problem.series,
        levels=levels,
        mean=np.repeat(level[:, None], horizon, axis=1),
        quantiles=np.repeat(bounds[:, None, :], horizon, axis=1),
        method=tuple(map(str, method)),
        demand_class=tuple(map(str, classes)),
        dispersion=dispersion[-1],
        seed=seed,
    )
    check(problem, result)
    return result


class _Work:
    """The chunks of all series, gone through ``PASSES`` times; tells how far it has come."""

    def __init__(self, n_series: int, listener: Progress | None) -> None:
        starts = range(0, n_series, CHUNK)
        self._chunks = [slice(start, min(start + CHUNK, n_series)) for start in starts]
        self._done, self._listener = 0, listener

    def __iter__(self) -> Iterator[slice]:
        for chunk in self._chunks:
            yield chunk
            self._done += 1
            if self._listener is not None:
                self._listener(self._done, PASSES * len(self._chunks))


def _gate(n_periods: int, horizon: int) -> _Gate:
    """Return three origins whose judged buckets do not overlap, the first after a full window."""
    judged = min(horizon, (n_periods - WINDOW) // GATE_ORIGINS)
    if judged < 1:
        return _Gate((), 0)
    return _Gate(tuple(n_periods - judged * back for back in range(GATE_ORIGINS, 0, -1)), judged)


def _dispersion(quantity: Floats, origins: Sequence[int], work: _Work) -> Floats:
    """Return the dispersion known at each origin, shape ``(n_origins, n_series)``."""
    excess = np.zeros((len(origins), quantity.shape[0]))
    weight = np.zeros_like(excess)
    for chunk in work:
        values = quantity[chunk]
        own_excess, own_weight = residual_sums(values, moving_average(values))
        excess[:, chunk] = own_excess[:, origins].T
        weight[:, chunk] = own_weight[:, origins].T
    return np.array([shrunk_dispersion(*sums) for sums in zip(excess, weight, strict=True)])


def _winners(
    quantity: Floats, gate: _Gate, classes: NDArray[np.str_], dispersion: Floats, work: _Work
) -> dict[str, str]:
    """Return the method of each demand class that may replace the champion.

    Quantiles are the costly part, so only methods that pass in squared error get them.
    """
    cohorts = np.array(sorted(set(map(str, classes)) - set(UNANSWERED)))
    squared_error = np.zeros((len(gate.origins), len(METHODS), cohorts.size))
    for chunk in work:
        membership = (classes[chunk, None] == cohorts).astype(np.float64)
        for row, make_path in enumerate(METHODS.values()):
            path = make_path(quantity[chunk])
            for position, origin in enumerate(gate.origins):
                errors = _squared_errors(quantity[chunk], path[:, origin], origin, gate.horizon)
                squared_error[position, row] += errors @ membership

    promising = _is_better(squared_error).sum(axis=0) >= GATE_WINS
    promising[CHAMPION_ROW] = promising.any(axis=0)
    quantile_loss = np.full(squared_error.shape, np.inf)
    quantile_loss[:, promising] = 0.0
    for chunk in work:
        for row, make_path in enumerate(METHODS.values()):
            chosen = np.isin(classes[chunk], cohorts[promising[row]])
            values = quantity[chunk][chosen]
            path = make_path(values)
            membership = (classes[chunk][chosen, None] == cohorts[promising[row]]).astype(float)
            for position, origin in enumerate(gate.origins):
                bounds = negative_binomial_quantiles(
                    path[:, origin], dispersion[position][chunk][chosen], GATE_LEVELS
                )
                actual = values[:, origin : origin + gate.horizon]
                loss = pinball_loss(actual, bounds[:, None, :], GATE_LEVELS)
                quantile_loss[position, row, promising[row]] += (
                    np.nansum(loss, axis=(1, 2)) @ membership
                )
    return gate_winners([str(name) for name in cohorts], quantile_loss, squared_error)


def _squared_errors(quantity: Floats, level: Floats, origin: int, horizon: int) -> Floats:
    """Return the scaled squared error of each series after ``origin``; zero without a scale."""
    scale = squared_step(quantity[:, :origin])
    error = np.nansum((level[:, None] - quantity[:, origin : origin + horizon]) ** 2, axis=1)
    scaled: Floats = np.where(scale > 0, error / np.where(scale > 0, scale, 1.0), 0.0)
    return scaled


def _is_better(losses: Floats) -> NDArray[np.bool_]:
    """Return where a loss is at least 2 % under the champion's; shape as ``losses``."""
    reference = losses[:, CHAMPION_ROW : CHAMPION_ROW + 1]
    better: NDArray[np.bool_] = (losses <= (1 - GATE_GAIN) * reference) & (reference > 0)
    return better


def gate_winners(
    cohorts: list[str], quantile_loss: Floats, squared_error: Floats
) -> dict[str, str]:
    """Return, per cohort, the best of the methods that pass the gate; cohorts without one lack.

    Losses are sums over a cohort, shape ``(n_origins, n_methods, n_cohorts)``, methods in
    the order of ``METHODS``. A method passes where both losses are at least 2 % under the
    champion's at two of three origins; the least quantile loss of those wins.
    """
    is_better = _is_better(quantile_loss) & _is_better(squared_error)
    passes = is_better.sum(axis=0) >= GATE_WINS
    total = np.where(passes, quantile_loss.sum(axis=0), np.inf)
    names = list(METHODS)
    return {
        cohort: names[int(total[:, column].argmin())]
        for column, cohort in enumerate(cohorts)
        if passes[:, column].any()
    }


def _chosen_level(quantity: Floats, method: NDArray[np.object_]) -> Floats:
    """Return the last level of each series by its own method; zero where none applies."""
    level = np.zeros(quantity.shape[0])
    for name, make_path in METHODS.items():
        chosen = method == name
        if chosen.any():
            level[chosen] = make_path(quantity[chosen])[:, -1]
    return level
