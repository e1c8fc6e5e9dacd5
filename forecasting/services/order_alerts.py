"""Order confirmations that wait for the buyer, or that the supplier must change."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from forecasting.models import OrderLine

ORDER = "forecasting.order"
APPROVAL = "forecasting.order_approval"
BLOCKED = "forecasting.order_blocked"


def settle_order(line: OrderLine, *, as_of: datetime) -> None:
    """Raise or clear the alert that belongs to the line's state, acting for the customer."""
    wanted = {OrderLine.State.APPROVAL: APPROVAL, OrderLine.State.BLOCKED: BLOCKED}.get(
        OrderLine.State(line.state)
    )
    for name in (APPROVAL, BLOCKED):
        if name != wanted:
            clear_alert(type=name, object_kind=ORDER, object_id=line.pk, at=as_of)
            continue
        raise_alert(
            type=name,
            object_kind=ORDER,
            object_id=line.pk,
            concern=Concern(
                severity=Alert.Severity.WARNING.value,
                counterparty_id=line.counterparty_id,
                part_number=line.part_number,
                partner_part_number=line.supplier_part_number,
                site_code=line.site_code,
                title_params={"order": f"{line.order_number}/{line.line}"},
            ),
            at=as_of,
        )


def name_types() -> None:
    """Give the alert types their texts, fullest first."""
    name_type(
        APPROVAL,
        _("Order %(order)s of %(number)s: the confirmation needs approval"),
        _("An order confirmation needs approval"),
    )
    name_type(
        BLOCKED,
        _("Order %(order)s of %(number)s: the confirmation is outside the tolerance"),
        _("An order confirmation is outside the tolerance"),
    )
