"""The life cycle of parts as the batch forecast takes it: before it computes, and after (FC-26)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from collab.masterdata.queries import explosion, part_by_number
from forecasting.daily import next_period
from forecasting.engine.classify import DemandClass
from forecasting.engine.dispersion import SMALLEST
from forecasting.engine.lifecycle import (
    PRIOR_METHOD,
    combine,
    hand_over,
    programme_prior,
    with_priors,
)
from forecasting.engine.lifecycle import Succession as Edge
from forecasting.engine.negative_binomial import negative_binomial_quantiles
from forecasting.engine.problem import DemandHistory, Forecast
from forecasting.engine.run_out import RunOut, run_out
from forecasting.models import DemandSeries, LifeCycle, Succession

Floats = NDArray[np.float64]
Phase = LifeCycle.Phase
RUN_OUT_METHOD = "run-out-decay"
LEAST_FADING = 12  # buckets that show how demand fades
BUCKETS_PER_MONTH = {"M": 1.0, "W": 52 / 12, "D": 365 / 12}


@dataclass(frozen=True, slots=True)
class Calendar:
    """The buckets of a run: known ones from ``periods``, then ``horizon`` to come."""

    periods: Sequence[date]
    frequency: str
    horizon: int

    def bucket_of(self, day: date) -> int:
        """Return the number of the bucket that holds ``day``, counted from the first; >= 0."""
        place, first = 0, self.periods[0]
        while (after := next_period(first, self.frequency)) <= day:
            place, first = place + 1, after
        return place


@dataclass(frozen=True, slots=True)
class Ending:
    """A part that runs out: since which bucket it fades, and how many it still has."""

    since: int
    remaining: int


@dataclass(frozen=True, slots=True)
class Life:
    """What is said about the life of a run's series; series by the name the engine knows."""

    successions: Sequence[Edge] = ()
    endings: Mapping[str, Ending] = field(default_factory=dict)
    withdrawn: frozenset[str] = frozenset()
    priors: Mapping[float, Mapping[str, Floats]] = field(default_factory=dict)  # by strength

    def prepared(self, history: DemandHistory) -> DemandHistory:
        """Return the history in which successors own the past, and endings are marked."""
        marked = replace(
            history,
            running_out=history.running_out | frozenset(self.endings),
            withdrawn=history.withdrawn | self.withdrawn,
        )
        return combine(marked, self.successions) if self.successions else marked

    def finished(self, history: DemandHistory, found: Forecast) -> Forecast:
        """Return the forecast with priors for new parts, decay, and successors taking over."""
        for strength, priors in self.priors.items():
            found = with_priors(history, found, priors, strength=strength)
        if self.priors:
            found = _awake(found)
        if self.endings:
            found = _faded(history, found, self.endings)
        if self.successions:
            found = hand_over(found, self.successions, n_periods=len(history.periods))
        return found


def read_life(series: Sequence[DemandSeries], calendar: Calendar) -> Life:
    """Return the life cycle of the acting organisation's ``series``, named by their key."""
    by_part: dict[UUID, list[DemandSeries]] = defaultdict(list)
    for each in series:
        by_part[each.part_id].append(each)
    endings, withdrawn = {}, set()
    priors: dict[float, dict[str, Floats]] = defaultdict(dict)
    n_known = len(calendar.periods)
    for row in LifeCycle.objects.filter(part_id__in=list(by_part)).order_by("pk"):
        names = [str(each.pk) for each in by_part[row.part_id]]
        since = calendar.bucket_of(row.from_on)
        if row.phase == Phase.WITHDRAWN and since <= n_known:
            withdrawn.update(names)
        elif row.phase == Phase.RUN_OUT and row.until_on is not None and since <= n_known:
            remaining = max(0, calendar.bucket_of(row.until_on) + 1 - n_known)
            endings.update(dict.fromkeys(names, Ending(min(since, n_known), remaining)))
        elif row.phase == Phase.NEW and row.prior:
            prior = prior_of(row, calendar) / len(names)
            for name in names:
                priors[float(row.prior.get("strength", 6))][name] = prior
    return Life(_edges(by_part, calendar), endings, frozenset(withdrawn), dict(priors))


