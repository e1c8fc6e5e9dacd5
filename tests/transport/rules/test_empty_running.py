"""Empty kilometres, and loads for trucks that go home empty: against all assignments."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transport.rules.empty_running import (
    EmptyLeg,
    Run,
    WaitingLoad,
    backhaul,
    empty_shares,
    match,
)
from transport.rules.load import Amounts, Capacity
from transport.rules.road import Hop, NoRoute

START = datetime(2026, 11, 9, 12, tzinfo=UTC)


def way(origin: str, destination: str) -> Hop:
    """Places are kilometre stones on one road; a truck does 60 km/h."""
    if "island" in {origin, destination}:
        raise NoRoute(origin, destination)
    km = abs(float(origin) - float(destination))
    return Hop(km, km)


def leg(name: str = "leg", origin: str = "300", home: str = "0", hours: float = 10) -> EmptyLeg:
    return EmptyLeg(
        name=name, origin=origin, destination=home, free_at=START,
        due_at=START + timedelta(hours=hours), capacity=Capacity(kg=Decimal(24000)),
        cents_per_km=100, kg_per_km=0.7,
    )  # fmt: skip


def load(name: str = "load", origin: str = "280", to: str = "40", **more: object) -> WaitingLoad:
    facts = {
        "name": name, "origin": origin, "destination": to, "ready_at": START,
        "pickup_until": START + timedelta(hours=6), "deliver_from": START,
        "deliver_until": START + timedelta(hours=9), "amounts": Amounts(),
        "handling": timedelta(minutes=30), "alternative_cents": 40000, "alternative_km": 300.0,
    }  # fmt: skip
    return WaitingLoad(**{**facts, **more})


def test_shares_by_lane_and_carrier() -> None:
    runs = [
        Run("A-B", "Alpha", 300, is_empty=False), Run("A-B", "Alpha", 100, is_empty=True),
        Run("A-C", "Beta", 200, is_empty=True), Run("A-B", "Beta", 50, is_empty=False),
    ]  # fmt: skip
    found = {(each.lane, each.carrier): each.share for each in empty_shares(runs)}
    assert found == {("A-C", "Beta"): 1, ("A-B", "Alpha"): 0.25, ("A-B", "Beta"): 0}


def test_a_load_on_the_way_home() -> None:
    found = backhaul(leg(), load(), way)
    assert found is not None
    # 20 to the load, 240 with it, 40 home: not one kilometre more than empty
    assert (found.saved_cents, found.saved_km, found.saved_kg) == (40000, 300, pytest.approx(210))
    assert found.pickup_at == START + timedelta(minutes=20)
    assert found.home_at == START + timedelta(minutes=300 + 60)


@pytest.mark.parametrize(
    ("the_leg", "the_load"),
    [
        (leg(), load(pickup_until=START + timedelta(minutes=19))),
        (leg(), load(deliver_until=START + timedelta(minutes=20 + 30 + 239))),
        (leg(hours=5.9), load()),  # not home in time
        (leg(), load(deliver_from=START + timedelta(hours=9, minutes=20), to="40")),
        (leg(), load(amounts=Amounts(kg=Decimal(24001)))),
        (leg(), load(origin="island")),
        (leg(), load(origin="900", alternative_cents=100)),  # the detour costs more
    ],
)
def test_what_cannot_be_or_saves_nothing(the_leg: EmptyLeg, the_load: WaitingLoad) -> None:
    assert backhaul(the_leg, the_load, way) is None


stones = st.integers(0, 400).map(str)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(stones, stones), min_size=1, max_size=4),
    st.lists(st.tuples(stones, stones, st.integers(0, 50000)), min_size=1, max_size=4),
)
def test_no_other_assignment_saves_more(
    legs: list[tuple[str, str]], loads: list[tuple[str, str, int]]
) -> None:
    trucks = [leg(f"leg {i}", *each) for i, each in enumerate(legs)]
    goods = [
        replace(load(f"load {i}", a, b), alternative_cents=cents)
        for i, (a, b, cents) in enumerate(loads)
    ]
    found = match(trucks, goods, way)
    assert len({each.leg for each in found}) == len({each.load for each in found}) == len(found)
    slots = [*goods, *[None] * len(trucks)]
    best = max(
        sum(
            pair.saved_cents
            for truck, each in zip(trucks, chosen, strict=True)
            if each is not None and (pair := backhaul(truck, each, way))
        )
        for chosen in permutations(slots, len(trucks))
    )
    assert sum(each.saved_cents for each in found) == best


def test_nothing_to_match() -> None:
    assert match([], [load()], way) == match([leg()], [], way) == ()
