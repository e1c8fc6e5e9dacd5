"""What others hear of a load that was seen or fell silent, and what is forgotten at its end."""

from datetime import datetime

from uuid_utils.compat import uuid7

from collab.work.services import clear_alert
from transport.events import LoadFollowed
from transport.models import DelayOptions, Leg, Load, Shipment

LATE, NO_SIGNAL = "transport.late", "transport.no_signal"
OF_SHIPMENT, OF_LOAD = "shipment", "load"


def followed(load: Load) -> LoadFollowed:
    """Return the event that the own load was seen or fell silent."""
    return LoadFollowed(
        change_id=str(uuid7()), load_id=str(load.pk), carrier_id=load.counterparty_id
    )


def forget(load: Load, *, at: datetime) -> None:
    """Close what tracking said of an own load that is over, and drop where its vehicle was."""
    if load.position is not None or load.missing_cause:
        load.position, load.missing_cause = None, ""
        load.save(update_fields=["position", "missing_cause"])
    clear_alert(type=NO_SIGNAL, object_kind=OF_LOAD, object_id=load.pk, at=at)
    on_it = Leg.objects.filter(owner_id=load.owner_id, load_id=load.pk)
    ends = Shipment.objects.filter(
        owner_id=load.owner_id, pk__in=list(on_it.values_list("shipment_id", flat=True))
    )
    ends.filter(position__isnull=False).update(position=None)
    for key, delivered_at in ends.values_list("pk", "delivered_at"):
        if delivered_at is not None:
            clear_alert(type=LATE, object_kind=OF_SHIPMENT, object_id=key, at=at)
            DelayOptions.objects.filter(shipment_id=key).delete()
