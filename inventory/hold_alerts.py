"""The one exception of a held lot at each organisation concerned."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from collab.work.links import link_kind
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from inventory.models import LotHold

TYPE = "inventory.lot_hold"
OBJECT_KIND = "inventory.lot_hold"


def raise_hold(hold: LotHold, *, label: str, count: int, part_number: str, at: datetime) -> None:
    """Raise or update the exception of a hold: ``label`` names the lot, ``count`` what is held."""
    raise_alert(
        type=TYPE,
        object_kind=OBJECT_KIND,
        object_id=hold.pk,
        concern=Concern(
            severity=Alert.Severity.CRITICAL.value,
            counterparty_id=hold.counterparty_id,
            part_number=part_number,
            title_params={"hold": str(hold), "lot": label, "things": count},
        ),
        at=at,
    )


def clear_hold(hold: LotHold, *, at: datetime) -> bool:
    """Close the exception of a released hold; return whether it was open."""
    return clear_alert(type=TYPE, object_kind=OBJECT_KIND, object_id=hold.pk, at=at)


def name_types() -> None:
    """Give the exception its texts, fullest first, and the hold its page."""
    name_type(
        TYPE,
        _("Lot %(lot)s is held: %(things)s lots and units"),
        _("Lots are held: hold %(hold)s"),
        _("Lots of %(number)s are held"),
        _("Lots are held"),
    )
    link_kind(OBJECT_KIND, "inventory:lot-hold", _("Look at the hold"))
