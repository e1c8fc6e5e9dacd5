"""When a ledger contradicts its past (IN-16), and how that is told."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from collab.organisations.models import Organisation
from collab.work.links import link_kind
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type

INCONSISTENT = "ledger.inconsistent"
OBJECT_KIND = "inventory.ledger"


def raise_contradiction(log_id: UUID, *, owner_id: int, reason: str) -> None:
    """Say that a ledger, one's own or a partner's, does not hold to what was signed before."""
    owner = Organisation.objects.get(pk=owner_id)
    raise_alert(
        type=INCONSISTENT,
        object_kind=OBJECT_KIND,
        object_id=log_id,
        concern=Concern(
            severity=Alert.Severity.CRITICAL.value,
            counterparty_id=owner_id,
            title_params={"organisation": owner.short_name, "reason": reason},
        ),
    )


def clear_contradiction(log_id: UUID) -> bool:
    """Close the exception of a ledger that holds; return whether one was open."""
    return clear_alert(type=INCONSISTENT, object_kind=OBJECT_KIND, object_id=log_id)


def name_types() -> None:
    """Give the exception its texts, fullest first."""
    name_type(
        INCONSISTENT,
        _("The ledger of %(organisation)s contradicts what was signed before: %(reason)s"),
        _("The ledger of %(organisation)s contradicts what was signed before"),
        _("A ledger contradicts what was signed before"),
    )
    link_kind(OBJECT_KIND, "inventory:ledger-of", _("Look at the ledger"))
