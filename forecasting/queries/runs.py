"""Forecast runs and their results."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from forecasting.models import ForecastRun, SeriesForecast
from forecasting.queries.demand import SeriesRow, series_row


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
            series_row(each.series),
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


def _results(run_id: UUID, *, part: str, method: str) -> Any:
    rows = SeriesForecast.objects.filter(run_id=run_id)
    if part:
        rows = rows.filter(series__part_number__istartswith=part)
    return rows.filter(method=method) if method else rows


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
