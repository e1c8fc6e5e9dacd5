"""When the counters of two partners do not add up, and how that is told (IN-08)."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from collab.work.links import link_kind
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from inventory.models import CumulativeStanding

MISMATCH = "inventory.cumulative_mismatch"
OBJECT_KIND = "inventory.cumulative"


def judge_standing(row: CumulativeStanding, *, unexplained: Decimal, at: datetime) -> None:
    """Raise the exception while shipped, received and open advices do not add up; clear it after.

    What a receipt differs by is an exception of the receipt; ``unexplained`` is the rest [base
    units]. More received than shipped always is one.
    """
    if unexplained == 0 and row.shipped >= row.received:
        clear_alert(type=MISMATCH, object_kind=OBJECT_KIND, object_id=row.pk, at=at)
        return
    gap = unexplained or row.shipped - row.received
    raise_alert(
        type=MISMATCH,
        object_kind=OBJECT_KIND,
        object_id=row.pk,
        concern=Concern(
            severity=Alert.Severity.WARNING.value,
            counterparty_id=row.counterparty_id,
            part_number=row.part_number,
            partner_part_number=row.supplier_part_number,
            site_code=row.site_code,
            title_params={
                "mismatch": str(gap.normalize() + 0),
                "unit": row.unit,
                "shipped": str(row.shipped.normalize() + 0),
                "received": str(row.received.normalize() + 0),
            },
        ),
        at=at,
    )


def name_types() -> None:
    """Give the exception its texts, fullest first, and its object its page."""
    name_type(
        MISMATCH,
        _("%(number)s: shipped and received differ by %(mismatch)s %(unit)s beyond what is open"),
        _("%(number)s: the cumulative quantities do not add up"),
        _("Cumulative quantities do not add up"),
        figures=("mismatch", "shipped", "received"),
    )
    link_kind(OBJECT_KIND, "inventory:cumulative-one", _("Look at the counters"))
