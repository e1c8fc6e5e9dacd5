"""What buffers need to know of demand: how it scatters, and which stock serves a portfolio."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, stdev
from uuid import UUID

import numpy as np

from collab.organisations.context import acting_organisation_id
from forecasting.engine.allocation import allocate_for_fill, curves, expected_fill
from forecasting.models import DemandHistory, DemandSeries
from forecasting.queries.demand import DemandKey

LOOK_BACK_DAYS = 730
LEAST_BUCKETS = 6
BUCKET_DAYS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12}
LEAST_DISPERSION = 1e-9
MOST_UNITS = 5_000
MARGIN_SIGMAS = 8


@dataclass(frozen=True, slots=True)
class Spread:
    """Past demand of one series: mean and standard deviation per calendar day [base units].

    The days of a bucket are taken as independent, so sd of a day = sd of a bucket / sqrt(days).
    ``buckets`` are the known quantities, oldest first, of ``bucket_days`` days each.
    """

    mean: float
    sigma: float
    buckets: tuple[float, ...]
    bucket_days: float


@dataclass(frozen=True, slots=True)
class StockItem:
    """One item of a portfolio: demand of its protection interval in whole units of stock.

    ``unit_cost`` is the value of one such unit, > 0.
    """

    mean: float
    variance: float
    unit_cost: float


@dataclass(frozen=True, slots=True)
class PortfolioStock:
    """Stock per item in the order asked [units], and the share of all demand it serves."""

    units: tuple[int, ...]
    fill: float


def demand_spread(
    keys: Collection[DemandKey], *, today: date
) -> dict[DemandKey, dict[str, Spread]]:
    """Return how one's own demand scattered in the last two years, by site of the series.

    Series with fewer than six known whole buckets are left out; so is any series of others,
    whose history is theirs alone. Two queries, however many keys.
    """
    owner = acting_organisation_id()
    wanted = {key for key in keys if key.customer_id == owner}
    if not wanted:
        return {}
    series = {
        row.pk: row
        for row in DemandSeries.objects.filter(
            owner_id=owner, is_active=True, part_number__in={key.part_number for key in wanted}
        )
        if DemandKey(owner, row.counterparty_id, row.part_number) in wanted
    }
    known: dict[UUID, list[float]] = defaultdict(list)
    rows = DemandHistory.objects.filter(
        series_id__in=list(series), period__gte=today - timedelta(days=LOOK_BACK_DAYS),
        period__lt=today, quantity__isnull=False,
    ).order_by("series_id", "period")  # fmt: skip
    for series_id, period, quantity in rows.values_list("series_id", "period", "quantity"):
        days = BUCKET_DAYS[series[series_id].frequency]
        if period + timedelta(days=days) <= today and quantity is not None:
            known[series_id].append(float(quantity))
    found: dict[DemandKey, dict[str, Spread]] = defaultdict(dict)
    for series_id, buckets in known.items():
        if len(buckets) >= LEAST_BUCKETS:
            row = series[series_id]
            key = DemandKey(owner, row.counterparty_id, row.part_number)
            found[key][row.site_code] = _spread(buckets, BUCKET_DAYS[row.frequency])
    return dict(found)


def portfolio_stock(items: Sequence[StockItem], *, fill: float) -> PortfolioStock:
    """Return the cheapest stock whose expected fill over all items together is ``fill``.

    Service is not the same for all: the next unit always goes where it avoids most shortage per
    money (``forecasting.engine.allocation``). Demand is negative binomial with the given mean and
    variance, Poisson where the variance is not above the mean. Raises ``ValueError`` for a share
    outside (0, 1), no items, or demand so large that it needs a larger unit of stock.
    """
    if not 0 < fill < 1:
        raise ValueError(f"expected a fill rate between 0 and 1, got {fill}")
    if not items:
        raise ValueError("expected at least one item, got none")
    mean = np.array([each.mean for each in items])
    variance = np.maximum(np.array([each.variance for each in items]), mean)
    dispersion = np.maximum(
        (variance - mean) / np.maximum(mean**2, LEAST_DISPERSION), LEAST_DISPERSION
    )
    units = int(np.ceil((mean + MARGIN_SIGMAS * np.sqrt(variance)).max())) + 1
    if units > MOST_UNITS:
        raise ValueError(f"expected at most {MOST_UNITS} units of stock an item, got {units}")
    found = curves(
        [(mean, dispersion)], units=units, unit_cost=np.array([each.unit_cost for each in items])
    )
    taken = allocate_for_fill(found, fill)
    return PortfolioStock(tuple(int(each) for each in taken), expected_fill(found, taken))


def _spread(buckets: Sequence[float], days: float) -> Spread:
    return Spread(fmean(buckets) / days, stdev(buckets) / days**0.5, tuple(buckets), days)
