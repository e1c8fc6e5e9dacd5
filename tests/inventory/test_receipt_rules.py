"""IN-21 and IN-09 and IN-24 as formulas: differences, transit events, evidence."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.delivery_information import (
    Certainty,
    Leg,
    Reporter,
    TransitEvent,
    faults,
    reporter_of,
    transit_events,
)
from inventory.rules.evidence import Evidence, Grade, confidence, is_doubtful, worst
from inventory.rules.receipt import (
    AdvisedLine,
    CountedLine,
    Difference,
    LabelState,
    judge,
    label_faults,
)

D = Decimal
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def advised(*quantities: int) -> list[AdvisedLine]:
    return [
        AdvisedLine(position=place, part_number=f"P{place}", quantity=D(quantity))
        for place, quantity in enumerate(quantities, start=1)
    ]


def counted(position: int | None, received: int, **changes: object) -> CountedLine:
    told = {"part_number": f"P{position}", "damaged": D(0), **changes}
    return CountedLine(position=position, received=D(received), **told)  # type: ignore[arg-type]


def test_the_sample_of_the_standard_is_two_short() -> None:
    """RECADV sample: 478 of 480 is one discrepancy of -2."""
    [found] = judge(advised(480), [counted(1, 478)])
    assert (found.differences, found.difference, found.is_beyond) == ((Difference.SHORT,), -2, True)
    [inside] = judge(advised(480), [counted(1, 478)], tolerance=D("0.02"))
    assert inside.differences == (Difference.SHORT,)
    assert not inside.is_beyond


def test_each_kind_of_difference_is_told() -> None:
    found = judge(
        advised(10, 10, 10, 10, 10),
        [
            counted(1, 12),
            counted(2, 10, part_number="OTHER"),
            counted(3, 10, damaged=D(4)),
            counted(4, 10, has_label_fault=True),
            counted(None, 5, part_number="EXTRA"),
        ],
        tolerance=D("0.5"),
    )
    assert [each.differences for each in found] == [
        (Difference.OVER,),
        (Difference.WRONG_PART,),
        (Difference.DAMAGED,),
        (Difference.LABEL,),
        (Difference.MISSING,),
        (Difference.NOT_ADVISED,),
    ]
    assert [each.is_beyond for each in found] == [False, True, True, True, True, True]


def test_lines_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="each line of the advice once, got 7"):
        judge(advised(10), [counted(7, 1)])
    with pytest.raises(ValueError, match="each line of the advice once, got 1"):
        judge(advised(10), [counted(1, 1), counted(1, 1)])
    with pytest.raises(ValueError, match="damaged between 0 and 3, got 4"):
        counted(1, 3, damaged=D(4))


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(0, 99)), max_size=6))
def test_what_is_as_advised_differs_in_nothing(lines: list[tuple[int, int]]) -> None:
    told = advised(*(quantity for quantity, _ in lines))
    found = judge(told, [counted(n, came) for n, (_, came) in enumerate(lines, start=1)])
    assert len(found) == len(lines)
    for each, (quantity, came) in zip(found, lines, strict=True):
        assert each.difference == came - quantity
        assert bool(each.differences) == each.is_beyond == (came != quantity)


def test_a_plate_of_the_advice_is_not_unknown() -> None:
    told = [("A", LabelState.UNKNOWN), ("B", LabelState.UNKNOWN), ("A", LabelState.UNREADABLE)]
    assert label_faults(told, {"A"}) == told[1:]


def event(leg: Leg, certainty: Certainty, hours: int) -> TransitEvent:
    return TransitEvent(leg, certainty, NOW + timedelta(hours=hours))


GOOD = [
    [("d", "e", 2)],
    [("d", "a", -2)],
    [("a", "e", 2)],
    [("a", "a", -2)],
    [("d", "e", 2), ("a", "e", 5)],
    [("d", "a", -2), ("a", "e", 5)],
    [("d", "a", -5), ("a", "a", -2)],
]
BAD = [
    [],
    [("d", "a", 2)],
    [("a", "a", 2)],
    [("d", "e", -5), ("a", "a", -2)],
    [("d", "e", 5), ("a", "e", 2)],
    [("d", "e", 2), ("d", "e", 3)],
    [("d", "e", 2), ("a", "e", 3), ("a", "e", 4)],
]


def made(told: list[tuple[str, str, int]]) -> list[TransitEvent]:
    legs = {"d": Leg.DEPARTURE, "a": Leg.ARRIVAL}
    certainties = {"e": Certainty.ESTIMATED, "a": Certainty.ACTUAL}
    return [event(legs[leg], certainties[certainty], at) for leg, certainty, at in told]


def test_allowed_transit_events() -> None:
    """IN-09, CX-0118."""
    assert [faults(made(each), now=NOW) for each in GOOD] == [[]] * len(GOOD)
    assert all(faults(made(each), now=NOW) for each in BAD)


@given(st.integers(-200, 200), st.integers(-200, 200), st.none() | st.integers(-200, 0))
def test_what_we_tell_of_a_delivery_is_always_allowed(
    departed: int, expected: int, arrived: int | None
) -> None:
    found = transit_events(
        despatched_at=NOW + timedelta(hours=departed),
        expected_at=NOW + timedelta(hours=expected),
        arrived_at=None if arrived is None else NOW + timedelta(hours=arrived),
        now=NOW,
    )
    assert faults(found, now=NOW) == []


def test_the_incoterm_decides_who_reports() -> None:
    assert reporter_of("exw") is reporter_of("FCA") is Reporter.CUSTOMER
    assert reporter_of("DAP") is reporter_of("DDP") is Reporter.SUPPLIER
    with pytest.raises(ValueError, match="expected an Incoterms rule"):
        reporter_of("XYZ")


def test_a_sum_takes_the_worst_grade_and_the_oldest_age() -> None:
    sensor = Evidence(Grade.SENSOR, NOW, timedelta(minutes=5))
    typed = Evidence(Grade.COUNTED, NOW - timedelta(hours=30))
    found = worst([sensor, typed])
    assert found == Evidence(Grade.COUNTED, NOW - timedelta(hours=30), timedelta(minutes=5))
    assert confidence(sensor, now=NOW) == D("0.99")
    assert not is_doubtful(typed, now=NOW)
    assert is_doubtful(typed, now=NOW + timedelta(hours=24))


@given(st.integers(0, 500), st.integers(0, 500))
def test_confidence_never_rises_with_age(young: int, older: int) -> None:
    evidence = Evidence(Grade.BOOKED, NOW)
    first = confidence(evidence, now=NOW + timedelta(hours=young))
    later = confidence(evidence, now=NOW + timedelta(hours=young + older))
    assert 0 <= later <= first <= 1
