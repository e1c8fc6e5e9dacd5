"""Whether newly fitted parameters are worth using: held against the present ones (TR-13).

Rolling origin: past trips are cut at several instants; a model fitted on what lay before each is
judged on what came after, beside the model in use, on the same pings. What is compared is the mean
pinball loss of P10, P50 and P90 (Koenker and Bassett, 1978), a proper score: it is least for the
quantiles that are true, so neither a range too wide nor one too narrow can win by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean
from typing import Protocol

from transport.rules.eta import estimate
from transport.rules.eta_fit import (
    BreakSample,
    DriveSample,
    DwellSample,
    History,
    Observation,
    fit,
)
from transport.rules.eta_model import Eta, EtaModel

LEVELS = (0.1, 0.5, 0.9)
WANTED_WITHIN = 0.8
USUAL_MISS = 0.05  # of the share in the range: as near as four of five is good enough
FOLDS = 3
LEAST_HELD_OUT = 15
MOST_PER_TRIP = 12  # pings of one trip that count; neighbours tell the same


class PastTrip(Protocol):
    """One finished run as tracking saw it."""

    @property
    def arrived_at(self) -> datetime: ...
    @property
    def drives(self) -> tuple[DriveSample, ...]: ...
    @property
    def dwells(self) -> tuple[DwellSample, ...]: ...
    @property
    def short_breaks(self) -> tuple[BreakSample, ...]: ...
    @property
    def long_breaks(self) -> tuple[float, ...]: ...
    @property
    def observations(self) -> tuple[Observation, ...]: ...


@dataclass(frozen=True, slots=True)
class Score:
    """Mean pinball loss [min] and share of arrivals between P10 and P90, each trip alike."""

    loss: float
    within: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A model fitted on all trips, and how its kind did on trips not seen, beside the present."""

    model: EtaModel
    held_out: int
    score: Score
    before: Score

    @property
    def is_better(self) -> bool:
        """True if the loss is no greater, and the range holds four of five at least as nearly."""
        most = max(abs(self.before.within - WANTED_WITHIN), USUAL_MISS)
        return (
            self.score.loss <= self.before.loss and abs(self.score.within - WANTED_WITHIN) <= most
        )


def judge(
    trips: Sequence[PastTrip], current: EtaModel, *, seen_until: datetime | None, name: str
) -> Judged | None:
    """Return a model of ``trips`` judged beside ``current``; ``None`` while they are too few.

    ``seen_until`` is the arrival of the newest trip that ``current`` was fitted on: trips up to it
    are no test of it. At most the newer half of all trips is held out.
    """
    seen = [each for each in trips if each.observations]
    ordered = sorted(seen, key=lambda each: each.arrived_at)
    fresh = [each for each in ordered if seen_until is None or each.arrived_at > seen_until]
    held = fresh[-max(LEAST_HELD_OUT, len(ordered) // 2) :]
    if len(held) < LEAST_HELD_OUT:
        return None
    new: list[Score] = []
    old: list[Score] = []
    for fold in _folds(held):
        known = [each for each in ordered if each.arrived_at < fold[0].arrived_at]
        try:
            fitted = fit(history_of(known), name)
        except ValueError:  # not enough before this origin
            return None
        new += [_score(each, fitted) for each in fold]
        old += [_score(each, current) for each in fold]
    return Judged(fit(history_of(ordered), name), len(held), _mean(new), _mean(old))


def history_of(trips: Sequence[PastTrip]) -> History:
    """Return what a fit learns from: all samples, and pings of each trip evenly apart."""
    return History(
        drives=tuple(each for trip in trips for each in trip.drives),
        dwells=tuple(each for trip in trips for each in trip.dwells),
        short_breaks=tuple(each for trip in trips for each in trip.short_breaks),
        long_breaks=tuple(each for trip in trips for each in trip.long_breaks),
        observations=tuple(each for trip in trips for each in _some(trip)),
    )


def pinball(eta: Eta, arrived_at: datetime) -> float:
    """Return the mean pinball loss [min] of an estimate's P10, P50 and P90."""
    told = (eta.p10, eta.p50, eta.p90)
    errors = [(arrived_at - each) / timedelta(minutes=1) for each in told]
    return fmean(
        max(level * error, (level - 1) * error) for level, error in zip(LEVELS, errors, strict=True)
    )


def _folds(held: Sequence[PastTrip]) -> list[Sequence[PastTrip]]:
    bounds = [len(held) * number // FOLDS for number in range(FOLDS + 1)]
    return [held[low:high] for low, high in pairwise(bounds)]


def _some(trip: PastTrip) -> tuple[Observation, ...]:
    seen = trip.observations
    step = max(1, -(-len(seen) // MOST_PER_TRIP))
    return seen[::step]


def _score(trip: PastTrip, model: EtaModel) -> Score:
    pairs = [(estimate(each.remaining, model), each.arrived_at) for each in _some(trip)]
    return Score(
        fmean(pinball(eta, arrived) for eta, arrived in pairs),
        fmean(eta.p10 <= arrived <= eta.p90 for eta, arrived in pairs),
    )


def _mean(scores: Sequence[Score]) -> Score:
    return Score(fmean(each.loss for each in scores), fmean(each.within for each in scores))
