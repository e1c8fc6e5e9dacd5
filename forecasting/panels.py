"""What the forecasting app shows on the control tower."""

from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from collab.organisations.context import acting_organisation
from collab.shell.panels import Figure
from forecasting.queries import latest_finished_run


def figures() -> list[Figure]:
    """Return the age of the newest forecast, and its loss beside that of repeating the past."""
    run = latest_finished_run()
    if run is None or run.finished_at is None:
        return []
    href = f"/t/{acting_organisation().slug}/forecasts/{run.id}/"
    found = [
        Figure(
            key="forecast-age",
            label=_("Newest forecast"),
            value=timesince(run.finished_at, timezone.now(), depth=1),
            note=_("%(n)s series") % {"n": run.series_count},
            href=href,
            topics=("jobs.progress",),
        )
    ]
    ours = run.accuracy.get("forecast", {}).get("wql") if run.accuracy else None
    naive = run.accuracy.get("naive", {}).get("wql") if run.accuracy else None
    if ours is not None and naive:
        better = round(100 * (1 - ours / naive))
        found.append(
            Figure(
                key="forecast-accuracy",
                label=_("Forecast beside last value"),
                value=str(abs(better)),
                unit="%",
                note=_("less loss") if better >= 0 else _("more loss"),
                tone="ok" if better >= 0 else "warn",
                href=href,
                topics=("jobs.progress",),
            )
        )
    return found
