"""Measuring as a job: calls of the past weeks, then series chunk by chunk, then signals."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from collab.jobs.run import JobRun
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation
from forecasting.services.actuals import note_calls
from forecasting.services.measures import measure_series, measure_signals, own_series_ids
from forecasting.week_figures import monday_of

SERIES_PER_CHUNK = 50


def run_measure(job: JobRun) -> dict[str, Any] | None:
    """Measure all own series; each chunk replaces its figures, so it may run again."""
    now = timezone.now()
    with job.acting():
        note_calls(until=monday_of(own_day(now)))
        keys = own_series_ids()
    accuracy = 0
    for start in range(0, len(keys), SERIES_PER_CHUNK):
        job.stop_if_cancelled()
        with job.acting():
            accuracy += measure_series(keys[start : start + SERIES_PER_CHUNK], as_of=now).accuracy
        job.progress(min(start + SERIES_PER_CHUNK, len(keys)), len(keys), _("Measuring"))
    with job.acting():
        signals = measure_signals(as_of=now)
        url = reverse("forecasting:accuracy", args=[acting_organisation().slug])
        job.finish({"series": len(keys), "figures": accuracy, "signals": signals}, url)
    return None
