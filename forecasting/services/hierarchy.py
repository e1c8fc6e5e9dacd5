"""A run's forecasts over programmes, plants and suppliers, made to add up (FC-27)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from collab.masterdata.models import Part
from collab.masterdata.queries import explosion
from collab.organisations.names import NOBODY, names_of
from forecasting.engine.batch import UNANSWERED, Progress, forecast
from forecasting.engine.dispersion import SMALLEST
from forecasting.engine.negative_binomial import negative_binomial_quantiles
from forecasting.engine.nodes import node_toolbox
from forecasting.engine.problem import DemandHistory, Forecast
from forecasting.engine.reconciliation import (
    PATHS,
    Hierarchy,
    hierarchy,
    reconcile,
    summed_quantiles,
)
from forecasting.models import DemandSeries

Floats = NDArray[np.float64]
MOST_PROGRAMMES = 50
MOST_DRAWS = 5_000_000  # outcomes held at once
LEAST_PATHS = 100
LOW, HIGH = 0.1, 0.9
DIGITS = 3


class Method(TextChoices):
    """How sums and parts are made to agree."""

    BOTTOM_UP = "bottom_up", _("Sums of the parts")
    LEAST_SQUARES = "least_squares", _("Sums forecast on their own, then reconciled")


class Level(StrEnum):
    """What an aggregate sums."""

    TOTAL = "total"
    PROGRAMME = "programme"
    PLANT = "plant"
    SUPPLIER = "supplier"


@dataclass(frozen=True, slots=True)
class Node:
    """An aggregate of a run: its series by row, with the last known buckets and the forecast.

    ``mean`` has one figure per future bucket [base units], as have ``low`` and ``high``, its 10
    and 90 % quantiles; empty where there are too many series to draw.
    """

    level: str
    name: str
    series: int
    past: Sequence[float | None]
    mean: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]

    def as_json(self) -> dict[str, Any]:
        """Return the node as the run keeps it."""
        return {
            "level": self.level, "name": self.name, "series": self.series,
            "past": list(self.past), "mean": list(self.mean),
            "low": list(self.low), "high": list(self.high),
        }  # fmt: skip


Groups = Mapping[tuple[str, str], Sequence[int]]


def read_groups(series: Sequence[DemandSeries], *, on: date) -> Groups:
    """Return the rows of ``series`` by aggregate: total, programme, plant and supplier.

    Programmes by the bill of material of the day ``on``.

    A part that several programmes use belongs to each of them.
    """
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    names = names_of({each.counterparty_id for each in series})
    rows_of_part: dict[UUID, list[int]] = defaultdict(list)
    for row, each in enumerate(series):
        found[Level.TOTAL.value, ""].append(row)
        if each.site_code:
            found[Level.PLANT.value, each.site_code].append(row)
        supplier = names.get(each.counterparty_id, NOBODY).short
        found[Level.SUPPLIER.value, supplier or str(each.counterparty_id)].append(row)
        rows_of_part[each.part_id].append(row)
    programmes = Part.objects.filter(kind="programme", is_active=True).order_by("number")
    for part in programmes[:MOST_PROGRAMMES]:
        below = explosion({part.pk: Decimal(1)}, on=on)
        rows = sorted(row for key in below for row in rows_of_part.get(key, []))
        if rows:
            found[Level.PROGRAMME.value, part.number] = rows
    return dict(found)


def made_coherent(
    history: DemandHistory,
    found: Forecast,
    groups: Groups,
    *,
    method: str,
    recent: int,
    on_progress: Progress | None = None,
) -> tuple[Forecast, list[Node]]:
    """Return the forecast whose aggregates are exact sums, and these aggregates.

    Bottom-up leaves the parts as they are. By least squares the aggregates are forecast on
    their own, with exponential smoothing models where they are few, and parts and aggregates
    move towards each other. Parts that are withdrawn or unknown stay out of both.
    """
    answered = [row for row, each in enumerate(found.demand_class) if each not in UNANSWERED]
    place = {row: number for number, row in enumerate(answered)}
    keys = {f"{level}:{name}": (level, name) for level, name in groups}
    tree = hierarchy(
        {
            f"{level}:{name}": [place[row] for row in rows if row in place]
            for (level, name), rows in groups.items()
        },
        len(answered),
    )
    past = _past(tree, history.quantity[answered])
    if method == Method.LEAST_SQUARES and tree.names:
        own = _forecast_of(tree, past, history, found, on_progress)
        found = _moved(found, answered, reconcile(tree, own, found.mean[answered]).bottom)
    sums = tree.sums(found.mean[answered])
    bounds = _bounds(tree, found, answered)
    nodes = []
    for row, key in enumerate(tree.names):
        level, name = keys[key]
        nodes.append(
            Node(
                level,
                name,
                int(tree.summing.indptr[row + 1] - tree.summing.indptr[row]),
                [_rounded(each) for each in past[row, -recent:]],
                [round(float(each), DIGITS) for each in sums[row]],
                *_range(bounds, row),
            )
        )
    return found, nodes


def _past(tree: Hierarchy, quantity: Floats) -> Floats:
    """Return the sums of what is known; a bucket in which nothing is known stays missing."""
    known = tree.sums(np.isfinite(quantity).astype(np.float64))
    return np.where(known > 0, tree.sums(np.nan_to_num(quantity)), np.nan)


def _forecast_of(
    tree: Hierarchy,
    past: Floats,
    history: DemandHistory,
    found: Forecast,
    on_progress: Progress | None,
) -> Floats:
    problem = DemandHistory(
        series=tree.names,
        periods=history.periods,
        frequency=history.frequency,
        quantity=past,
    )
    outcome = forecast(
        problem,
        horizon=found.mean.shape[1],
        quantiles=found.levels.tolist(),
        seed=found.seed,
        on_progress=on_progress,
        toolbox=node_toolbox(len(tree.names)),
    )
    return outcome.mean


def _moved(found: Forecast, rows: Sequence[int], moved: Floats) -> Forecast:
    """Return the forecast with other means, its quantiles moved along with them."""
    mean, bounds = found.mean.copy(), found.quantiles.copy()
    before = mean[rows]
    scale = np.divide(moved, before, out=np.ones_like(moved), where=before > 0)
    phi = np.maximum(found.dispersion[rows], SMALLEST)[:, None]
    anew = negative_binomial_quantiles(moved, phi, found.levels)
    bounds[rows] = np.where(before[..., None] > 0, bounds[rows] * scale[..., None], anew)
    mean[rows] = moved
    return replace(found, mean=mean, quantiles=bounds)


def _bounds(tree: Hierarchy, found: Forecast, rows: Sequence[int]) -> tuple[Floats, Floats] | None:
    """Return the 10 and 90 % quantiles of the sums, drawn; None for too many series."""
    paths = min(PATHS, MOST_DRAWS // max(1, len(rows)))
    wanted = [int(np.argmin(np.abs(found.levels - level))) for level in (LOW, HIGH)]
    if paths < LEAST_PATHS or found.levels.size < 2 or not tree.names:
        return None
    drawn = summed_quantiles(
        tree, found.quantiles[rows], found.levels, seed=found.seed, paths=paths
    )
    return drawn[..., wanted[0]], drawn[..., wanted[1]]


def _range(bounds: tuple[Floats, Floats] | None, row: int) -> tuple[list[float], list[float]]:
    if bounds is None:
        return [], []
    low, high = ([round(float(each), DIGITS) for each in side[row]] for side in bounds)
    return low, high


def _rounded(value: float) -> float | None:
    return round(float(value), DIGITS) if np.isfinite(value) else None
