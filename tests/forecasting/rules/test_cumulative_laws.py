"""The laws of the cumulative algebra: whatever happens on the way, the totals come out right."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from forecasting.rules.alert import AlertKind
from forecasting.rules.cumulative import Asn, Event, Ledger, Receipt, Reset, apply
from forecasting.rules.schedule import Release
from tests.forecasting.rules.ledger_events import MONDAY, after, asn, receipt, release, state

amounts = st.integers(1, 500)
days = st.integers(0, 60).map(lambda ahead: MONDAY + timedelta(days=ahead))
schedules = st.dictionaries(days, st.integers(0, 500), min_size=1, max_size=5)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """A consistent half year: releases say what they contain, receipts may be short or missing."""
    events: list[Event] = []
    received, last, number = 0, None, 0
    on_road: list[Asn] = []
    for at in range(draw(st.integers(1, 9))):
        match draw(st.sampled_from(["release", "asn", "receipt"])):
            case "asn":
                on_road.append(asn(f"A{at}", draw(amounts), MONDAY + timedelta(days=at)))
                events.append(on_road[-1])
            case "receipt" if on_road:
                arrived = on_road.pop(0)
                quantity = draw(st.integers(0, int(arrived.quantity) + 5))
                received, last = received + quantity, arrived.number
                events.append(receipt(arrived.number, quantity))
            case _:
                number += 1
                events.append(release(number, received, draw(schedules), last_asn=last))
    number += 1
    return [*events, release(number, received, draw(schedules), last_asn=last)]


@given(st.lists(schedules, min_size=1, max_size=5))
def test_any_schedule_and_all_later_ones_are_the_last_one_alone(
    all_lines: list[dict[date, int]],
) -> None:
    releases = [release(at, 7 * at, lines) for at, lines in enumerate(all_lines, start=1)]
    assert state(after(releases)) == state(after(releases[-1:]))


@given(histories(), st.data())
def test_losing_any_schedule_but_the_last_changes_only_alerts(
    events: list[Event], data: st.DataObject
) -> None:
    earlier = [at for at, each in enumerate(events[:-1]) if isinstance(each, Release)]
    lost = data.draw(st.sets(st.sampled_from(earlier)) if earlier else st.just(set()))
    kept = [each for at, each in enumerate(events) if at not in lost]
    assert state(after(events)) == state(after(kept))


@given(histories())
def test_any_message_twice_is_once(events: list[Event]) -> None:
    twice = [each for event in events for each in (event, event)]
    assert after(twice) == after(events)
    assert state(after([*events, *events])) == state(after(events))


@given(histories(), st.randoms(use_true_random=False))
def test_asns_and_receipts_may_come_in_any_order(events: list[Event], random: Any) -> None:
    releases = [each for each in events if isinstance(each, Release)]
    goods = [each for each in events if not isinstance(each, Release)]
    shuffled = list(goods)
    random.shuffle(shuffled)
    assert state(after(shuffled)) == state(after(goods))
    assert state(after([*shuffled, releases[-1]])) == state(after([*goods, releases[-1]]))
    # and a release may overtake them, as long as it says what it contains
    if releases[-1].last_asn:
        assert state(after([releases[-1], *shuffled])) == state(after([*goods, releases[-1]]))


@given(schedules, amounts, amounts, days, days)
def test_more_on_the_road_never_ships_more_and_later_or_more_never_less(
    lines: dict[date, int], on_road: int, more: int, one: date, other: date
) -> None:
    ledger = after([release(1, 0, lines), asn("A1", on_road)])
    added = after([asn("A2", more)], ledger)
    asked = after([release(2, 0, {day: each + more for day, each in lines.items()})], ledger)
    early, late = sorted([one, other])
    assert to_ship(added, late) <= to_ship(ledger, late)
    assert to_ship(ledger, early) <= to_ship(ledger, late)
    assert to_ship(ledger, late) <= to_ship(asked, late)


def to_ship(ledger: Ledger, day: date) -> Decimal:
    found = ledger.requirement(day)
    assert found is not None
    return found.to_ship


@given(histories())
def test_bounds_and_the_shipping_plan_adds_up(events: list[Event]) -> None:
    ledger = Ledger()
    for event in events:
        before = ledger.current
        ledger, alerts = apply(ledger, event)
        now = ledger.current
        for each in ledger.requirements():
            assert each.to_ship >= 0
            assert min(each.not_yet_received, each.over_received) == 0
        plan = ledger.shipping_plan()
        assert all(quantity >= 0 for _, quantity in plan)
        assert sum(quantity for _, quantity in plan) == max(
            (each.to_ship for each in ledger.requirements()), default=0
        )
        if now.in_transit < 0:
            assert now.mismatch != 0  # nothing open can be negative
        if now.mismatch not in (0, before.mismatch):
            assert AlertKind.MISMATCH in {alert.kind for alert in alerts}


@given(histories(), st.integers(1, 100))
def test_a_reset_keeps_what_is_on_the_road_and_what_is_to_ship(
    events: list[Event], weeks: int
) -> None:
    before = after(events)
    then = after([Reset(MONDAY + timedelta(weeks=weeks))], before)
    assert then.open_asns() == before.open_asns()
    assert then.shipping_plan() == before.shipping_plan()


@given(histories(), st.data())
def test_splitting_one_asn_changes_nothing(events: list[Event], data: st.DataObject) -> None:
    large = [each for each in events if isinstance(each, Asn) and each.quantity > 1]
    if not large:
        return
    whole = data.draw(st.sampled_from(large))
    part = data.draw(st.integers(1, int(whole.quantity) - 1))
    split: list[Event] = []
    for event in events:
        if event == whole:
            rest = int(whole.quantity) - part
            split += [asn(f"{whole.number}a", part, whole.despatched_on)]
            split += [asn(whole.number + "b", rest, whole.despatched_on)]
        elif isinstance(event, Receipt) and event.asn == whole.number:
            got = int(event.quantity)
            split += [receipt(f"{whole.number}a", min(got, part))]
            split += [receipt(f"{whole.number}b", got - min(got, part))]
        elif isinstance(event, Release) and event.last_asn == whole.number:
            split.append(replace(event, last_asn=f"{whole.number}b"))
        else:
            split.append(event)
    one, two = after(events), after(split)
    assert one.current == two.current
    assert one.requirements() == two.requirements()
