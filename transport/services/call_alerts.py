"""Orders on a load that the firm calls do not agree with any more: an exception each."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from collab.organisations.context import acting_organisation_id
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from transport.models import TransportOrder

CHANGED = "transport.call_changed"
ORDER = "transport.order"


def settle_differences(
    differing: Sequence[TransportOrder],
    *,
    as_of: datetime,
    supplier_id: int | None = None,
    site_code: str = "",
) -> None:
    """Raise an exception for each planned order that differs, clear it for all others.

    Of all those of a supplier or for a site, where one is named.
    """
    standing = Alert.objects.filter(
        owner_id=acting_organisation_id(), type=CHANGED, is_open=True
    ).exclude(object_id__in=[each.pk for each in differing])
    if supplier_id is not None:
        standing = standing.filter(counterparty_id=supplier_id)
    if site_code:
        standing = standing.filter(site_code=site_code)
    for key in standing.values_list("object_id", flat=True):
        clear_alert(type=CHANGED, object_kind=ORDER, object_id=key, at=as_of)
    for order in differing:
        raise_alert(
            type=CHANGED,
            object_kind=ORDER,
            object_id=order.pk,
            concern=Concern(
                severity=Alert.Severity.WARNING.value,
                counterparty_id=order.counterparty_id,
                site_code=order.destination["site_code"],
                title_params={"order": order.number},
            ),
            at=as_of,
        )


def name_types() -> None:
    """Give the alert types their texts, fullest first."""
    name_type(
        CHANGED,
        _("Transport order %(order)s differs from what is called now"),
        _("A planned transport differs from what is called now"),
    )
