"""New releases change the demand on capacity: the supplier's groups are matched anew."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from collab.events.bus import Fact, subscribe
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over, listen
from forecasting.events import DEMAND_TOPIC, SchedulesPublished
from forecasting.models import DeliverySchedule
from forecasting.services.matching import match_series

MATCH = "forecasting.match_capacity"


def tell_supplier(event: SchedulesPublished) -> Iterable[Fact]:
    """Let the supplier match its capacity with new releases."""
    hand_over(
        UUID(event.change_id),
        listener=MATCH,
        topic=DEMAND_TOPIC,
        about_ids=[event.supplier_id],
        rows=[UUID(key) for key in event.schedule_ids],
    )
    return ()


def hear_schedules(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Match the groups that the released series load."""
    ours = DeliverySchedule.objects.filter(
        pk__in=list(keys), counterparty_id=acting_organisation_id()
    )
    match_series(list(ours.values_list("series_id", flat=True)))
    return ()


listen(MATCH, hear_schedules)
subscribe(SchedulesPublished, tell_supplier)
