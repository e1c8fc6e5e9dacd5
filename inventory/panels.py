"""What the inventory app shows on the control tower and on the supplier's home."""

from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation
from collab.shell.panels import Figure, Panel
from inventory.events import COVERAGE_TOPIC
from inventory.queries import CoverageFilter, coverage_list, heat_grid, heat_weeks, summary

HEAT_ROWS = 11
DUE_ROWS = 20
TOPICS = (COVERAGE_TOPIC,)


def coverage_heat() -> Panel | None:
    """Return the parts that run out first by the coming eight weeks, lowest days of each week."""
    columns = heat_weeks(own_day())
    total = summary().parts
    return Panel(
        title=_("Days of supply"),
        note=_("lowest in week"),
        template="inventory/panels/coverage_heat.html",
        context={
            "columns": columns,
            "heat": heat_grid(columns, limit=HEAT_ROWS),
            "tenant": acting_organisation().slug,
        },
        columns=8,
        href=_page(),
        link=ngettext("All %(n)s part", "All %(n)s parts", total) % {"n": total},
        topics=TOPICS,
    )


def figures() -> list[Figure]:
    """Return the parts under three days, those with enough, and the age of the oldest report."""
    found = summary()
    if not found.parts:
        return []
    covered = found.parts - found.short
    share = round(100 * covered / found.parts)
    return [
        Figure(
            key="parts-under-3-days",
            label=_("Parts under 3 days"),
            value=str(found.under_3),
            note=_("%(n)s below their minimum") % {"n": found.short},
            tone="crit" if found.under_3 else "ok",
            href=f"{_page()}?view=under_3",
            topics=TOPICS,
        ),
        Figure(
            key="parts-covered",
            label=_("Parts at or above minimum"),
            value=str(share),
            unit="%",
            note=_("%(covered)s of %(parts)s") % {"covered": covered, "parts": found.parts},
            tone="ok" if not found.short else "warn",
            href=f"{_page()}?view=short",
            topics=TOPICS,
        ),
        Figure(
            key="stock-age",
            label=_("Newest stock report"),
            value=timesince(found.newest, timezone.now(), depth=1) if found.newest else "–",
            note=_("%(n)s stale") % {"n": found.stale},
            tone="warn" if found.stale else "ok",
            href=f"{_page()}?view=stale",
            topics=TOPICS,
        ),
    ]


def stock_reports_due() -> Panel | None:
    """Return one's own parts whose next stock report is due, oldest first."""
    rows = [
        row
        for row in coverage_list(CoverageFilter(sort="age"), limit=DUE_ROWS * 4)
        if row.is_own and row.observed_at is not None
    ]
    now = timezone.now()
    due = [row for row in rows if row.observed_at + (row.stale_after - row.observed_at) / 2 < now]
    return Panel(
        title=_("Stock reports due"),
        note=ngettext("%(n)s part", "%(n)s parts", len(due)) % {"n": len(due)},
        template="inventory/panels/reports_due.html",
        context={"rows": due[:DUE_ROWS], "tenant": acting_organisation().slug},
        columns=12,
        href=f"{_page()}report/",
        link=_("Report stock"),
        topics=TOPICS,
    )


def coverage_by_customer() -> Panel | None:
    """Return one's own parts that run out first, with the customer they are for."""
    rows = [row for row in coverage_list(limit=DUE_ROWS * 4) if row.is_own][:DUE_ROWS]
    if not rows:
        return None
    return Panel(
        title=_("How long customers are covered"),
        template="inventory/panels/by_customer.html",
        context={"rows": rows, "tenant": acting_organisation().slug},
        columns=12,
        href=_page(),
        link=_("All parts"),
        topics=TOPICS,
    )


def _page() -> str:
    return f"/t/{acting_organisation().slug}/inventory/"
