"""The cumulative ledger: twenty events of one part's year, and single cases worked by hand."""

import json
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from forecasting.rules.alert import Alert, AlertKind
from forecasting.rules.cumulative import (
    Adjustment,
    Asn,
    Counter,
    Event,
    Ledger,
    Receipt,
    Reset,
    apply,
)
from forecasting.rules.schedule import Commitment, Release, ScheduleLine
from tests.forecasting.rules.ledger_events import LATER, MONDAY, after, asn, receipt, release, state

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT / os.environ.get("EDI_SAMPLES", "../shared/data")


@pytest.fixture(scope="module")
def scenario() -> list[dict[str, Any]]:
    path = SHARED / "edifact" / "cumulative_scenario.json"
    if not path.exists():
        if os.environ.get("COLLAB_SHARED") == "required":
            pytest.fail(f"expected the scenario {path}, got none")
        pytest.skip(f"scenario {path} is absent")
    steps: list[dict[str, Any]] = json.loads(path.read_text())["steps"]
    return steps


def read_event(raw: dict[str, Any], position: int) -> Event:
    day = {key: date.fromisoformat(raw[key]) for key in raw if key.endswith("_on") or key == "on"}
    match raw["type"]:
        case "release":
            return Release(
                number=raw["number"],
                previous=raw.get("previous"),
                issued_at=datetime.fromisoformat(raw.get("issued_at", "2026-01-16T06:00:00Z")),
                received=Decimal(raw.get("received_cum", 0)),
                last_asn=raw.get("last_asn_included"),
                lines=tuple(
                    ScheduleLine(
                        due_on=date.fromisoformat(line["due_on"]),
                        quantity=Decimal(line["quantity"]),
                        commitment=Commitment(line["commitment"]),
                    )
                    for line in raw.get("lines", ())
                ),
            )
        case "asn":
            return Asn(number=raw["number"], quantity=Decimal(raw["quantity"]), **day)
        case "receipt":
            return Receipt(asn=raw["asn"], quantity=Decimal(raw["quantity"]), **day)
        case "adjustment":
            return Adjustment(
                reference=f"agreed {position}",
                counter=Counter(raw["of"]),
                quantity=Decimal(raw["quantity"]),
                reason=raw["reason"],
            )
    return Reset(day["on"])


def test_twenty_events_of_one_part(scenario: list[dict[str, Any]]) -> None:
    assert len(scenario) == 20
    ledger = Ledger()
    for position, step in enumerate(scenario):
        expected, place = step["expect"], f"step {position + 1}: {step['event']}"
        ledger, alerts = apply(ledger, read_event(step["event"], position))
        now, before = ledger.current, ledger.previous
        open_asns = ledger.open_asns()
        assert now.received == expected["received_cum"], place
        assert now.shipped == expected["shipped_cum"], place
        assert now.in_transit == expected["in_transit_cum"], place
        assert now.mismatch == expected["mismatch"], place
        assert now.open_asns == expected["open_asn_qty_current_period"], place
        assert [each.number for each in open_asns] == expected["open_asns"], place
        assert sum(each.quantity for each in open_asns) == expected["open_asn_qty_total"], place
        if "previous_period" in expected:
            assert before is not None
            assert expected["previous_period"] == {
                "received_cum": before.received,
                "shipped_cum": before.shipped,
                "in_transit_cum": before.in_transit,
            }, place
        for day, figures in expected.get("by_date", {}).items():
            found = ledger.requirement(date.fromisoformat(day))
            assert found is not None
            assert figures == {
                "required_cum": found.required,
                "not_yet_received": found.not_yet_received,
                "to_ship": found.to_ship,
                "over_received": found.over_received,
            }, f"{place} due {day}"
        assert [str(alert) for alert in alerts] == expected["alerts"], place


@pytest.mark.parametrize(
    ("open_asns", "mismatch", "to_ship"),
    [
        ((500, 300), 0, 500),  # everything on the road has an ASN
        ((500, 200), 100, 600),  # 100 shipped by the counters that no ASN accounts for
    ],
)
def test_received_9600_shipped_10400_required_10900(
    open_asns: tuple[int, int], mismatch: int, to_ship: int
) -> None:
    first, second = open_asns
    ledger = after(
        [
            asn("A1", 9600),
            release(1, 9600, {LATER: 1300}, last_asn="A1"),
            asn("A2", first, LATER),
            asn("A3", second, LATER),
            Adjustment(
                reference="count",
                counter=Counter.SHIPPED,
                quantity=Decimal(800 - first - second),
                reason="counter of the old system",
            ),
        ]
    )
    assert (ledger.current.in_transit, ledger.current.mismatch) == (800, mismatch)
    found = ledger.requirement(LATER)
    assert found is not None
    assert (found.required, found.not_yet_received, found.to_ship) == (10900, 1300, to_ship)


def test_a_reset_books_what_is_on_the_road_to_the_period_of_despatch() -> None:
    new_year = date(2027, 1, 1)
    ledger = after([asn("A1", 10100), receipt("A1", 10100), asn("A2", 300, LATER)])
    ledger = after([Reset(new_year)], ledger)
    assert ledger.previous is not None
    assert (ledger.previous.in_transit, ledger.current.in_transit) == (300, 0)
    ledger = after([receipt("A2", 300, new_year)], ledger)
    assert ledger.previous is not None
    assert (ledger.previous.in_transit, ledger.current.in_transit) == (0, 0)


