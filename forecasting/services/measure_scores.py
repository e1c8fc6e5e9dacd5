"""How good the stored figures of one series were: plain arrays in, plain measures out (FC-24).

The formulas are those of ``forecasting.rules.accuracy``; here stands which figure was in force
when, and on which weeks it is judged.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from math import isfinite
from statistics import NormalDist
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from forecasting.engine.accuracy import mean_squared_scaled_error
from forecasting.models import Step
from forecasting.queries.terms import MOST_PROTECTION_WEEKS, SHIPPED, Terms
from forecasting.rules.accuracy import (
    Versions,
    score_beside_references,
    seasonal_naive,
    total_nervousness,
)
from forecasting.week_figures import WEEK

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]

LAGS = (1, 4, 8, 13)
TARGETS = 26  # newest weeks judged
KEPT_LEVEL = 0.9  # versions keep their 90 % quantile
SEASON = 52
LEAST_TARGETS = 4
LEAST_HISTORY = 8  # weeks that scale the errors
BLOCK = 4  # weeks per point of the trend
HORIZON = max(LAGS) + MOST_PROTECTION_WEEKS - 1
DIGITS = 6

RELEASE, COMMIT, ZERO, NAIVE = "release", "commit", "zero", "naive"
CHAIN = (
    Step.STATISTICS.value, Step.SIGNAL.value, Step.PLANNER.value, Step.CHAIN.value, RELEASE,
    Step.CONSENSUS.value,
)  # fmt: skip

Measures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """Figures as somebody stated them: when, and for which weeks [base units], NaN = missing.

    ``high`` is the figure that demand should stay below in nine weeks of ten; NaN where the
    statement gives no range.
    """

    made_at: datetime
    first_week: date
    quantities: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Known:
    """What really happened to a series, week by week, from the first known week on.

    ``kind`` says what it was (consumed, called or history); ``weeks`` are Mondays.
    """

    kind: str
    weeks: Sequence[date]
    quantity: Floats


@dataclass(frozen=True, slots=True)
class Measured:
    """The measures of one step at one lag, over ``weeks`` target weeks."""

    step: str
    lag: int
    weeks: int
    measures: Measures


@dataclass(frozen=True, slots=True)
class _Standing:
    """What was in force at the end of each week about the weeks after it."""

    mean: Floats  # (n_weeks, HORIZON)
    high: Floats


def measured(
    known: Known, statements: Mapping[str, Sequence[Statement]], terms: Terms = SHIPPED
) -> list[Measured]:
    """Return the measures of every step at every lag, and of zero and seasonal naive.

    Parameters
    ----------
    known
        The actuals; the newest ``TARGETS`` weeks are judged.
    statements
        By step, in any order. A figure counts from the week after it was made until the next
        one of its step; a lag of one week is therefore what was known before the week began.
    terms
        The service level that SPL and coverage are judged at, and the weeks of the protection
        interval, beginning at the lag, whose sum the accuracy is taken of.

    Returns
    -------
    list[Measured]
        Nothing for a step with fewer than four weeks to judge. MSSE and SPL are scaled by the
        weeks before the first judged one; ``loss`` is the MSSE on the weeks that all steps of the
        chain speak of, so that their losses compare.
    """
    stretch = _stretch(float(terms.service_level))
    standing = {
        step: _standing(known.weeks, each, stretch)
        for step, each in statements.items()
        if len(each)
    }
    actual = known.quantity[None, :]
    found: list[Measured] = []
    for lag in LAGS:
        targets = _targets(known.quantity, lag)
        if targets.size < LEAST_TARGETS:
            continue
        by_step = {
            step: origins
            for step, each in standing.items()
            if (origins := _origins(known.quantity, each, targets, lag)).size >= LEAST_TARGETS
        }
        losses = _losses(known.quantity, standing, by_step, lag)
        for step, origins in by_step.items():
            measures = _measures(known, standing[step], origins, lag, terms)
            found.append(Measured(step, lag, origins.size, measures | losses.get(step, {})))
        found += _references(actual, known, targets - lag, lag, terms)
    return found


def season_of(known: Known) -> int:
    """Return a year of weeks, or one where a year before the judged weeks is not known."""
    return SEASON if known.quantity.size >= SEASON + TARGETS + 1 else 1


def _stretch(level: float) -> float:
    """Return how much further from the mean the figure of ``level`` lies than the kept one.

    As the tail of a normal has it; exactly 1 at the level that versions keep.
    """
    quantile = NormalDist().inv_cdf
    return 1.0 if level == KEPT_LEVEL else quantile(level) / quantile(KEPT_LEVEL)


def _standing(weeks: Sequence[date], statements: Sequence[Statement], stretch: float) -> _Standing:
    ordered = sorted(statements, key=lambda each: each.made_at)
    times = [each.made_at for each in ordered]
    ends = [_midnight(week) for week in (*weeks[1:], weeks[-1] + WEEK)]
    in_force = np.array([bisect_left(times, end) - 1 for end in ends])
    shape = (len(weeks), HORIZON)
    mean, high = np.full(shape, np.nan), np.full(shape, np.nan)
    for place in np.unique(in_force[in_force >= 0]):
        rows = np.flatnonzero(in_force == place)
        mean[rows] = _ahead(weeks[0], len(weeks), ordered[place], "quantities")[rows + 1]
        high[rows] = _ahead(weeks[0], len(weeks), ordered[place], "high")[rows + 1]
    return _Standing(mean, np.where(np.isfinite(high), mean + stretch * (high - mean), mean))


def _ahead(first: date, n_weeks: int, statement: Statement, name: str) -> Floats:
    """Return the statement's figures for the ``HORIZON`` weeks from each week on."""
    axis = np.full(n_weeks + HORIZON, np.nan)
    start = (statement.first_week - first).days // 7
    figures: Floats = getattr(statement, name)
    lower, upper = max(start, 0), min(start + figures.size, axis.size)
    if upper > lower:
        axis[lower:upper] = figures[lower - start : upper - start]
    return sliding_window_view(axis, HORIZON)


