"""What people added to a plan: accepted market signals (FC-20) and planners' overrides (FC-23)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import Any
from uuid import UUID

import numpy as np

from forecasting.engine.accuracy import mean_squared_scaled_error
from forecasting.models import DemandVersion, MarketSignal, Step
from forecasting.rules.accuracy import value_added
from forecasting.services.measure_scores import (
    DIGITS,
    LEAST_HISTORY,
    TARGETS,
    Known,
    Measured,
)
from forecasting.services.versions import weekly_of
from forecasting.week_figures import WEEK, Weekly, monday_of

OVERRIDE = "override"


@dataclass(slots=True)
class _Pairs:
    """What happened in some weeks, and what was said about them before and after."""

    actual: list[float] = field(default_factory=list)
    before: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    first: date | None = None

    def add(self, known: Known, week: date, before: Any, after: Any) -> None:
        """Keep a week in which all three figures are known."""
        place = (week - known.weeks[0]).days // 7
        if before is None or after is None or not 0 <= place < known.quantity.size:
            return
        if isfinite(known.quantity[place]):
            self.actual.append(float(known.quantity[place]))
            self.before.append(float(before))
            self.after.append(float(after))
            self.first = min(self.first or week, week)

    def losses(self, known: Known) -> tuple[float, float] | None:
        """Return the MSSE before and after, scaled by what was known before the first week."""
        if self.first is None:
            return None
        place = (self.first - known.weeks[0]).days // 7
        past = known.quantity[None, : max(place, LEAST_HISTORY)]
        actual = np.array([self.actual])
        found = tuple(
            mean_squared_scaled_error(actual, np.array([line]), past)
            for line in (self.before, self.after)
        )
        return (found[0], found[1]) if all(map(isfinite, found)) else None


def signal_worth(
    signal: MarketSignal, versions: Sequence[DemandVersion], known: Mapping[UUID, Known | None]
) -> dict[str, Any] | None:
    """Return the skill [%] of the signal's versions against those before, None if not yet known.

    Mean loss over the series; positive = the signal made the plan better.
    """
    before = _before(versions)
    losses, weeks = [], 0
    for version in versions:
        happened, earlier = known.get(version.series_id), before.get(version.pk)
        if happened is None or earlier is None:
            continue
        pairs = _Pairs()
        told, changed = weekly_of(version), weekly_of(earlier)
        for week in told.weeks():
            if monday_of(signal.valid_from) <= week <= signal.valid_to:
                pairs.add(happened, week, changed.at(week), told.at(week))
        found = pairs.losses(happened)
        if found is not None:
            losses.append(found)
            weeks += len(pairs.actual)
    if not losses:
        return None
    first, second = (float(np.mean(each)) for each in zip(*losses, strict=True))
    added = value_added([("before", first), ("signal", second)])[1].added
    return {
        "skill": None if added is None else round(added * 100, 1),
        "before": round(first, DIGITS),
        "after": round(second, DIGITS),
        "series": len(losses),
        "weeks": weeks,
    }


def override_scores(series_id: UUID, known: Known) -> list[Measured]:
    """Return how a planner's overrides of one series turned out, at lag 0; nothing without any.

    Each overruled week counts once, by the last override of it; it is judged against the
    version that the planner saw.
    """
    since = known.weeks[-1] - WEEK * TARGETS
    versions = DemandVersion.objects.filter(
        series_id=series_id, step=Step.PLANNER, created_at__date__gte=since
    ).order_by("number")
    judged: dict[date, tuple[Any, Any]] = {}
    made = list(versions)
    before = _before(made)
    for version in made:
        seen: Weekly | None = weekly_of(before[version.pk]) if version.pk in before else None
        said = weekly_of(version)
        for week in map(date.fromisoformat, version.reasons):
            old, new = seen.at(week) if seen else None, said.at(week)
            if old != new:
                judged[week] = (old, new)
    pairs = _Pairs()
    for week, (old, new) in judged.items():
        pairs.add(known, week, old, new)
    losses = pairs.losses(known)
    if losses is None:
        return []
    better = sum(
        abs(after - actual) < abs(before - actual)
        for actual, before, after in zip(pairs.actual, pairs.before, pairs.after, strict=True)
    )
    added = value_added([("before", losses[0]), ("after", losses[1])])[1].added
    measures = {
        "cells": len(pairs.actual),
        "better": better,
        "skill": None if added is None else round(added, DIGITS),
        "actual": known.kind,
    }
    return [Measured(OVERRIDE, 0, len(pairs.actual), measures)]


def _before(versions: Iterable[DemandVersion]) -> dict[UUID, DemandVersion]:
    """Return by version the one that it followed."""
    rows = list(versions)
    earlier = {
        (each.series_id, each.number): each
        for each in DemandVersion.objects.filter(
            series_id__in={row.series_id for row in rows},
            number__in={row.number - 1 for row in rows},
        )
    }
    return {
        row.pk: earlier[row.series_id, row.number - 1]
        for row in rows
        if (row.series_id, row.number - 1) in earlier
    }
