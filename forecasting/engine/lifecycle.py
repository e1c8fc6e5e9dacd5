"""Parts that follow others, begin or end: what the past of one says about another."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.classify import DemandClass
from forecasting.engine.dispersion import SMALLEST
from forecasting.engine.negative_binomial import negative_binomial_quantiles
from forecasting.engine.problem import DemandHistory, Forecast

Floats = NDArray[np.float64]

PRIOR_STRENGTH = 6.0
PRIOR_METHOD = "programme-prior"


@dataclass(frozen=True, slots=True)
class Succession:
    """From a bucket on, one part is asked for in place of another.

    Attributes
    ----------
    old, new
        Names of the two series.
    factor
        Pieces of ``new`` that stand for one of ``old``, > 0. With several successors the
        factors hold their shares.
    effective
        Number of the first bucket of ``new``, counted from the first bucket of the history;
        may lie behind its end.
    """

    old: str
    new: str
    factor: float
    effective: int

    def __post_init__(self) -> None:
        if not (np.isfinite(self.factor) and self.factor > 0):
            raise ValueError(f"expected a finite factor > 0, got {self.factor} for {self.old}")
        if self.effective < 0:
            raise ValueError(f"expected a bucket >= 0, got {self.effective} for {self.old}")
        if self.old == self.new:
            raise ValueError(f"expected two different parts, got {self.old} twice")


def combine(history: DemandHistory, successions: Sequence[Succession]) -> DemandHistory:
    """Return the history in which each successor owns the past of what it replaced.

    History of the new part = history of the old one x factor + its own, over all buckets,
    along whole chains; what is missing in both stays missing. The old part is withdrawn then:
    it keeps its figures, and its forecast is nothing. Successions that take effect after the
    last bucket change nothing here; see ``hand_over``.

    Raises ``ValueError`` for a series that is not in the history, a pair given twice, or
    successions that lead back to where they began.
    """
    row = {name: place for place, name in enumerate(history.series)}
    ordered = in_order(successions, row)
    quantity = history.quantity.copy()
    gone = set(history.withdrawn)
    for each in ordered:
        if each.effective >= len(history.periods):
            continue
        old, own = quantity[row[each.old]], quantity[row[each.new]]
        is_known = np.isfinite(old) | np.isfinite(own)
        total = np.nan_to_num(old) * each.factor + np.nan_to_num(own)
        quantity[row[each.new]] = np.where(is_known, total, np.nan)
        gone.add(each.old)
    return replace(history, quantity=quantity, withdrawn=frozenset(gone))


def hand_over(forecast: Forecast, successions: Sequence[Succession], *, n_periods: int) -> Forecast:
    """Return the forecast in which a successor takes over at its bucket of the horizon.

    For successions that take effect after the ``n_periods`` known buckets: from there on the
    new part gets its own forecast plus the old one's x factor, the old part nothing. Quantiles
    are added level by level: the two needs are one need, so they move together. Interval sums
    are refused, since they would have to be cut at the bucket: forecast the parts first, hand
    over, and ask for none.

    Raises ``ValueError`` as ``combine``, and for a forecast with interval sums.
    """
    if forecast.intervals:
        raise ValueError("expected a forecast without interval sums, got some")
    row = {name: place for place, name in enumerate(forecast.series)}
    mean, bounds = forecast.mean.copy(), forecast.quantiles.copy()
    for each in in_order(successions, row):
        first = each.effective - n_periods
        if not 0 <= first < mean.shape[1]:
            continue
        old, new = row[each.old], row[each.new]
        mean[new, first:] += each.factor * forecast.mean[old, first:]
        bounds[new, first:] += each.factor * forecast.quantiles[old, first:]
        mean[old, first:] = 0.0
        bounds[old, first:] = 0.0
    return replace(forecast, mean=mean, quantiles=bounds)


def in_order(successions: Sequence[Succession], known: Mapping[str, int]) -> list[Succession]:
    """Return the successions so that each old part is complete before it is passed on.

    Raises ``ValueError`` as ``combine``.
    """
    by_old: dict[str, list[Succession]] = defaultdict(list)
    before: dict[str, set[str]] = {}
    for each in successions:
        for name in (each.old, each.new):
            if name not in known:
                raise ValueError(f"expected a series of the history, got {name}")
        if each.old in before.get(each.new, set()):
            raise ValueError(f"expected one succession of {each.old} by {each.new}, got two")
        by_old[each.old].append(each)
        before.setdefault(each.new, set()).add(each.old)
    try:
        order = list(TopologicalSorter(before).static_order())
    except CycleError as circle:
        path = " -> ".join(circle.args[1])
        raise ValueError(f"expected successions without a circle, got {path}") from None
    return [each for name in order for each in by_old[name]]


def programme_prior(volume: Floats, *, usage: float, take_rate: float) -> Floats:
    """Return what a programme will ask of a part: volume x usage x take rate.

    Parameters
    ----------
    volume
        Vehicles (or assemblies) per future bucket, any shape, >= 0.
    usage
        Pieces per vehicle that has the part, > 0.
    take_rate
        Share of vehicles that have it, in [0, 1].

    Raises ``ValueError`` outside these ranges.
    """
    if not (np.isfinite(volume) & (volume >= 0)).all():
        raise ValueError("expected finite volumes >= 0, got others")
    if not (np.isfinite(usage) and usage > 0):
        raise ValueError(f"expected a finite usage > 0, got {usage}")
    if not 0 <= take_rate <= 1:
        raise ValueError(f"expected a take rate in [0, 1], got {take_rate}")
    need: Floats = volume * usage * take_rate
    return need


def with_priors(
    history: DemandHistory,
    forecast: Forecast,
    priors: Mapping[str, Floats],
    *,
    strength: float = PRIOR_STRENGTH,
) -> Forecast:
    """Return the forecast in which new parts lean on what their programme will ask for.

    Mean = n / (n + k) x own forecast + k / (n + k) x prior, with n known buckets and k =
    ``strength`` buckets, > 0. Quantiles are drawn anew around it with the part's dispersion.
    Only series that are new, or of which nothing is known yet, are touched.

    Parameters
    ----------
    priors
        By series: expected demand, shape ``(horizon,)`` [units per bucket], finite and >= 0.

    Raises ``ValueError`` for a prior of another shape or range, or a forecast with interval
    sums.
    """
    if forecast.intervals:
        raise ValueError("expected a forecast without interval sums, got some")
    mean, bounds = forecast.mean.copy(), forecast.quantiles.copy()
    method, horizon = list(forecast.method), forecast.mean.shape[1]
    for place, name in enumerate(forecast.series):
        young = forecast.demand_class[place] in {DemandClass.NEW.value, DemandClass.NO_DATA.value}
        if not young or name not in priors:
            continue
        prior = np.asarray(priors[name], dtype=np.float64)
        if prior.shape != (horizon,) or not (np.isfinite(prior) & (prior >= 0)).all():
            raise ValueError(f"expected {horizon} finite priors >= 0 for {name}, got {prior}")
        known = float(np.isfinite(history.quantity[place]).sum())
        mean[place] = (known * mean[place] + strength * prior) / (known + strength)
        phi = np.array([max(float(forecast.dispersion[place]), SMALLEST)])
        bounds[place] = negative_binomial_quantiles(mean[place], phi, forecast.levels)
        method[place] = PRIOR_METHOD
    return replace(forecast, mean=mean, quantiles=bounds, method=tuple(method))