def _midnight(week: date) -> datetime:
    return timezone.make_aware(datetime.combine(week, time.min))


def _targets(actual: Floats, lag: int) -> Positions:
    """Return the places of the newest known weeks whose origin has a past to scale with."""
    newest = np.arange(max(actual.size - TARGETS, LEAST_HISTORY - 1 + lag), actual.size)
    return newest[np.isfinite(actual[newest])]


def _origins(actual: Floats, standing: _Standing, targets: Positions, lag: int) -> Positions:
    origins = targets - lag
    kept: Positions = origins[np.isfinite(standing.mean[origins, lag - 1])]
    return kept


def _measures(
    known: Known, standing: _Standing, origins: Positions, lag: int, terms: Terms
) -> Measures:
    actual = known.quantity[None, :]
    scores = score_beside_references(
        Versions(
            origins=origins,
            mean=standing.mean[None, origins],
            quantile=standing.high[None, origins],
        ),
        actual,
        lag=lag,
        interval=terms.protection_weeks,
        level=float(terms.service_level),
        season=season_of(known),
    )
    own = scores["forecast"]
    return {
        "bias": _number(own.bias),
        "msse": _number(own.msse),
        "wape": _number(own.interval_wape),
        "spl": _number(own.spl),
        "coverage": _number(own.coverage),
        "nervousness": _number(_nervousness(standing, origins, lag)),
        "msse_zero": _number(scores["zero"].msse),
        "msse_naive": _number(scores["seasonal_naive"].msse),
        "actual": known.kind,
        "service_level": float(terms.service_level),
        "protection_weeks": terms.protection_weeks,
        "trend": _trend(known, standing.mean[origins, lag - 1], origins, lag),
    }


def _references(
    actual: Floats, known: Known, origins: Positions, lag: int, terms: Terms
) -> list[Measured]:
    naive = seasonal_naive(actual, origins, horizon=HORIZON, season=season_of(known))
    zero = np.zeros_like(naive)
    found = []
    for step, mean in ((ZERO, zero), (NAIVE, naive)):
        figures = np.full((actual.shape[1], HORIZON), np.nan)
        figures[origins] = mean[0]
        line = _Standing(figures, figures)
        kept = origins[np.isfinite(mean[0, :, lag - 1])]
        if kept.size >= LEAST_TARGETS:
            measures = _measures(known, line, kept, lag, terms)
            measures["nervousness"] = None  # nobody changes a reference
            found.append(Measured(step, lag, kept.size, measures))
    return found


def _nervousness(standing: _Standing, origins: Positions, lag: int) -> float:
    """Return how much the figures for the same weeks changed from the week before (WE-8)."""
    later = origins[origins > 0]
    if not later.size:
        return float("nan")
    return total_nervousness(
        standing.mean[later - 1, lag][:, None], standing.mean[later, lag - 1][:, None]
    )


def _trend(known: Known, mean: Floats, origins: Positions, lag: int) -> list[list[Any]]:
    """Return the MSSE of four weeks after four weeks, each with its first Monday."""
    history = known.quantity[None, : int(origins[0]) + 1]
    targets, last = origins + lag, known.quantity.size
    found = []
    for start in range(last - TARGETS // BLOCK * BLOCK, last, BLOCK):
        inside = (targets >= start) & (targets < start + BLOCK)
        if start >= 0 and inside.any():
            actual = known.quantity[targets[inside]][None, :]
            loss = _number(mean_squared_scaled_error(actual, mean[inside][None, :], history))
            if loss is not None:
                found.append([known.weeks[start].isoformat(), loss])
    return found


def _losses(
    actual: Floats, standing: Mapping[str, _Standing], by_step: Mapping[str, Positions], lag: int
) -> dict[str, Measures]:
    """Return the MSSE of the steps of the chain on the weeks that all of them speak of.

    ``rules.accuracy.value_added`` makes their worth of it. Where too few weeks are common, the
    steps that speak of the fewest are left out.
    """
    steps = [step for step in CHAIN if step in by_step]
    common: set[int] = set()
    while len(steps) > 1:
        common = set.intersection(*({int(each) for each in by_step[step]} for step in steps))
        if len(common) >= LEAST_TARGETS:
            break
        steps.remove(min(steps, key=lambda step: by_step[step].size))
    if len(steps) < 2:
        return {}
    origins = np.array(sorted(common), dtype=np.intp)
    past, target = actual[None, : int(origins[0]) + 1], actual[None, origins + lag]
    losses = [
        (step, mean_squared_scaled_error(target, standing[step].mean[None, origins, lag - 1], past))
        for step in steps
    ]
    if not all(isfinite(loss) for _step, loss in losses):
        return {}
    return {step: {"loss": _number(loss)} for step, loss in losses}


def _number(value: float | None) -> float | None:
    """Return the value as JSON holds it: rounded, None where there is none."""
    return None if value is None or not isfinite(value) else round(float(value), DIGITS)
