"""What receipts show on the supplier's home: differences that wait for an answer."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from collab.organisations.context import acting_organisation, acting_organisation_id
from collab.shell.panels import Panel
from inventory.events import RECEIPT_TOPIC
from inventory.queries.receipts import ReceiptFilter, receipt_rows, receipts

SHOWN = 6


def receipts_to_answer() -> Panel | None:
    """Return the customers' receipts that differ from what we advised, not answered yet."""
    rows = receipts(ReceiptFilter(view="open")).exclude(owner_id=acting_organisation_id())
    found = receipt_rows(rows.order_by("-received_at", "-pk")[: SHOWN + 1])
    if not found:
        return None
    count = rows.count()
    tenant = acting_organisation().slug
    note = ngettext("%(n)s receipt to answer", "%(n)s receipts to answer", count)
    return Panel(
        title=_("Receipts that differ"),
        note=note % {"n": count},
        template="inventory/panels/receipts_to_answer.html",
        context={"rows": found[:SHOWN], "tenant": tenant},
        columns=9,
        href=f"/t/{tenant}/inventory/receipts/?view=open",
        link=_("All receipts"),
        topics=(RECEIPT_TOPIC,),
    )
