"""The batch forecast as a job: read, compute outside any transaction, write chunk by chunk."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from time import monotonic
from typing import Any
from uuid import UUID

import numpy as np
from django.urls import reverse
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from collab.jobs.run import JobFailed, JobRun
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation, acting_organisation_id
from forecasting.comparison import compare
from forecasting.daily import next_period
from forecasting.engine.batch import DemandHistory as History
from forecasting.engine.batch import forecast
from forecasting.models import DemandHistory, DemandSeries, ForecastRun
from forecasting.services.hierarchy import Groups, Method, made_coherent, read_groups
from forecasting.services.history import buckets_between, period_name
from forecasting.services.lifecycle_inputs import Calendar, Life, read_life
from forecasting.services.runs import (
    KEPT_LEVELS,
    RECENT_BUCKETS,
    Outcome,
    SeriesKey,
    finish_run,
    keep_forecast,
)

Floats = NDArray[np.float64]
SERIES_PER_CHUNK = 200


@dataclass(frozen=True, slots=True)
class Task:
    """What a run is to compute."""

    run_id: UUID
    frequency: str
    horizon: int
    seed: int
    keys: list[SeriesKey]
    periods: list[date]
    quantity: Floats
    life: Life
    groups: Groups
    method: str
    today: date


def run_forecast(job: JobRun) -> dict[str, Any] | None:
    """Forecast all active series of the run; half of the progress is computing, half keeping."""
    started = monotonic()
    with job.acting():
        task = _read(UUID(job.params["run_id"]))
    n_series = len(task.keys)
    problem = _problem(task)

    def tell(done: int, total: int) -> None:
        job.stop_if_cancelled()
        job.progress(n_series * done // total, 2 * n_series, _("Computing"))

    result = forecast(
        problem, horizon=task.horizon, quantiles=KEPT_LEVELS, seed=task.seed, on_progress=tell
    )
    result, nodes = made_coherent(
        problem,
        task.life.finished(problem, result),
        task.groups,
        method=task.method,
        recent=RECENT_BUCKETS,
        on_progress=lambda _done, _total: job.stop_if_cancelled(),
    )
    accuracy = compare(problem, horizon=task.horizon, seed=task.seed)
    outcome = Outcome(
        run_id=task.run_id,
        forecast=result,
        recent=problem.quantity[:, -RECENT_BUCKETS:],
        first_period=next_period(task.periods[-1], task.frequency),
        frequency=task.frequency,
    )
    _keep(job, task, outcome)
    methods = dict(Counter(result.method))
    with job.acting():
        finish_run(
            task.run_id,
            first_period=outcome.first_period,
            methods=methods,
            accuracy=accuracy,
            nodes=[node.as_json() for node in nodes],
            series_count=n_series,
            seconds=round(monotonic() - started, 3),
        )
        url = reverse("forecasting:run", args=[acting_organisation().slug, task.run_id])
        job.finish({"series": n_series, "methods": methods}, url)
    return None


def _keep(job: JobRun, task: Task, outcome: Outcome) -> None:
    """Write the results, ``SERIES_PER_CHUNK`` series a transaction: the second half of the bar."""
    n_series = len(task.keys)
    for start in range(0, n_series, SERIES_PER_CHUNK):
        job.stop_if_cancelled()
        with job.acting():
            rows = slice(start, start + SERIES_PER_CHUNK)
            keep_forecast(outcome, task.keys, rows=rows, today=task.today)
        done = min(start + SERIES_PER_CHUNK, n_series)
        job.progress(n_series + done, 2 * n_series, _("Keeping the results"))


def _problem(task: Task) -> History:
    """Return the history as the life cycle of the parts wants it read."""
    return task.life.prepared(
        History(
            series=tuple(str(key.id) for key in task.keys),
            periods=tuple(period_name(period, task.frequency) for period in task.periods),
            frequency=task.frequency,  # type: ignore[arg-type]  # one of the model's choices
            quantity=task.quantity,
        )
    )


def _read(run_id: UUID) -> Task:
    run = ForecastRun.objects.filter(pk=run_id).first()
    if run is None:
        raise JobFailed(_("The forecast run is gone."))
    series = list(
        DemandSeries.objects.filter(
            owner_id=acting_organisation_id(), is_active=True, frequency=run.frequency
        ).order_by("part_number", "pk")
    )
    today = own_day()
    row_of = {each.pk: row for row, each in enumerate(series)}
    known = [
        (row_of[series_id], period, quantity)
        for series_id, period, quantity in DemandHistory.objects.values_list(
            "series_id", "period", "quantity"
        )
        if series_id in row_of and quantity is not None
    ]
    if not known:
        raise JobFailed(_("No demand history is there yet: load one first."))
    periods = buckets_between(
        min(each[1] for each in known), max(each[1] for each in known), run.frequency
    )
    column_of = {period: column for column, period in enumerate(periods)}
    quantity = np.full((len(series), len(periods)), np.nan)
    for row, period, value in known:
        if period in column_of:
            quantity[row, column_of[period]] = float(value)
    keys = [
        SeriesKey(each.pk, each.counterparty_id, each.part_number, each.site_code)
        for each in series
    ]
    return Task(
        run_id=run.pk,
        frequency=run.frequency,
        horizon=run.horizon,
        seed=int(run.parameters.get("seed", 1)),
        keys=keys,
        periods=periods,
        quantity=quantity,
        life=read_life(series, Calendar(periods, run.frequency, run.horizon)),
        groups=read_groups(series, on=today),
        method=str(run.parameters.get("hierarchy", Method.BOTTOM_UP)),
        today=today,
    )
