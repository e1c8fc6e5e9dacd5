"""A customer's release moves on to the own suppliers."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over, listen
from forecasting.events import DEMAND_TOPIC, SchedulesPublished
from forecasting.models import DeliverySchedule
from forecasting.services.propagation import propagate_demand

PROPAGATE = "forecasting.propagate_demand"


def tell_next_tier(event: SchedulesPublished) -> Iterable[Fact]:
    """Let the supplier explode what it was released."""
    hand_over(
        UUID(event.change_id),
        listener=PROPAGATE,
        topic=DEMAND_TOPIC,
        about_ids=[event.supplier_id],
        rows=[UUID(key) for key in event.schedule_ids],
    )
    return ()


def hear_releases(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Recompute the own need, if one of the releases was made to the listener."""
    made = DeliverySchedule.objects.filter(
        pk__in=list(keys), counterparty_id=acting_organisation_id()
    )
    if made.exists():
        propagate_demand(as_of=timezone.now())
    return ()


listen(PROPAGATE, hear_releases)
subscribe(SchedulesPublished, tell_next_tier)
