"""The forecasting app's public reads: plain rows out, never models."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from forecasting.models import DailyDemand, DemandSeries, ForecastRun, SeriesForecast


@dataclass(frozen=True, slots=True)
class DemandKey:
    """A part under its customer's number, needed by a customer from a supplier."""

    customer_id: int
    supplier_id: int
    part_number: str


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One demand series as its customer or a granted supplier sees it."""

    id: UUID
    customer_id: int
    supplier_id: int
    part_number: str
    supplier_part_number: str
    site_code: str
    frequency: str
    is_active: bool

    @property
    def key(self) -> DemandKey:
        """Return the key under which its daily demand is found."""
        return DemandKey(self.customer_id, self.supplier_id, self.part_number)


DemandBySite = dict[str, dict[date, Decimal]]


def daily_demand(
    keys: Collection[DemandKey], *, first: date, last: date
) -> dict[DemandKey, DemandBySite]:
    """Return the visible demand of each day from ``first`` to ``last``, by customer's site.

    One query, however many keys; quantities in base units of the part. A key without visible
    demand is left out, and so is a day without any.
    """
    if not keys:
        return {}
    wanted = set(keys)
    rows = DailyDemand.objects.filter(
        owner_id__in={key.customer_id for key in wanted},
        counterparty_id__in={key.supplier_id for key in wanted},
        part_number__in={key.part_number for key in wanted},
        on__gte=first,
        on__lte=last,
    ).values_list("owner_id", "counterparty_id", "part_number", "site_code", "on", "quantity")
    found: dict[DemandKey, DemandBySite] = {}
    for customer_id, supplier_id, number, site_code, on, quantity in rows.iterator():
        key = DemandKey(customer_id, supplier_id, number)
        if key in wanted:
            days = found.setdefault(key, {}).setdefault(site_code, defaultdict(Decimal))
            days[on] += quantity
    return found


def series_by_id(keys: Iterable[UUID]) -> list[SeriesRow]:
    """Return the visible series among ``keys``."""
    return [_series_row(each) for each in DemandSeries.objects.filter(pk__in=list(keys))]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One forecast run."""

    id: UUID
    job_id: UUID | None
    frequency: str
    first_period: date | None
    horizon: int
    parameters: dict[str, Any]
    methods: dict[str, int]
    accuracy: dict[str, dict[str, float | None]]
    series_count: int
    seconds: float | None
    created_at: datetime
    finished_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What a run forecast for one series; ``recent`` holds its last buckets, None missing."""

    series: SeriesRow
    method: str
    demand_class: str
    recent: list[float | None]
    mean: list[float]
    quantiles: dict[str, list[float]]

    @property
    def past(self) -> list[float]:
        """Return the known values among the last buckets, oldest first."""
        return [value for value in self.recent if value is not None]

    @property
    def total(self) -> float:
        """Return the forecast over the whole horizon [base units]."""
        return sum(self.mean)


def forecast_runs(*, limit: int = 50) -> list[RunRow]:
    """Return the newest runs, newest first."""
    return [_run_row(each) for each in ForecastRun.objects.order_by("-pk")[:limit]]


def forecast_run(key: UUID) -> RunRow | None:
    """Return one run."""
    found = ForecastRun.objects.filter(pk=key).first()
    return _run_row(found) if found else None


def latest_finished_run() -> RunRow | None:
    """Return the newest run that has ended."""
    found = ForecastRun.objects.filter(finished_at__isnull=False).order_by("-pk").first()
    return _run_row(found) if found else None


def results_of(
    run_id: UUID, *, limit: int, offset: int = 0, part: str = "", method: str = ""
) -> list[ResultRow]:
    """Return the results of a run by part number."""
    rows = _results(run_id, part=part, method=method).select_related("series")
    return [
        ResultRow(
            _series_row(each.series),
            each.method,
            each.demand_class,
            each.recent,
            each.mean,
            each.quantiles,
        )
        for each in rows.order_by("series__part_number", "pk")[offset : offset + limit]
    ]


def count_results(run_id: UUID, *, part: str = "", method: str = "") -> int:
    """Return how many results the same filter has."""
    number: int = _results(run_id, part=part, method=method).count()
    return number


def active_series_count() -> int:
    """Return how many demand series of the acting organisation are forecast."""
    from collab.organisations.context import acting_organisation_id

    return DemandSeries.objects.filter(owner_id=acting_organisation_id(), is_active=True).count()


def _results(run_id: UUID, *, part: str, method: str) -> Any:
    rows = SeriesForecast.objects.filter(run_id=run_id)
    if part:
        rows = rows.filter(series__part_number__istartswith=part)
    return rows.filter(method=method) if method else rows


def _series_row(series: DemandSeries) -> SeriesRow:
    return SeriesRow(
        series.pk,
        series.owner_id,
        series.counterparty_id,
        series.part_number,
        series.supplier_part_number,
        series.site_code,
        series.frequency,
        series.is_active,
    )


def _run_row(run: ForecastRun) -> RunRow:
    return RunRow(
        run.pk,
        run.job_id,
        run.frequency,
        run.first_period,
        run.horizon,
        run.parameters,
        run.methods,
        run.accuracy,
        run.series_count,
        run.seconds,
        run.created_at,
        run.finished_at,
        run.version,
    )