def prior_of(row: LifeCycle, calendar: Calendar) -> Floats:
    """Return what the programme will ask of a new part, shape ``(horizon,)`` [units a bucket].

    Nothing before the part's first day. Without a stated usage that of the bill of material.
    """
    told: dict[str, Any] = row.prior
    usage, take_rate = told.get("usage"), float(told.get("take_rate", 1))
    pieces = float(usage) if usage is not None else _usage(told["programme"], row)
    first = calendar.bucket_of(row.from_on) - len(calendar.periods)
    volume = np.full(calendar.horizon, float(told["volume"]))
    volume /= BUCKETS_PER_MONTH[calendar.frequency]
    volume[: max(0, first)] = 0.0
    if pieces <= 0:
        return np.zeros(calendar.horizon)
    return programme_prior(volume, usage=pieces, take_rate=take_rate)


def fading(history: DemandHistory, endings: Mapping[str, Ending], dispersion: Floats,
           levels: Floats) -> dict[str, tuple[RunOut, int]]:  # fmt: skip
    """Return by series the run-out of its group and its row in it.

    Parts that fade since the same bucket and end in the same one share a decay. ``dispersion``
    has shape ``(n_series,)`` in the order of the history.
    """
    groups: dict[Ending, list[str]] = defaultdict(list)
    for name, ending in endings.items():
        groups[ending].append(name)
    row_of = {name: row for row, name in enumerate(history.series)}
    found = {}
    for ending, names in groups.items():
        rows = [row_of[name] for name in names]
        n_known = history.quantity.shape[1]
        since = max(0, min(ending.since, n_known - LEAST_FADING))
        if ending.remaining:
            outcome = run_out(
                history.quantity[rows, since:],
                horizon=ending.remaining,
                levels=levels,
                dispersion=dispersion[rows],
            )
            found.update({name: (outcome, place) for place, name in enumerate(names)})
    return found


def _edges(by_part: Mapping[UUID, Sequence[DemandSeries]], calendar: Calendar) -> list[Edge]:
    edges = []
    rows = Succession.objects.filter(old_part_id__in=list(by_part), new_part_id__in=list(by_part))
    for row in rows.order_by("pk"):
        for old in by_part[row.old_part_id]:
            new = _successor(old, by_part[row.new_part_id])
            if new is not None:
                edges.append(
                    Edge(
                        old=str(old.pk),
                        new=str(new.pk),
                        factor=float(row.factor),
                        effective=calendar.bucket_of(row.effective_on),
                    )
                )
    return edges


def _successor(old: DemandSeries, candidates: Sequence[DemandSeries]) -> DemandSeries | None:
    """Return the series that takes over: of the same supplier and site, else the only one there."""
    here = [each for each in candidates if each.site_code == old.site_code]
    same = [each for each in here if each.counterparty_id == old.counterparty_id]
    for found in (same, here, candidates):
        if len(found) == 1:
            return found[0]
    return None


def _usage(programme: str, row: LifeCycle) -> float:
    top = part_by_number(programme)
    if top is None:
        return 0.0
    need = explosion({top.id: Decimal(1)}, on=row.from_on).get(row.part_id)
    return float(need[1].quantity) if need else 0.0


def _awake(found: Forecast) -> Forecast:
    """Return the forecast in which parts without data that a programme asks for are new."""
    classes = [
        DemandClass.NEW.value
        if method == PRIOR_METHOD and each == DemandClass.NO_DATA.value
        else each
        for method, each in zip(found.method, found.demand_class, strict=True)
    ]
    return replace(found, demand_class=tuple(classes))


def _faded(history: DemandHistory, found: Forecast, endings: Mapping[str, Ending]) -> Forecast:
    """Return the forecast in which parts that run out follow their common decay, then nothing."""
    mean, bounds, method = found.mean.copy(), found.quantiles.copy(), list(found.method)
    outcomes = fading(history, endings, found.dispersion, found.levels)
    for row, name in enumerate(found.series):
        if name not in endings:
            continue
        mean[row] = 0.0
        if name in outcomes:
            outcome, place = outcomes[name]
            until = min(outcome.mean.shape[1], mean.shape[1])
            mean[row, :until] = outcome.mean[place, :until]
        phi = np.array([max(float(found.dispersion[row]), SMALLEST)])
        bounds[row] = negative_binomial_quantiles(mean[row], phi, found.levels)
        method[row] = RUN_OUT_METHOD
    return replace(found, mean=mean, quantiles=bounds, method=tuple(method))
