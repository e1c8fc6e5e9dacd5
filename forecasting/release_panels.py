"""What releases and orders ask of somebody, on the supplier's home and the control tower."""

from django.utils.translation import gettext as _

from collab.organisations.context import acting_organisation, acting_organisation_id
from collab.shell.panels import Figure, Panel
from forecasting.events import COMMIT_TOPIC, DEMAND_TOPIC
from forecasting.models import ReleaseDraft
from forecasting.queries.orders import OrderFilter, order_lines, order_list
from forecasting.queries.releases import ScheduleFilter, schedule_list, schedules

SHOWN = 6


def to_answer() -> Panel | None:
    """Return the releases to acknowledge and the order lines to confirm, made to us."""
    own = acting_organisation_id()
    waiting = schedules(ScheduleFilter(view="waiting")).filter(counterparty_id=own).count()
    lines = order_lines(OrderFilter(view="open")).filter(counterparty_id=own).count()
    if not waiting and not lines:
        return None
    found = schedule_list(ScheduleFilter(view="waiting"), limit=SHOWN * 4)
    asked = order_list(OrderFilter(view="open"), limit=SHOWN * 4)
    tenant = acting_organisation().slug
    return Panel(
        title=_("Releases and orders to answer"),
        note=_("%(releases)s releases, %(lines)s order lines")
        % {"releases": waiting, "lines": lines},
        template="forecasting/panels/to_answer.html",
        context={
            "rows": [row for row in found if row.can_answer][:SHOWN],
            "orders": [row for row in asked if row.can_confirm][:SHOWN],
            "tenant": tenant,
        },
        columns=9,
        href=f"/t/{tenant}/forecasts/releases/?view=waiting",
        link=_("All releases"),
        topics=(DEMAND_TOPIC, COMMIT_TOPIC),
    )


def figures() -> list[Figure]:
    """Return how many releases are held, and how many of ours nobody has acknowledged."""
    own = acting_organisation_id()
    root = f"/t/{acting_organisation().slug}/forecasts/releases"
    sent = schedules(ScheduleFilter(view="current")).filter(owner_id=own)
    if not sent.exists():
        return []
    held = ReleaseDraft.objects.filter(state=ReleaseDraft.State.HELD).count()
    silent = schedules(ScheduleFilter(view="waiting")).filter(owner_id=own).count()
    return [
        Figure(
            key="releases-held",
            label=_("Releases held"),
            value=str(held),
            note=_("%(n)s not acknowledged") % {"n": silent},
            tone="warn" if held else "ok",
            href=f"{root}/drafts/?view=held",
            topics=(DEMAND_TOPIC, COMMIT_TOPIC),
        )
    ]
