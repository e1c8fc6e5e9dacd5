"""What the forecasting app shows on the control tower and on the supplier's home."""

from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from collab.organisations.context import acting_organisation
from collab.shell.panels import Figure, Panel
from forecasting.events import CAPACITY_TOPIC, COMMIT_TOPIC, DEMAND_TOPIC
from forecasting.queries import latest_finished_run
from forecasting.queries.capacity import CapacityFilter, groups
from forecasting.queries.commits import CommitFilter, by_partner, open_task_count, task_rows, tasks


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


DUE_ROWS = 8


def commits_due() -> Panel | None:
    """Return the releases that the supplier has still to commit, customer by customer."""
    count = open_task_count()
    if not count and not tasks().exists():
        return None
    tenant = acting_organisation().slug
    due = tasks(CommitFilter(view="todo"))[:DUE_ROWS]
    customers = [each for each in by_partner() if each.open]
    return Panel(
        title=_("Commits due"),
        note=ngettext("Commit %(n)s release", "Commit %(n)s releases", count) % {"n": count},
        template="forecasting/panels/commits_due.html",
        context={"rows": task_rows(due), "customers": customers, "tenant": tenant},
        columns=15,
        href=f"/t/{tenant}/forecasts/commits/?view=todo",
        link=_("All commits"),
        topics=(COMMIT_TOPIC, DEMAND_TOPIC),
    )


def plan_figures() -> list[Figure]:
    """Return how many commits have gaps and how many capacity groups are short."""
    partners = by_partner()
    root = f"/t/{acting_organisation().slug}/forecasts"
    found = []
    if partners:
        gaps, open_now = sum(each.gaps for each in partners), sum(each.open for each in partners)
        found.append(
            Figure(
                key="commit-gaps",
                label=_("Commits below forecast"),
                value=str(gaps),
                note=_("%(n)s not committed") % {"n": open_now},
                tone="crit" if gaps else "ok",
                href=f"{root}/commits/?view=gaps",
                topics=(COMMIT_TOPIC,),
            )
        )
    short = groups(CapacityFilter(view="short")).count()
    if short or groups().exists():
        flexible = groups(CapacityFilter(view="flex")).count()
        found.append(
            Figure(
                key="capacity-short",
                label=_("Capacity groups short"),
                value=str(short),
                note=_("%(n)s need flexibility") % {"n": flexible},
                tone="crit" if short else "ok",
                href=f"{root}/capacity/?view=short",
                topics=(CAPACITY_TOPIC,),
            )
        )
    return found
