"""What dispatch advices show on the supplier's home."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation
from collab.shell.panels import Panel
from transport.events import ADVICE_TOPIC
from transport.queries.to_announce import calls_to_announce, deliveries

SHOWN = 6


def to_announce() -> Panel | None:
    """Return the deliveries of the next seven days that are not announced yet."""
    today = own_day()
    found = deliveries(calls_to_announce(as_of=today), as_of=today)
    if not found:
        return None
    tenant = acting_organisation().slug
    count = len(found)
    note = ngettext("%(n)s delivery to announce", "%(n)s deliveries to announce", count)
    return Panel(
        title=_("Deliveries to announce"),
        note=note % {"n": count},
        template="transport/panels/to_announce.html",
        context={"rows": found[:SHOWN], "tenant": tenant},
        columns=9,
        href=f"/t/{tenant}/transport/advices/new/",
        link=_("All calls"),
        topics=(ADVICE_TOPIC, "forecasting.demand"),
    )
