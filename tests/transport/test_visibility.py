"""Rivals on one truck: each sees its own stop, units and news, and nothing of the other."""

import json
from collections.abc import Iterator

import pytest
from django.urls import reverse

from collab.events.models import Event
from collab.events.relay import work_off
from collab.organisations.context import acting_for
from collab.sharing.models import shared_models
from tests.conftest import ClientFor
from tests.harness.cast import Cast, give
from tests.integration.machines import machine
from tests.transport.moving import HOUR, NOW, shared_load
from transport.live.moves import render_loads, render_orders, render_shipments
from transport.models import Load, Notice, Shipment, TransportOrder, Visit
from transport.services.loads import assign_carrier, move_load, sync_partners

SIDES = ("brasov", "porto")


@pytest.fixture
def load(cast: Cast) -> Load:
    """Avalon's truck with goods of Brasov and Porto, on the road with a known position."""
    for topic in ("transport.order", "transport.shipment"):
        give(cast.avalon, cast.porto, cast.porto, topic)
    made, _brasov, _porto = shared_load(cast)
    with acting_for(cast.avalon):
        move_load(made.pk, "tendered", by="planner", happened_at=NOW)
        assign_carrier(made.pk, carrier_id=cast.fjord.pk, plate="OS 12345")
        for state in ("accepted", "at_pickup", "in_transit"):
            made = move_load(made.pk, state, by="carrier", happened_at=NOW + HOUR)
        made.position = {"latitude": 43.3, "longitude": -1.9}
        made.save()
        sync_partners(made)
    return made


def _everything(cast: Cast, slug: str, load: Load) -> Iterator[str]:
    """Yield all that one organisation can read of transport, table by table and door by door."""
    organisation = getattr(cast, slug)
    with acting_for(organisation):
        for model in shared_models():
            if model._meta.app_label == "transport":
                for row in model._default_manager.all().values():
                    yield json.dumps(row, default=str)
        keys = [load.pk]
        for table in (Shipment, Visit, TransportOrder):
            keys += list(table.objects.values_list("pk", flat=True))
        for render in (render_orders, render_loads, render_shipments):
            for frame in render(keys):
                yield f"{frame.html}{frame.data}"
    http = machine(organisation)
    for path in ("transport-orders", "loads", "shipments"):
        yield http.get(path).content.decode()


def test_each_rival_sees_its_own_side_only(cast: Cast, load: Load) -> None:
    names = {slug: getattr(cast, slug).bpn for slug in SIDES}
    for slug, rival in (SIDES, SIDES[::-1]):
        seen = list(_everything(cast, slug, load))
        assert any(names[slug] in text for text in seen)
        for text in seen:
            assert names[rival] not in text
            assert rival.title() not in text
            assert "-1.9" not in text  # where the truck is now would tell whom it visits next


@pytest.mark.parametrize("slug", ["kestrel", "silesia", "rhine"])
def test_whoever_takes_no_part_sees_nothing(cast: Cast, load: Load, slug: str) -> None:
    for text in _everything(cast, slug, load):
        assert load.number not in text
        assert "H-1" not in text


def test_the_carrier_sees_the_load_and_neither_its_cost_nor_the_goods(
    cast: Cast, load: Load
) -> None:
    with acting_for(cast.avalon):
        Load.objects.filter(pk=load.pk).update(expected_cost_minor=123457)
    with acting_for(cast.fjord):
        assert Load.objects.get().number == load.number
        assert not Shipment.objects.exists()
        assert not TransportOrder.objects.exists()
        assert Notice.objects.filter(code="tender_accepted").exists()
    shown = machine(cast.fjord).get(f"loads/{load.pk}")
    assert shown.status_code == 200
    assert len(shown.json()["stops"]) == 3
    assert "123457" not in shown.content.decode()
    assert "expected_cost_minor" not in shown.json()


def test_a_carrier_that_lost_the_load_sees_it_no_more(cast: Cast) -> None:
    made, _brasov, _porto = shared_load(cast)
    with acting_for(cast.avalon):
        move_load(made.pk, "tendered", by="planner", happened_at=NOW)
        assign_carrier(made.pk, carrier_id=cast.fjord.pk)
        move_load(made.pk, "accepted", by="carrier", happened_at=NOW)
    with acting_for(cast.fjord):
        assert Load.objects.exists()
    with acting_for(cast.avalon):
        move_load(made.pk, "planned", by="planner", happened_at=NOW + HOUR)
    with acting_for(cast.fjord):
        assert not Load.objects.exists()
        assert Notice.objects.filter(code="carrier_changed").exists()


def test_a_foreign_load_looks_like_none_at_all(
    cast: Cast, load: Load, client_for: ClientFor
) -> None:
    stranger = client_for(cast.kestrel)
    with acting_for(cast.avalon):
        shipment, order = Shipment.objects.all()[0], TransportOrder.objects.all()[0]
    for name, key in (("load", load.pk), ("shipment", shipment.pk), ("order", order.pk)):
        url = reverse(f"transport:{name}", args=["kestrel", key])
        assert stranger.get(url).status_code == 404
    moved = reverse("transport:load-move", args=["kestrel", load.pk])
    assert stranger.post(moved, {"to": "cancelled", "reason": "no"}).status_code == 404


def test_events_name_rows_of_one_partner_each(cast: Cast, load: Load) -> None:
    with acting_for(cast.avalon):
        owners = {
            str(key): partner
            for table in (Shipment, Visit)
            for key, partner in table.objects.values_list("pk", "counterparty_id")
        }
        for event in Event.objects.filter(kind="transport.ShipmentsChanged"):
            keys = [*event.body["shipment_ids"], *event.body["visit_ids"]]
            assert {owners[key] for key in keys} <= {event.body["partner_id"]}
    assert work_off() >= 0
