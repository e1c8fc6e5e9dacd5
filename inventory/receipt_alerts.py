"""When a receipt becomes an exception, and how it is told."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from collab.work.links import link_kind
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from inventory.models import GoodsReceipt
from inventory.services.receipt_lines import ResolvedLine

DIFFERS = "inventory.receipt_differs"
OBJECT_KIND = "inventory.receipt"


def raise_difference(
    receipt: GoodsReceipt, lines: Sequence[ResolvedLine], *, at: datetime
) -> None:  # fmt: skip
    """Raise the exception of a receipt that differs by more than the tolerance."""
    odd = [line for line in lines if line.judged.is_beyond]
    if not odd:
        return
    first = odd[0]
    raise_alert(
        type=DIFFERS,
        object_kind=OBJECT_KIND,
        object_id=receipt.pk,
        concern=Concern(
            severity=Alert.Severity.WARNING.value,
            counterparty_id=receipt.counterparty_id,
            part_number=first.part.number,
            partner_part_number=first.supplier_part_number,
            site_code=receipt.site_code,
            title_params={
                "receipt": receipt.number,
                "lines": str(len(odd)),
                "difference": format(first.judged.difference.normalize() + 0, "+f"),
                "unit": first.unit,
                "differences": [each.value for each in first.judged.differences],
            },
        ),
        at=at,
    )


def clear_difference(receipt_id: UUID, *, at: datetime | None = None) -> bool:
    """Close the exception of a receipt that was cancelled, or whose difference is accepted."""
    return clear_alert(type=DIFFERS, object_kind=OBJECT_KIND, object_id=receipt_id, at=at)


def name_types() -> None:
    """Give the exception its texts, fullest first, and its object its page."""
    name_type(
        DIFFERS,
        _("Receipt %(receipt)s: %(number)s differs by %(difference)s"),
        _("Receipt %(receipt)s differs from its advice"),
        _("%(number)s differs from its advice"),
        _("A receipt differs from its advice"),
        figures=("difference",),
    )
    link_kind(OBJECT_KIND, "inventory:receipt")
