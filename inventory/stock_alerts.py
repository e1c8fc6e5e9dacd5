"""When a stock figure is in doubt (IN-24), and how that is told."""

from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from collab.work.links import link_kind
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from inventory.models import StockPosition

DOUBTFUL = "inventory.stock_doubtful"
OBJECT_KIND = "inventory.stock"


def raise_doubt(position: StockPosition, *, missing: Decimal, document: str) -> None:
    """Say that more left a place than was on hand there: the stock must be counted."""
    raise_alert(
        type=DOUBTFUL,
        object_kind=OBJECT_KIND,
        object_id=position.pk,
        concern=Concern(
            severity=Alert.Severity.WARNING.value,
            counterparty_id=position.counterparty_id,
            part_number=position.part_number,
            partner_part_number=position.partner_part_number,
            site_code=position.site_code,
            title_params={
                "missing": str(missing.normalize() + 0),
                "unit": position.unit,
                "document": document,
            },
        ),
    )


def clear_doubt(position_id: UUID) -> bool:
    """Close the exception of a stock that is known again."""
    return clear_alert(type=DOUBTFUL, object_kind=OBJECT_KIND, object_id=position_id)


def name_types() -> None:
    """Give the exception its texts, fullest first."""
    name_type(
        DOUBTFUL,
        _("%(document)s: %(missing)s %(unit)s more of %(number)s left %(site_code)s than it held"),
        _("The stock of %(number)s at %(site_code)s is in doubt: count it"),
        _("The stock of %(number)s is in doubt"),
        _("A stock figure is in doubt"),
        figures=("missing",),
    )
    link_kind(OBJECT_KIND, "inventory:stock-one", _("Look at the stock"))
