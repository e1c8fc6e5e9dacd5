"""One tier's demand for components: usage, options, scrap, lead time, stock, and whose it is."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.masterdata.rules.bill_of_material import BomLine
from forecasting.engine.working_days import WorkingCalendar
from forecasting.rules.propagation import (
    ComponentDemand,
    ParentDemand,
    Peg,
    propagate,
    working_days_before,
)

MONDAY = date(2026, 11, 9)
FRIDAY = date(2026, 11, 6)
WEEKDAYS = WorkingCalendar()
LINES = [
    BomLine(parent="harness", component="copper", usage=Decimal(2), scrap=Decimal("0.05")),
    BomLine(parent="harness", component="clip", usage=Decimal(4), take_rate=Decimal("0.25")),
    BomLine(parent="trailer kit", component="copper", usage=Decimal(8)),
]


def asked(customer: str, parent: str, quantity: int, due_on: date = MONDAY) -> ParentDemand:
    return ParentDemand(customer=customer, parent=parent, due_on=due_on, quantity=Decimal(quantity))


def pass_on(
    demands: list[ParentDemand], lead: int = 1, stock: dict[str, int] | None = None
) -> tuple[ComponentDemand, ...]:
    return propagate(
        demands,
        LINES,
        calendar=WEEKDAYS,
        lead_time_days={"harness": lead, "trailer kit": lead},
        stock={name: Decimal(quantity) for name, quantity in (stock or {}).items()},
    )


def test_two_customers_are_one_need() -> None:
    demands = [asked("Avalon", "harness", 100), asked("Kestrel", "trailer kit", 10)]
    clip, copper = pass_on(demands)
    assert (clip.component, clip.needed_on, clip.net) == ("clip", FRIDAY, 100)
    assert copper.net == 100 * 2 * Decimal("1.05") + 10 * 8
    assert copper.pegs == (
        Peg("Avalon", "harness", MONDAY, Decimal("210.00")),
        Peg("Kestrel", "trailer kit", MONDAY, Decimal(80)),
    )
    assert copper.shown_to_supplier == ("copper", FRIDAY, 290)  # and no customer in it


def test_own_stock_covers_the_earliest_need_first() -> None:
    demands = [asked("Avalon", "trailer kit", 10, MONDAY + timedelta(days=day)) for day in (0, 1)]
    first, second = pass_on(demands, stock={"copper": 100})
    assert (first.gross, first.from_stock, first.net) == (80, 80, 0)
    assert (second.gross, second.from_stock, second.net) == (80, 20, 60)


def test_a_change_counts_for_what_is_begun_after_it() -> None:
    lines = [
        BomLine(parent="a", component="old", usage=Decimal(1), effective_until=MONDAY),
        BomLine(parent="a", component="new", usage=Decimal(1), effective_from=MONDAY),
    ]
    demands = [asked("Avalon", "a", 5, MONDAY + timedelta(days=day)) for day in (0, 1)]
    found = propagate(demands, lines, calendar=WEEKDAYS, lead_time_days={"a": 1})
    assert [(each.component, each.needed_on) for each in found] == [
        ("new", MONDAY),
        ("old", FRIDAY),  # begun on Friday, so due on Monday with the old part
    ]


@pytest.mark.parametrize(
    ("day", "working_days", "holidays", "expected"),
    [
        (MONDAY, 0, [], MONDAY),
        (MONDAY, 1, [], FRIDAY),
        (MONDAY, 5, [], MONDAY - timedelta(days=7)),
        (MONDAY, 1, [FRIDAY], FRIDAY - timedelta(days=1)),
        (FRIDAY + timedelta(days=2), 0, [], FRIDAY),  # due on a Sunday: ready on Friday
    ],
)
def test_lead_time_counts_days_on_which_somebody_works(
    day: date, working_days: int, holidays: list[date], expected: date
) -> None:
    calendar = WorkingCalendar(holidays=frozenset(holidays))
    assert working_days_before(day, working_days, calendar) == expected


def test_refuses_a_year_without_work_and_a_negative_lead_time() -> None:
    with pytest.raises(ValueError, match="expected working days in the year before"):
        working_days_before(MONDAY, 1, WorkingCalendar(weekdays=frozenset()))
    with pytest.raises(ValueError, match="expected working_days >= 0, got -1"):
        working_days_before(MONDAY, -1, WEEKDAYS)


demands = st.lists(
    st.builds(
        asked,
        st.sampled_from(["Avalon", "Kestrel"]),
        st.sampled_from(["harness", "trailer kit", "unknown"]),
        st.integers(0, 300),
        st.integers(0, 9).map(lambda ahead: MONDAY + timedelta(days=ahead)),
    ),
    max_size=8,
)


@given(demands, st.integers(0, 4), st.integers(0, 2000))
def test_nothing_is_lost_or_made(drawn: list[ParentDemand], lead: int, copper: int) -> None:
    found = pass_on(drawn, lead, {"copper": copper})
    for name, usage in (
        ("copper", {"harness": Decimal("2.1"), "trailer kit": Decimal(8)}),
        ("clip", {"harness": Decimal(1)}),
    ):
        of_name = [each for each in found if each.component == name]
        total = sum(each.quantity * usage.get(each.parent, 0) for each in drawn)
        assert sum(each.gross for each in of_name) == total
        on_hand = copper if name == "copper" else 0
        assert sum(each.net for each in of_name) == max(0, total - on_hand)
    for each in found:
        assert sum(peg.quantity for peg in each.pegs) == each.gross
        assert 0 <= each.net <= each.gross
        assert each.needed_on.isoweekday() <= 5
        assert all(each.needed_on <= peg.due_on for peg in each.pegs)


@given(demands, st.randoms(use_true_random=False))
def test_the_order_of_messages_does_not_matter(drawn: list[ParentDemand], random: object) -> None:
    shuffled = list(drawn)
    random.shuffle(shuffled)
    assert [each.shown_to_supplier for each in pass_on(shuffled)] == [
        each.shown_to_supplier for each in pass_on(drawn)
    ]


@given(demands, st.integers(0, 500))
def test_more_stock_never_asks_for_more(drawn: list[ParentDemand], copper: int) -> None:
    less, more = (pass_on(drawn, 1, {"copper": each}) for each in (copper, copper + 50))
    assert all(one.net >= other.net for one, other in zip(less, more, strict=True))
