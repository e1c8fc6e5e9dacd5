"""What was made from what (IN-20): any order, any graph, walls, corrections."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from collab.integration.epcis.model import ErrorDeclaration, Quantity, Typed
from collab.masterdata.models import Part, PartAlias
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from inventory.models import ThingName, TraceLink, TrackingEvent
from inventory.queries.genealogy import Direction, Trace, trace
from inventory.queries.lot_things import searched
from inventory.services.genealogy import follow_events
from inventory.services.tracking import EventRow, record_events
from tests.harness.cast import Cast, give
from tests.harness.tracked import NOW, PALLET, event, packing
from tests.integration.edi_samples import sample
from tests.inventory.conftest import OWN, THEIRS, Goods
from tests.inventory.test_catenax_stock import take as take_document

INTO, FROM = Direction.INTO, Direction.FROM


def lot(number: int | str) -> str:
    return f"https://id.gs1.org/01/09521321000018/10/{number}"


def serial(number: int | str) -> str:
    return f"https://id.gs1.org/01/09521321000025/21/{number}"


def make(
    minutes: float, used: Sequence[str], made: Sequence[str], **said: Any
) -> EventRow:  # fmt: skip
    """Return a transformation of lots and serials."""
    lots_in = tuple(Quantity(each, Decimal(2), "KGM") for each in used if "/10/" in each)
    lots_out = tuple(Quantity(each, Decimal(5)) for each in made if "/10/" in each)
    return event(
        minutes,
        kind="TransformationEvent",
        action="",
        input_quantities=lots_in,
        input_epcs=tuple(each for each in used if "/10/" not in each),
        output_quantities=lots_out,
        output_epcs=tuple(each for each in made if "/10/" not in each),
        **said,
    )


def take(*rows: EventRow) -> None:
    """Record events and fold them, as the relay would."""
    verdicts = record_events(rows, source="test", received_at=NOW)
    follow_events([each.event for each in verdicts if each.event])


def take_as(owner: Organisation, *rows: EventRow) -> None:
    with acting_for(owner):
        take(*rows)


def business(seller: Organisation, buyer: Organisation) -> dict[str, Any]:
    """Return what makes an event the business of these two."""
    return {
        "sources": (Typed("owning_party", f"urn:bpn:{seller.bpn}"),),
        "destinations": (Typed("owning_party", f"urn:bpn:{buyer.bpn}"),),
    }


def reached(found: Trace) -> dict[str, int]:
    return {each.thing: each.level for each in found.things}


def links() -> list[tuple[Any, ...]]:
    names = (
        "id", "parent", "child", "how", "event", "at", "ended_at", "quantity", "uom",
        "counterparty_id",
    )  # fmt: skip
    return sorted(TraceLink.objects.values_list(*names), key=str)


def brute(root: str, pairs: set[tuple[str, str]]) -> dict[str, int]:
    """Return the distance of everything that pairs (from, to) lead to."""
    level, found, edge = 0, {root: 0}, {root}
    while edge:
        level += 1
        edge = {to for near, to in pairs if near in edge} - found.keys()
        found |= dict.fromkeys(edge, level)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_walks_agree_with_brute_force_on_random_graphs(cast: Cast, seed: int) -> None:
    """IN-20: transformations with many inputs and outputs, some in two events, and a cycle."""
    chance = random.Random(seed)
    rows, pairs = [], set()
    for number in range(40):
        used = [lot(each) for each in chance.sample(range(30), chance.randint(1, 3))]
        made = [lot(each) for each in chance.sample(range(30), chance.randint(1, 3))]
        pairs |= {(one, other) for one in used for other in made if one != other}
        if number % 4:
            rows.append(make(number, used, made))
        else:
            name = {"transformation_id": f"urn:x-run:{number}"}
            rows += [make(number, used, (), **name), make(number + 0.5, (), made, **name)]
    chance.shuffle(rows)
    back = {(to, near) for near, to in pairs}
    with acting_for(cast.brasov):
        take(*rows)
        for root in map(lot, range(30)):
            assert reached(trace(root, INTO)) == brute(root, pairs)
            assert reached(trace(root, FROM)) == brute(root, back)
        near = trace(lot(0), INTO, levels=2)
        assert reached(near) == {k: v for k, v in brute(lot(0), pairs).items() if v <= 2}
        assert set(trace(lot(0), INTO).pairs) == {
            (a, b) for a, b in pairs if {a, b} <= brute(lot(0), pairs).keys()
        }
        assert near.is_cut == (max(brute(lot(0), pairs).values()) > 2)
        assert trace(lot(0), INTO, most=3).is_cut


def story() -> list[EventRow]:
    """Return a week in which things are made, packed, unpacked, corrected and built in."""
    wrong = make(8, [lot("A")], [lot("C")], event_id="urn:x:wrong")
    declared = ErrorDeclaration(declared_at=NOW, reason="incorrect_data")
    taken_out = packing(20, "DELETE", serial(1))
    return [
        make(1, [lot("A"), lot("B")], [serial(1), serial(2)]),
        packing(10, "ADD", serial(1), serial(2)),
        taken_out,
        packing(30, "ADD", serial(1)),
        packing(40, "DELETE"),
        packing(50, "ADD", serial(2)),
        event(60, kind="AssociationEvent", action="ADD", parent_id="urn:x-vehicle:1",
              child_epcs=(serial(1),)),
        wrong,
        replace(wrong, facts=replace(wrong.facts, error=declared)),
        make(9, [lot("A")], [serial(3)], transformation_id="urn:x-run:7"),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_any_order_once_or_twice_gives_the_same_links(cast: Cast, seed: int) -> None:
    """IN-20: replay = incremental, twice = once, and a correction takes links back."""
    with acting_for(cast.brasov):
        with transaction.atomic():
            take(*story())
            expected = links()
            assert reached(trace(lot("A"), INTO)) == {
                lot("A"): 0, serial(1): 1, serial(2): 1, serial(3): 1, PALLET: 2,
                "urn:x-vehicle:1": 2,
            }  # fmt: skip
            assert lot("C") not in {name for row in expected for name in row[1:3]}
            transaction.set_rollback(True)
        assert links() == []
        rows = story()
        random.Random(seed).shuffle(rows)
        for row in rows:
            take(row)
        assert links() == expected
        take(*rows)
        follow_events(list(TrackingEvent.objects.values_list("pk", flat=True)))
        assert links() == expected


def test_tiers_see_as_far_as_grants_lead_and_a_rival_nothing(cast: Cast) -> None:
    """IN-20: links of several owners join; what is not granted is not there, hidden or counted."""
    copper, cable, harness, car = lot("CU"), lot("CABLE"), serial("H1"), "urn:x-vehicle:9"
    take_as(cast.silesia, make(1, [copper], [cable], **business(cast.silesia, cast.brasov)))
    take_as(cast.brasov, make(2, [cable], [harness], **business(cast.brasov, cast.avalon)))
    built_in = event(3, kind="AssociationEvent", action="ADD", parent_id=car, child_epcs=(harness,))
    take_as(cast.avalon, built_in)
    with acting_for(cast.avalon):  # one level of its own, one of its supplier's
        assert reached(trace(car, FROM)) == {car: 0, harness: 1, cable: 2}
    with acting_for(cast.brasov):
        assert reached(trace(copper, INTO)) == {copper: 0, cable: 1, harness: 2}
    with acting_for(cast.silesia):
        nothing = trace(copper, INTO)
        assert (reached(nothing), nothing.stubs) == ({copper: 0, cable: 1}, frozenset())
    for rival in (cast.porto, cast.kestrel):
        with acting_for(rival):
            for thing in (copper, cable, harness, car):
                for direction in Direction:
                    found = trace(thing, direction)
                    assert (reached(found), found.stubs, found.pairs) == ({thing: 0}, set(), [])
    give(cast.silesia, cast.avalon, cast.brasov, "inventory.genealogy")
    give(cast.brasov, cast.silesia, cast.avalon, "inventory.genealogy", fields=["child", "how"])
    with acting_for(cast.avalon):
        assert reached(trace(car, FROM))[copper] == 3
    with acting_for(cast.silesia):  # entitled to know that something is there, and no more
        hinted = trace(copper, INTO)
        assert (reached(hinted), hinted.stubs) == ({copper: 0, cable: 1}, {cable})
        assert trace(harness, FROM).stubs == frozenset()  # the near end is not told
    with acting_for(cast.porto):
        assert trace(cable, INTO).stubs == frozenset()


def as_built(car: str, *parts: str, day: int = 1) -> dict[str, Any]:
    """Return what a car was built from, as 4.0.0 says it."""
    return {
        "globalAssetId": f"urn:uuid:{car}",
        "childItems": [
            {
                "globalAssetId": f"urn:uuid:{part}",
                "quantity": {"value": 1, "unit": "unit:piece"},
                "businessPartner": "BPNL50096894aNXY",
                "hasAlternatives": False,
                "createdOn": f"2026-11-{day:02d}T08:00:00Z",
            }
            for part in parts
        ],
    }


def test_as_built_documents_make_links_and_newer_ones_replace_them(cast: Cast) -> None:
    """IN-20: single_level_bom_as_built 4.0.0, and 3.0.0 as well."""
    car, one, two, three = (str(uuid4()) for _ in range(4))
    give_in = partial(take_document, cast.avalon, cast.brasov)
    assert give_in(as_built(car, one, two, day=2)).state == "applied"
    assert give_in(as_built(one, three)).state == "applied"
    with acting_for(cast.avalon):
        found = reached(trace(f"urn:uuid:{car}", FROM))
        assert {name[9:]: level for name, level in found.items()} == {
            car: 0,
            one: 1,
            two: 1,
            three: 2,
        }
    assert give_in(as_built(car, one, day=1)).state != "applied"  # older
    older = json.loads(json.dumps(as_built(car, one, day=3)).replace("globalAssetId", "catenaXId"))
    assert give_in(older).state == "applied"
    broken = as_built(car, one, day=4)
    del broken["childItems"][0]["globalAssetId"]
    assert give_in(broken).problems[0]["place"] == "/childItems/0"
    with acting_for(cast.avalon):
        assert f"urn:uuid:{two}" not in reached(trace(f"urn:uuid:{car}", FROM))
    with acting_for(cast.porto):
        assert reached(trace(f"urn:uuid:{car}", FROM)) == {f"urn:uuid:{car}": 0}


def test_the_published_sample_is_read(cast: Cast) -> None:
    """IN-20: the sample names itself as its part, which links nothing."""
    raw = sample("catenax", "single_level_bom_as_built", "3.0.0", "SingleLevelBomAsBuilt.json")
    assert take_document(cast.avalon, cast.brasov, json.loads(raw)).state == "applied"
    with acting_for(cast.avalon):
        assert not TraceLink.objects.exists()


def instance(name: str, number: str, **said: Any) -> dict[str, Any]:
    """Return what a serialised part is, as serial_part 4.0.0 says it."""
    told = {"manufacturerId": said.pop("maker", ""), "partInstanceId": said.pop("serial", "")}
    return {
        "globalAssetId": f"urn:uuid:{name}",
        "localIdentifiers": [{"key": key, "value": each} for key, each in told.items() if each],
        "manufacturingInformation": {"date": "2026-11-01"},
        "partTypeInformation": {"manufacturerPartId": number, "nameAtManufacturer": "Loom"},
        **said,
    }


@pytest.mark.parametrize("is_joined_first", [True, False])
def test_a_trace_crosses_from_partners_documents_to_own_events(
    goods: Goods, cast: Cast, is_joined_first: bool
) -> None:
    """IN-20: Brasov's name of a serial, and the GTIN and serial that Avalon reads, are one."""
    with acting_for(cast.avalon):
        part = Part.objects.get(number=THEIRS)
        Part.objects.filter(pk=part.pk).update(gtin="09521321000025")
        PartAlias.objects.create(
            part=part,
            partner=cast.brasov,
            partner_number=OWN,
            compare_key=compare_key(OWN),
            valid_from=date(2025, 1, 1),
        )
    loom, wire, car = str(uuid4()), str(uuid4()), "urn:x-vehicle:7"
    thing = "https://id.gs1.org/01/09521321000025/21/S%2F7"
    built = event(3, kind="AssociationEvent", action="ADD", parent_id=car, child_epcs=(thing,))
    take_as(cast.avalon, built)
    give_in = partial(take_document, cast.avalon, cast.brasov)
    named = instance(loom, OWN, serial="S/7", maker=cast.brasov.bpn)
    documents = [named, as_built(loom, wire)]
    for each in documents if is_joined_first else documents[::-1]:
        got = give_in(each)
        assert got.state == "applied", got.problems
    assert (
        give_in({**named, "partTypeInformation": {"manufacturerPartId": "no"}}).state != "applied"
    )
    assert give_in(instance(loom, OWN, serial="S8")).state != "applied"  # it is another already
    assert give_in(instance(str(uuid4()), OWN)).state == "applied"  # says no serial: joins nothing
    with acting_for(cast.avalon):
        whole = {car: 0, thing: 1, f"urn:uuid:{wire}": 2}
        assert reached(trace(car, FROM)) == whole
        assert reached(trace(f"urn:uuid:{wire}", INTO))[car] == 2
        assert searched(f"urn:uuid:{loom.upper()}") == thing
        assert ThingName.objects.count() == 1
    # Another partner's statements of the same name are not joined by it.
    assert take_document(cast.avalon, cast.porto, as_built(loom, str(uuid4()))).state == "applied"
    with acting_for(cast.avalon):
        assert reached(trace(car, FROM)) == whole
    for rival in (cast.porto, cast.kestrel, cast.brasov):
        with acting_for(rival):
            assert not ThingName.objects.exists()
