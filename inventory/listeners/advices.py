"""Goods that are announced leave the supplier's stock and are on their way to the customer."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing.hear import hand_over, listen
from inventory.services.cumulative import refresh_standings
from inventory.services.dispatches import Departure, LeftLine, follow_departure
from inventory.services.targets import refresh_own
from transport.events import ADVICE_TOPIC, DispatchAdvised
from transport.queries.advices import advice_by_key, lines_of

LISTENER = "inventory.hear_advice"
GONE = frozenset({"replaced", "cancelled"})


def goods_left(event: DispatchAdvised) -> Iterable[Fact]:
    """Book an own advice out of stock, and let its customer expect the goods."""
    key = UUID(event.advice_id)
    row = advice_by_key(key)
    if row is None:
        return ()
    lines = lines_of(key)
    follow_departure(
        Departure(
            advice_id=key,
            number=event.number,
            customer_id=event.customer_id,
            site_code=str(row.ship_from.get("site_code", "")),
            despatched_at=datetime.fromisoformat(event.despatched_at),
            lines=[
                LeftLine(
                    part_number=line.part_number,
                    supplier_part_number=line.supplier_part_number,
                    quantity=Decimal(line.quantity),
                    unit=line.unit,
                )
                for line in lines
            ],
            counts=event.state not in GONE,
        )
    )
    refresh_own(
        event.customer_id,
        {line.supplier_part_number for line in lines if line.supplier_part_number},
        as_of=timezone.now(),
    )
    hand_over(
        UUID(event.change_id),
        listener=LISTENER,
        topic=ADVICE_TOPIC,
        about_ids=[event.customer_id],
        rows=[key],
    )
    return ()


def hear_advice(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Bring what is expected, and the counters, of a customer's own parts up to date."""
    now = timezone.now()
    for key in keys:
        row = advice_by_key(key)
        if row is None or row.customer_id != acting_organisation_id():
            continue
        supplier = Organisation.objects.get(bpn=row.supplier.bpn)
        numbers = {line.part_number for line in lines_of(key)}
        refresh_own(supplier.pk, numbers, as_of=now)
        refresh_standings(supplier.pk, numbers, as_of=now)
    return ()


listen(LISTENER, hear_advice)
subscribe(DispatchAdvised, goods_left)
