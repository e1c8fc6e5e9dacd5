"""The demo's transport: orders from calls, loads before and after the road, in little time."""

from collections import Counter
from datetime import UTC, datetime

from collab.demo.loader.network import load
from collab.demo.network import build
from collab.organisations.context import acting_for
from transport.models import Load, Shipment, TransportOrder, VehicleType, Visit


def test_there_is_life_on_both_sides(database: None) -> None:
    now = datetime.now(UTC)
    directory = load(build(seed=1, suppliers=6, parts=80, today=now.date()), as_of=now)
    with acting_for(directory.organisations["avalon"]):
        states = Counter(Load.objects.values_list("state", flat=True))
        assert {"draft", "planned", "accepted", "slot_booked", "settled"} <= set(states)
        assert VehicleType.objects.count() >= 3
        assert TransportOrder.objects.filter(source="call", state="open").exists()
        assert not Load.objects.filter(fill__isnull=True).exists()
    with acting_for(directory.organisations["brasov"]):
        own = directory.organisations["brasov"]
        assert Visit.objects.filter(counterparty=own).exists()
        assert not Shipment.objects.exclude(owner=own).exclude(counterparty=own).exists()
    with acting_for(directory.organisations["porto"]):
        assert not Load.objects.exists()
