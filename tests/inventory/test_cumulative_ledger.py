"""IN-08: received, shipped and required quantities per period; worked example WE-3."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.cumulative_ledger import Facts, Received, Shipped, Stated, standings

D = Decimal
DAY = date(2026, 6, 1)


def at(day: int) -> datetime:
    return datetime(2026, 6, 1, 12, tzinfo=UTC) + timedelta(days=day)


def left(number: str, day: int, quantity: int, cumulative: int | None = None) -> Shipped:
    return Shipped(
        number=number,
        despatched_on=DAY + timedelta(days=day),
        quantity=D(quantity),
        cumulative=None if cumulative is None else D(cumulative),
    )


def came(advice: str, day: int, quantity: int, agreed: int = 0) -> Received:
    return Received(
        reference=f"R-{advice}",
        advice=advice,
        received_at=at(day),
        quantity=D(quantity),
        agreed=D(agreed),
    )


def wants(received: int | None, *lines: tuple[int, int], day: int = 0, last: str = "") -> Stated:
    return Stated(
        number="1",
        issued_at=at(day),
        received=None if received is None else D(received),
        last_advice=last,
        lines=[(DAY + timedelta(days=due), D(quantity)) for due, quantity in lines],
    )


def test_the_worked_example_holds() -> None:
    """WE-3: received 9,600, shipped 10,400, required 10,900."""
    on_road = [left("A1", 0, 500, 10_100), left("A2", 1, 300, 10_400)]
    facts = Facts(shipped=on_road, stated=wants(9_600, (5, 1_300), day=2))
    [now] = standings(facts, on=DAY + timedelta(days=5))
    assert (now.received, now.shipped, now.in_transit) == (9_600, 10_400, 800)
    assert (now.open_advices, now.mismatch) == (800, 0)
    assert (now.required, now.not_yet_received, now.to_ship) == (10_900, 1_300, 500)
    lost = Facts(
        shipped=[left("A1", 0, 500, 10_200), left("A2", 1, 200, 10_400)],
        stated=wants(9_600, (5, 1_300), day=2),
    )
    [odd] = standings(lost, on=DAY + timedelta(days=5))
    assert (odd.shipped, odd.open_advices, odd.mismatch) == (10_400, 700, 100)


def test_goods_on_the_road_at_a_reset_stay_in_the_old_period() -> None:
    """WE-3: received 10,100, shipped 10,400; booked to the period of despatch."""
    reset = DAY + timedelta(days=10)
    known = Facts(
        shipped=[left("A0", 1, 10_100), left("A1", 8, 300)],
        received=[came("A0", 3, 10_100)],
        resets=[reset],
    )
    now, before = standings(known, on=reset)
    assert (before.in_transit, before.open_advices, before.mismatch) == (300, 300, 0)
    assert (now.in_transit, now.open_advices, now.since) == (0, 0, reset)
    arrived = Facts(
        shipped=known.shipped, received=[*known.received, came("A1", 12, 300)], resets=[reset]
    )
    now, before = standings(arrived, on=reset + timedelta(days=3))
    assert (before.in_transit, before.mismatch, now.in_transit, now.mismatch) == (0, 0, 0, 0)


def test_a_short_receipt_is_a_mismatch_until_it_is_agreed() -> None:
    shipped = [left("A1", 0, 480)]
    [short] = standings(Facts(shipped=shipped, received=[came("A1", 2, 478)]), on=DAY)
    assert (short.in_transit, short.mismatch) == (2, 2)
    agreed = Facts(shipped=shipped, received=[came("A1", 2, 478, agreed=-2)])
    [settled] = standings(agreed, on=DAY)
    assert (settled.shipped, settled.received, settled.mismatch) == (478, 478, 0)


def test_goods_that_nobody_announced_are_a_mismatch() -> None:
    """T < 0 always is one."""
    [found] = standings(Facts(received=[came("", 2, 40)]), on=DAY)
    assert found.in_transit == -40
    assert found.mismatch == -40


def test_counters_begin_where_the_documents_on_file_begin() -> None:
    stated = Stated(
        number="7",
        issued_at=at(5),
        received=D(9_700),
        lines=[(DAY + timedelta(days=9), D(400))],
        first=(at(-3), D(9_600)),
    )
    facts = Facts(shipped=[left("A1", 0, 100, 100)], received=[came("A1", 2, 100)], stated=stated)
    [found] = standings(facts, on=DAY + timedelta(days=9))
    assert (found.shipped, found.received, found.mismatch) == (9_700, 9_700, 0)
    assert found.to_ship == 400


def test_without_a_statement_the_receipts_are_what_was_received() -> None:
    facts = Facts(
        shipped=[left("A1", 0, 100), left("A2", 4, 60)],
        received=[came("A1", 2, 100)],
        stated=wants(None, (5, 80), (9, 50), day=3),
    )
    [found] = standings(facts, on=DAY + timedelta(days=9))
    assert (found.received, found.required, found.not_yet_received) == (100, 230, 130)
    assert (found.open_advices, found.to_ship) == (60, 70)


@st.composite
def flows(draw: st.DrawFn) -> Facts:
    """Return despatches with some of their receipts, resets, and perhaps a release."""
    quantities = draw(st.lists(st.integers(1, 500), max_size=6))
    shipped = [left(f"A{n}", draw(st.integers(0, 30)), q) for n, q in enumerate(quantities)]
    received = [
        came(each.number, draw(st.integers(0, 40)), draw(st.integers(0, 600)))
        for each in shipped
        if draw(st.booleans())
    ]
    resets = draw(st.lists(st.integers(1, 35), max_size=1))
    lines = draw(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 500)), max_size=4))
    return Facts(
        shipped=shipped,
        received=received,
        stated=draw(st.sampled_from([None, wants(None, *lines, day=draw(st.integers(0, 40)))])),
        resets=[DAY + timedelta(days=each) for each in resets],
    )


@given(flows(), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(facts: Facts, chance: random.Random) -> None:
    on = DAY + timedelta(days=20)
    shipped, received = [*facts.shipped] * 2, [*facts.received]
    chance.shuffle(shipped)
    chance.shuffle(received)
    again = Facts(shipped=shipped, received=received, stated=facts.stated, resets=facts.resets)
    assert standings(again, on=on) == standings(facts, on=on)


@given(flows())
def test_to_ship_is_never_negative_and_never_falls_with_the_day(facts: Facts) -> None:
    days = [DAY + timedelta(days=each) for each in range(0, 70, 7)]
    told = [standings(facts, on=day)[0].to_ship for day in days]
    asked = [each for each in told if each is not None]
    assert all(each >= 0 for each in asked)
    assert all(a <= b for a, b in pairwise(asked))


@given(flows())
def test_more_received_than_shipped_always_is_a_mismatch(facts: Facts) -> None:
    for each in standings(facts, on=DAY):
        assert each.in_transit >= 0 or each.mismatch < 0
        assert each.mismatch == each.in_transit - each.open_advices


@given(flows())
def test_a_reset_moves_nothing_on_the_road(facts: Facts) -> None:
    whole = Facts(shipped=facts.shipped, received=facts.received)
    [without] = standings(whole, on=DAY)
    parted = Facts(shipped=facts.shipped, received=facts.received, resets=facts.resets)
    found = standings(parted, on=DAY)
    assert sum(each.open_advices for each in found) == without.open_advices
    assert sum(each.in_transit for each in found) == without.in_transit