def test_a_reset_changes_nothing_to_ship() -> None:
    events = [asn("A1", 100), release(1, 100, {LATER: 500}, last_asn="A1"), asn("A2", 150, LATER)]
    before = after(events)
    then = after([Reset(date(2026, 6, 1))], before)
    assert before.shipping_plan() == then.shipping_plan() == ((LATER, 350),)
    then = after([receipt("A2", 140)], then)  # ten short: they must be shipped again
    assert then.shipping_plan() == ((LATER, 360),)


def test_a_release_that_names_an_asn_we_have_not_seen_yet() -> None:
    early = after([release(1, 300, {LATER: 100}, last_asn="A1"), asn("A1", 300)])
    late = after([asn("A1", 300), release(1, 300, {LATER: 100}, last_asn="A1")])
    assert state(early) == state(late)
    assert early.open_asns() == ()


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        # the customer takes less than it was bound to, and does not say that it means it
        ([release(1, 0, {LATER: 500}), release(2, 0, {LATER: 400})], AlertKind.FIRM_DECREASED),
        # another quantity under a number we know is not a repetition
        ([asn("A1", 100), asn("A1", 120)], AlertKind.DIFFERS),
        ([receipt("A1", 100), receipt("A1", 90)], AlertKind.DIFFERS),
        ([Reset(LATER), Reset(MONDAY)], AlertKind.SUPERSEDED),
        ([Reset(LATER), Reset(LATER)], AlertKind.DUPLICATE),
        # received without a despatch: T < 0
        ([receipt("A1", 100)], AlertKind.MISMATCH),
    ],
)
def test_what_somebody_should_look_at(events: list[Event], expected: AlertKind) -> None:
    ledger = after(events[:-1])
    _, alerts = apply(ledger, events[-1])
    assert [alert.kind for alert in alerts] == [expected]


def test_a_flagged_change_may_lower_the_firm_quantity() -> None:
    ledger = after([release(1, 0, {LATER: 500})])
    assert apply(ledger, release(2, 0, {LATER: 400}, is_change=True))[1] == ()


def test_an_old_period_may_still_show_a_mismatch() -> None:
    ledger = after([asn("A1", 100), Reset(LATER)])
    _, alerts = apply(ledger, receipt("A1", 98, LATER))
    assert alerts == (
        Alert(AlertKind.QUANTITY_DEVIATION, "-2"),
        Alert(AlertKind.MISMATCH, "2"),
    )


def test_of_two_asns_of_one_day_the_lower_number_is_the_older() -> None:
    ledger = after([asn("A9", 100), asn("A10", 50), release(1, 100, {}, last_asn="A9")])
    assert [each.number for each in ledger.open_asns()] == ["A10"]


def test_a_release_after_the_reset_may_be_the_first_to_name_an_old_asn() -> None:
    january = datetime(2026, 2, 2, tzinfo=UTC)
    ledger = after([asn("A1", 300), Reset(date(2026, 2, 1))])
    ledger, alerts = apply(ledger, release(1, 0, {}, last_asn="A1", issued_at=january))
    assert alerts == ()  # it arrived, so far as anybody says in full
    assert ledger.previous is not None
    assert (ledger.previous.received, ledger.previous.mismatch) == (300, 0)
    ledger, alerts = apply(ledger, receipt("A1", 290))  # its own figure was never stated
    assert [str(alert) for alert in alerts] == ["quantity_deviation:-10", "cumulative_mismatch:10"]


def test_a_release_that_names_no_asn_contains_what_was_received_until_then() -> None:
    ledger = after([asn("A1", 100), receipt("A1", 100), release(1, 100, {})])
    assert ledger.current.received == 100
    ledger = after([asn("A2", 40, LATER), receipt("A2", 40)], ledger)
    assert ledger.current.received == 140


def test_a_release_that_names_no_asn_reopens_none() -> None:
    ledger = after([asn("A1", 100), release(1, 100, {}, last_asn="A1"), release(2, 100, {})])
    assert ledger.open_asns() == ()


def test_a_new_statement_contains_what_was_agreed_before() -> None:
    agreed = Adjustment(
        reference="count", counter=Counter.RECEIVED, quantity=Decimal(-2), reason="scrapped"
    )
    ledger = after([asn("A1", 100), receipt("A1", 100), agreed])
    assert ledger.current.received == 98
    ledger = after([release(1, 98, {}, last_asn="A1")], ledger)
    assert ledger.current.received == 98


def test_a_release_says_itself_since_when_it_counts() -> None:
    new_year = date(2027, 1, 1)
    before = datetime(2026, 12, 30, tzinfo=UTC)  # sent before the reset, counted from it on
    ledger = after([asn("A1", 900), receipt("A1", 900), Reset(new_year)])
    ledger = after([release(1, 0, {}, issued_at=before, counted_since=new_year)], ledger)
    assert ledger.current.received == 0
    assert ledger.previous is not None
    assert ledger.previous.received == 900
