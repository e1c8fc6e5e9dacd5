"""IN-17: a pallet that left the cross-dock unread is one exception for everybody it concerns."""

from datetime import timedelta

import pytest

from collab.events.relay import work_off
from collab.integration.epcis.model import Typed
from collab.live.models import FeedFrame
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from collab.work.models import Alert
from inventory.rules.unit_names import thing_of
from inventory.services.expected_units import UNIT_MISSING, judge_overdue
from inventory.services.tracking import record_events
from tests.harness.cast import TIER_TWO_FIELDS, Cast, give
from tests.harness.tracked import NOW, event
from tests.transport.goods_on_the_way import make_story
from tests.transport.moving import coming, direct_load, order_of
from transport.models import DispatchAdvice, HandlingUnit, Leg, Load, Stop
from transport.queries.plates import units_on_the_way
from transport.queries.ways import ways_of
from transport.services.advices import send_advice

pytestmark = pytest.mark.committed
HOUR = timedelta(hours=1)
GLNS = {"brasov": "9521321000032", "rhine": "9521321000049", "avalon": "9521321000056"}


@pytest.fixture
def plates(cast: Cast) -> list[str]:
    """Brasov's pallets for Avalon, which change vehicles at Rhine; all three read with RFID."""
    give(cast.avalon, cast.brasov, cast.brasov, "work.exceptions")
    give(cast.avalon, cast.silesia, cast.brasov, "work.exceptions", fields=TIER_TWO_FIELDS)
    for slug, gln in GLNS.items():
        with acting_for(getattr(cast, slug)):
            Site.objects.update(gln=gln)
    story = make_story(cast)
    with acting_for(cast.avalon):
        load = direct_load(order_of(cast.brasov, cast.avalon, **coming()), state="planned")
        leg = Leg.objects.get(load=load)
        _over_rhine(cast, load, leg)
    with acting_for(cast.brasov):
        advice = send_advice(story.consignment()).advice
        DispatchAdvice.objects.filter(pk=advice.pk).update(shipment_id=leg.shipment_id)
    work_off()
    with acting_for(cast.brasov):
        top = HandlingUnit.objects.filter(advice=advice, parent__isnull=True)
        return list(top.order_by("position").values_list("licence_plate", flat=True))


def _over_rhine(cast: Cast, load: Load, leg: Leg) -> None:
    """Let the shipment change vehicles: at Rhine from 5 to 3 hours ago, due at Avalon tomorrow."""
    hub = f"{cast.rhine.bpn}/RHI1"
    first, last = Stop.objects.filter(load=load).order_by("sequence")
    end = last.place_code
    Stop.objects.filter(pk=first.pk).update(planned_arrival=NOW - 20 * HOUR)
    Stop.objects.filter(pk=last.pk).update(place_code=hub, planned_arrival=NOW - 5 * HOUR)
    load.pk, load.number, load._state.adding = None, "L-2", True
    load.save()
    for stop, code, at in ((first, hub, NOW - 4 * HOUR), (last, end, NOW + 24 * HOUR)):
        stop.pk, stop.load_id, stop.place_code, stop.planned_arrival = None, load.pk, code, at
        stop.departed_at = NOW - 3 * HOUR if code == hub else None
        stop._state.adding = True
        stop.save()
    leg.pk, leg.load_id, leg.position, leg._state.adding = None, load.pk, 2, True
    leg.save()


def read(cast: Cast, slug: str, plate: str, hours_ago: float, *, site: str = "") -> None:
    party = () if slug == "avalon" else (Typed("owning_party", cast.avalon.bpn),)
    with acting_for(getattr(cast, slug)):
        row = event(
            24 * 60 - hours_ago * 60,
            epcs=(thing_of(plate),),
            biz_step="departing",
            read_point=f"https://id.gs1.org/414/{GLNS[site or slug]}",
            destinations=party,
        )
        record_events([row], source="test", received_at=NOW)
    work_off()


def told(cast: Cast, slug: str) -> list[tuple[str, bool]]:
    with acting_for(getattr(cast, slug)):
        rows = Alert.objects.filter(type=UNIT_MISSING).order_by("pk")
        return [(row.title_params.get("gap", ""), row.is_open) for row in rows]


def test_left_unread_is_told_to_all_at_once_and_closes_when_it_is_read(
    cast: Cast, plates: list[str]
) -> None:
    missing, *others = plates
    with acting_for(cast.avalon):
        units = units_on_the_way(limit=10)
        way = ways_of({unit.shipment_id for unit in units.values() if unit.shipment_id})
        assert [halt.code.partition("/")[2] for halts in way.values() for halt in halts] == [
            "BRA1", "RHI1", "AVA1",
        ]  # fmt: skip
        assert judge_overdue(as_of=NOW) == 0  # nobody reads there: nothing is missing
    for plate in plates:
        read(cast, "brasov", plate, 19)
    read(cast, "rhine", "UNOTHER000000001", 4)  # the cross-dock does read
    for plate in others:
        read(cast, "rhine", plate, 4)
    with acting_for(cast.avalon):
        assert judge_overdue(as_of=NOW) == 1
        assert judge_overdue(as_of=NOW) == 1  # twice = once
        alert = Alert.objects.get(type=UNIT_MISSING)
        assert (alert.title_params["pack"], alert.severity) == (missing, "critical")
        assert (alert.site_code, alert.counterparty_id) == ("RHI1", cast.brasov.pk)
    work_off()
    assert told(cast, "avalon") == told(cast, "brasov") == [("left_unread", True)]
    for slug, count in (("silesia", 1), ("porto", 0), ("kestrel", 0)):
        with acting_for(getattr(cast, slug)):
            assert Alert.objects.filter(type=UNIT_MISSING).count() == count
            frames = FeedFrame.objects.filter(topic="work.exceptions")
            assert bool(frames) == bool(count)
            assert all(missing not in str(frame.frames) for frame in frames)
    read(cast, "rhine", missing, 3.5)  # found at the cross-dock after all
    assert told(cast, "avalon") == [("left_unread", False)]


def test_where_nobody_expects_it_and_overdue(cast: Cast, plates: list[str]) -> None:
    plate = plates[0]
    for slug in ("brasov", "rhine", "avalon"):
        read(cast, slug, "UNOTHER000000001", 22)
    for each in plates:
        read(cast, "rhine", each, 4)
    with acting_for(cast.avalon):
        Site.objects.create(
            code="AVA9", name="Elsewhere", kind="plant", country="DE", city="Ulm",
            latitude=48.4, longitude=10, gln="9521321000063",
        )  # fmt: skip
    GLNS["wrong"] = "9521321000063"
    read(cast, "avalon", plate, 1, site="wrong")
    assert told(cast, "avalon") == [("unexpected", True)]
    read(cast, "avalon", plate, 0.5)
    assert told(cast, "avalon") == [("unexpected", False)]  # it did arrive
    with acting_for(cast.avalon):
        assert judge_overdue(as_of=NOW + 26 * HOUR) == len(plates) - 1
    assert told(cast, "avalon").count(("overdue", True)) == len(plates) - 1
