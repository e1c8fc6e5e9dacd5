"""The answerer's task: a request for data waits for an answer until a date (IN-19)."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, names_of
from collab.work.links import link_kind
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from inventory.models import Criticality, DataRequest

WAITS = "inventory.data_requested"
OBJECT_KIND = "inventory.data_request"
SEVERITIES = {
    Criticality.LOW: Alert.Severity.INFO,
    Criticality.MEDIUM: Alert.Severity.WARNING,
    Criticality.HIGH: Alert.Severity.CRITICAL,
}


def raise_waiting(request: DataRequest, *, at: datetime) -> None:
    """Raise or update the task to answer a received request; late, it is critical.

    It is about nobody else's business, so that no grant of exceptions opens it: nobody learns of a
    request that is not theirs.
    """
    is_late = request.due_at <= at
    severity = Alert.Severity.CRITICAL if is_late else SEVERITIES[Criticality(request.criticality)]
    raise_alert(
        type=WAITS,
        object_kind=OBJECT_KIND,
        object_id=request.pk,
        concern=Concern(
            severity=severity.value,
            counterparty_id=acting_organisation_id(),
            part_number=next(iter(request.partner_parts), "") or next(iter(request.parts), ""),
            title_params={
                "request": str(request),
                "partner": names_of([request.owner_id]).get(request.owner_id, NOBODY).short,
                "due": request.due_at.isoformat(),
            },
        ),
        at=at,
    )


def clear_waiting(request_id: UUID, *, at: datetime) -> bool:
    """Close the task of a request that is answered or has ended; return whether it was open."""
    return clear_alert(type=WAITS, object_kind=OBJECT_KIND, object_id=request_id, at=at)


def name_types() -> None:
    """Give the task its texts, fullest first, and the request its page."""
    name_type(
        WAITS,
        _("Request %(request)s of %(partner)s waits for your answer until %(due)s"),
        _("A request for data waits for your answer"),
        moments=("due",),
    )
    link_kind(OBJECT_KIND, "inventory:request", _("Look at the request"))
