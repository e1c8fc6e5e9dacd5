"""Which events the inventory app listens to: the urls.py of the message bus."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over, listen
from forecasting.events import DemandForecast
from forecasting.queries import series_by_id
from inventory.services.targets import refresh_own, refresh_partner

LISTENER = "inventory.follow_demand"
DEMAND_TOPIC = "forecasting.demand"


def follow_own_demand(event: DemandForecast) -> Iterable[Fact]:
    """Recompute the customer's own coverage, and let its suppliers recompute theirs."""
    keys = [UUID(key) for key in event.series_ids]
    hand_over(
        UUID(event.change_id),
        listener=LISTENER,
        topic=DEMAND_TOPIC,
        about_ids=[event.supplier_id],
        rows=keys,
    )
    numbers = {series.part_number for series in series_by_id(keys)}
    refresh_own(event.supplier_id, numbers, as_of=timezone.now())
    return ()


def follow_demand(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Recompute a supplier's coverage of the parts whose demand series it may see."""
    by_customer: dict[int, set[str]] = defaultdict(set)
    for series in series_by_id(keys):
        if series.supplier_id == acting_organisation_id():
            by_customer[series.customer_id].add(series.part_number)
    now = timezone.now()
    for customer_id, numbers in by_customer.items():
        refresh_partner(customer_id, numbers, as_of=now)
    return ()


listen(LISTENER, follow_demand)
subscribe(DemandForecast, follow_own_demand)
