"""Schedules for property tests: whatever both DELFOR and 830 can say."""

from datetime import date, time
from typing import Any

from hypothesis import strategies as st

from forecasting.messages.canonical import (
    Basis,
    Commitment,
    Entry,
    Function,
    GoAhead,
    Identifier,
    LastReceipt,
    Measure,
    Moment,
    ScheduleItem,
    ScheduleMessage,
)

UNITS = ["H87", "KGM", "MTR"]
days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
quantities = st.decimals(0, 10**9, places=3).map(lambda number: number.normalize() + 0)
# no separators of X12, no blanks at the ends; EDIFACT's own are released
words = st.text(st.sampled_from("ABCxyz019-/+:'?. ÄüŁ"), min_size=1, max_size=12).map(
    lambda text: text.strip() or "A"
)
plain_words = st.text(st.sampled_from("ABCxyz019-/+:'?."), min_size=1, max_size=12)
parties = st.builds(
    Identifier, value=plain_words, scheme=st.sampled_from(["duns", "seller", "buyer"])
)


@st.composite
def entries(draw: Any, *, portable: bool = False) -> Entry:
    """A need; ``portable`` leaves out what an 830 has no word for."""
    commitments = [Commitment.FIRM, Commitment.FORECAST]
    if not portable:
        commitments = list(Commitment)
    commitment = draw(st.sampled_from(commitments))
    basis = draw(st.sampled_from(Basis))
    start = draw(days)
    end = draw(st.none() | st.dates(start, date(2101, 12, 31)))
    at = draw(st.none() | times) if end is None else None
    is_cumulative = not portable and commitment in {Commitment.FIRM, Commitment.FORECAST}
    return Entry(
        commitment=commitment,
        quantity=draw(quantities),
        basis=Basis.DELIVERY if end is not None and portable else basis,
        start=Moment(start, at),
        end=end,
        measure=draw(st.sampled_from(Measure)) if is_cumulative else Measure.DISCRETE,
        is_immediate=commitment is Commitment.FIRM and draw(st.booleans()),
    )


@st.composite
def items(draw: Any, *, portable: bool = False) -> ScheduleItem:
    """A line with everything optional."""
    text = plain_words if portable else words
    received = draw(st.none() | quantities)
    quantity = draw(st.none() | quantities) if not portable else draw(quantities)
    number = draw(text)
    receipt = LastReceipt(
        quantity=quantity,
        on=Moment(draw(days)) if quantity is not None else None,
        dispatch_number=number,
        dispatched_at=None if portable else Moment(draw(days), draw(times)),
    )
    go_aheads = st.builds(
        GoAhead,
        commitment=st.sampled_from([Commitment.PRODUCTION, Commitment.MATERIAL]),
        quantity=quantities,
        since=days,
        until=days,
    )
    known: dict[str, Any] = {}
    if not portable:
        known = {
            "previous_number": draw(words),
            "in_transit": draw(st.none() | quantities),
            "backlog": draw(st.none() | quantities),
        }
    # a unit can only be told by a quantity
    needs = draw(st.lists(entries(portable=portable), min_size=1, max_size=4))
    return ScheduleItem(
        line=str(draw(st.integers(1, 9999))),
        part_number=draw(text),
        unit=draw(st.sampled_from(UNITS)),
        supplier_part_number=draw(st.just("") | text),
        revision=draw(st.just("") | text),
        description=draw(st.just("") | text),
        order=draw(st.just("") | text),
        ship_to=draw(st.none() | parties),
        ship_from=draw(st.none() | parties),
        unloading_point=draw(st.just("") | text),
        line_feed=draw(st.just("") | text),
        received_cumulative=received,
        received_since=draw(days) if received is not None else None,
        last_receipt=draw(st.none() | st.just(receipt)),
        entries=tuple(needs),
        go_aheads=tuple(draw(st.lists(go_aheads, max_size=2))),
        **known,
    )


@st.composite
def schedules(draw: Any, *, portable: bool = False) -> ScheduleMessage:
    """A schedule; ``portable`` ones can be said by an 830 as well."""
    text = plain_words if portable else words
    issued = Moment(draw(days), None if portable else draw(st.none() | times))
    return ScheduleMessage(
        number=draw(text),
        issued_at=issued,
        items=tuple(draw(st.lists(items(portable=portable), min_size=1, max_size=3))),
        function=draw(st.sampled_from(Function)),
        valid_from=draw(st.none() | days),
        valid_to=draw(st.none() | days),
        customer=draw(st.none() | parties),
        supplier=draw(st.none() | parties),
    )
