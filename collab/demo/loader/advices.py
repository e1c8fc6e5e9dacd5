"""What suppliers of the demo have on the road: sent today, and received some days ago."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import islice
from uuid import UUID

from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.context import acting_for
from forecasting.queries.calls import CallFilter, CallRow, open_calls
from transport.models import AdviceLine, DispatchAdvice, Shipment
from transport.services.advices import note_acceptance, note_receipt, send_advice
from transport.services.drafts import (
    consignment_of,
    label_draft,
    open_draft,
    state_transport,
)

STORY = ("avalon", "brasov"), ("brasov", "silesia")
PAIRS, PARTS = 6, 3
SHARE = Decimal("0.4")  # of a call that is on the road
HOUR = timedelta(hours=1)
CARRIER = "Fjord Freight"


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Let some suppliers send: one delivery long received, one short, the others under way."""
    pairs = dict.fromkeys((each.customer, each.supplier) for each in network.supplies)
    ordered = sorted(pairs, key=lambda pair: pair not in STORY)
    for place, (customer, supplier) in enumerate(islice(ordered, PAIRS)):
        customer_id = directory.organisations[customer].pk
        with acting_for(directory.organisations[supplier]):
            calls = calls_due(customer_id, directory.organisations[supplier].pk, as_of)
            if not calls:
                continue
            if place % 2 == 0:
                _receive(send(calls, as_of - 75 * HOUR, place), as_of, is_short=place == 0)
            advice = send(calls, as_of - (3 + 4 * place) * HOUR, place)
            if advice is not None and place % 2:
                note_acceptance(advice.pk)


def calls_due(customer_id: int, supplier_id: int, as_of: datetime) -> list[CallRow]:
    """Return a few firm calls of one site that are due in the coming week."""
    until = own_day(as_of) + timedelta(days=7)
    found = open_calls(CallFilter(customer_id=customer_id, supplier_id=supplier_id, until=until))
    return [call for call in found if found[0].site_code == call.site_code][:PARTS]


def send(
    calls: Sequence[CallRow], left_at: datetime, place: int, *, shipment: Shipment | None = None
) -> DispatchAdvice | None:
    """Send a part of each call in the way of the wizard, told ten minutes after departure.

    Without ``shipment`` it goes with the one that the wizard finds.
    """
    quantities: dict[UUID, Decimal | None] = {
        call.line_id: max((call.quantity * SHARE).quantize(Decimal(1), ROUND_DOWN), Decimal(1))
        for call in calls
    }
    try:
        draft = open_draft(quantities, as_of=left_at)
    except Refused:  # a customer with several sites that names none
        return None
    draft = label_draft(draft.pk)
    transport = draft.document["transport"]
    weights = {"gross_kg": "900", "net_kg": "800"}
    told = {name: weight for name, weight in weights.items() if not transport[name]}
    told |= {"carrier_name": CARRIER, "plate": f"FJ-{120 + place}-{left_at:%d%H}"}
    draft = state_transport(draft.pk, told)
    late = HOUR if place == 3 else timedelta(minutes=10)
    told_of = consignment_of(draft)
    if shipment is not None:
        told_of = replace(
            told_of,
            shipment_id=shipment.pk,
            shipment_number=shipment.number,
            expected_at=shipment.planned_delivery,
        )
    advice = send_advice(told_of, as_of=left_at + late).advice
    draft.advice_id = advice.pk
    draft.save(update_fields=["advice_id"])
    return advice


def _receive(advice: DispatchAdvice | None, as_of: datetime, *, is_short: bool) -> None:
    """Let the customer count what came: all of it, or two pieces less of the first line."""
    if advice is None:
        return
    lines = AdviceLine.objects.filter(advice_id=advice.pk).order_by("position")
    received = dict(lines.values_list("position", "quantity"))
    if is_short:
        first = min(received)
        received[first] = max(received[first] - 2, Decimal(0))
    arrived = min(advice.expected_at + HOUR, as_of - HOUR)
    note_receipt(advice.pk, received=received, received_at=arrived)
