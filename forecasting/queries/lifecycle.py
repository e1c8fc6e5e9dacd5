"""What follows what, where parts are in their life, and the last-time buy of those that end."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Q

from collab.organisations.clock import own_day
from forecasting.engine.dispersion import residuals, shrinkage
from forecasting.engine.paths import moving_average
from forecasting.engine.problem import DemandHistory as History
from forecasting.models import DemandHistory, DemandSeries, LifeCycle, Succession
from forecasting.services.history import buckets_between, period_name
from forecasting.services.lifecycle_inputs import Calendar, fading, read_life

LEVELS = (0.5, 0.9, 0.95)
LONGEST_CHAIN = 20
MOST_ENDINGS = 500


@dataclass(frozen=True, slots=True)
class SuccessionRow:
    """One part that follows another; ``path`` is the whole chain it stands in."""

    id: UUID
    old: str
    old_name: str
    new: str
    new_name: str
    factor: Decimal
    effective_on: date
    is_effective: bool
    path: Sequence[str]
    version: int


@dataclass(frozen=True, slots=True)
class LastTimeBuy:
    """What a part will still be asked for until its end [base units], over all its series.

    ``quantiles`` are the remaining sums not exceeded with 50, 90 and 95 %; with several series
    they are added, which is on the safe side.
    """

    expected: float
    quantiles: Sequence[float]
    unit: str


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """Where one part is in its life."""

    id: UUID
    part_number: str
    name: str
    phase: str
    label: str
    from_on: date
    until_on: date | None
    prior: Mapping[str, Any]
    buy: LastTimeBuy | None
    version: int


def succession_rows(*, part: str = "") -> list[SuccessionRow]:
    """Return the successions by day, of all parts or those whose number begins with ``part``."""
    every = list(Succession.objects.select_related("old_part", "new_part"))
    after = {each.old_part.number: each.new_part.number for each in every}
    before = {each.new_part.number: each.old_part.number for each in every}
    wanted = part.casefold()
    today = own_day()
    rows = [
        SuccessionRow(
            each.pk,
            each.old_part.number,
            each.old_part.name,
            each.new_part.number,
            each.new_part.name,
            each.factor.normalize(),
            each.effective_on,
            each.effective_on <= today,
            _path(each.old_part.number, before)[::-1] + _path(each.new_part.number, after),
            each.version,
        )
        for each in every
        if each.old_part.number.casefold().startswith(wanted)
        or each.new_part.number.casefold().startswith(wanted)
    ]
    return sorted(rows, key=lambda row: (row.effective_on, row.old, row.new), reverse=True)


def phases(*, part: str = "", phase: str = "") -> Any:
    """Return the parts whose phase somebody has said, as a query set."""
    rows = LifeCycle.objects.select_related("part")
    if part:
        rows = rows.filter(Q(part__number__istartswith=part))
    return rows.filter(phase=phase) if phase else rows


def phase_rows(rows: Sequence[LifeCycle]) -> list[PhaseRow]:
    """Return plain rows with the last-time buy of the parts that run out."""
    ending = [each.part_id for each in rows if each.phase == LifeCycle.Phase.RUN_OUT]
    buys = last_time_buys(ending[:MOST_ENDINGS])
    return [
        PhaseRow(
            each.pk,
            each.part.number,
            each.part.name,
            each.phase,
            str(each.get_phase_display()),
            each.from_on,
            each.until_on,
            each.prior,
            buys.get(each.part_id),
            each.version,
        )
        for each in rows
    ]


def last_time_buys(part_ids: Sequence[UUID]) -> dict[UUID, LastTimeBuy]:
    """Return by part what is still to come of it; nothing for one without history or time left."""
    series = list(DemandSeries.objects.filter(part_id__in=part_ids, is_active=True).order_by("pk"))
    by_frequency: dict[str, list[DemandSeries]] = defaultdict(list)
    for each in series:
        by_frequency[each.frequency].append(each)
    found: dict[UUID, LastTimeBuy] = {}
    for frequency, members in by_frequency.items():
        for each, buy in _buys(members, frequency):
            other = found.get(each.part_id)
            found[each.part_id] = buy if other is None else _sum(other, buy)
    return found


def _buys(series: Sequence[DemandSeries], frequency: str) -> list[tuple[DemandSeries, LastTimeBuy]]:
    row_of = {each.pk: row for row, each in enumerate(series)}
    rows = DemandHistory.objects.filter(series_id__in=list(row_of), quantity__isnull=False)
    known = list(rows.values_list("series_id", "period", "quantity"))
    if not known:
        return []
    periods = buckets_between(
        min(period for _key, period, _quantity in known),
        max(period for _key, period, _quantity in known),
        frequency,
    )
    column = {period: place for place, period in enumerate(periods)}
    quantity = np.full((len(series), len(periods)), np.nan)
    for key, period, figure in known:
        if period in column and figure is not None:
            quantity[row_of[key], column[period]] = float(figure)
    history = History(
        series=tuple(str(each.pk) for each in series),
        periods=tuple(period_name(period, frequency) for period in periods),
        frequency=frequency,  # type: ignore[arg-type]  # one of the model's choices
        quantity=quantity,
    )
    life = read_life(series, Calendar(periods, frequency, 1))
    errors = residuals(quantity, moving_average(quantity)[:, :-1])
    phi = shrinkage(errors).dispersion(errors)
    outcomes = fading(history, life.endings, phi, np.array(LEVELS))
    found = []
    for each in series:
        if str(each.pk) in outcomes:
            outcome, row = outcomes[str(each.pk)]
            bounds = tuple(float(value) for value in outcome.quantiles[row])
            found.append((each, LastTimeBuy(float(outcome.total[row]), bounds, each.unit)))
    return found


def _sum(one: LastTimeBuy, other: LastTimeBuy) -> LastTimeBuy:
    bounds = tuple(a + b for a, b in zip(one.quantiles, other.quantiles, strict=True))
    return LastTimeBuy(one.expected + other.expected, bounds, one.unit)


def _path(start: str, onward: Mapping[str, str]) -> list[str]:
    """Return the chain from ``start`` on; of several followers one is taken."""
    found = [start]
    while found[-1] in onward and len(found) < LONGEST_CHAIN:
        found.append(onward[found[-1]])
    return found
