"""The forecasting app's public reads: plain rows out, never models."""

from forecasting.queries.calls import CallFilter, CallRow, open_calls
from forecasting.queries.demand import (
    DemandBySite,
    DemandKey,
    SeriesRow,
    active_series_count,
    daily_demand,
    series_by_id,
)
from forecasting.queries.runs import (
    ResultRow,
    RunRow,
    count_results,
    forecast_run,
    forecast_runs,
    latest_finished_run,
    results_of,
)

__all__ = [
    "CallFilter",
    "CallRow",
    "DemandBySite",
    "DemandKey",
    "ResultRow",
    "RunRow",
    "SeriesRow",
    "active_series_count",
    "count_results",
    "daily_demand",
    "forecast_run",
    "forecast_runs",
    "latest_finished_run",
    "open_calls",
    "results_of",
    "series_by_id",
]
