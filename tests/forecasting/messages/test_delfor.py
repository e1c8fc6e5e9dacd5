"""DELFOR: the samples mean what they say, what is written is read again, errors have a place."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from collab.integration.edifact import envelope
from collab.integration.inbox.findings import MessageRefused
from collab.integration.inbox.profile import Profile
from forecasting.messages import delfor, delfor_write
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
from tests.forecasting.messages.schedules import schedules
from tests.integration.edi_samples import edifact_sample

D = Decimal
START = date(2026, 1, 1)


def written(schedule: ScheduleMessage) -> bytes:
    return envelope.write(
        [(delfor_write.MESSAGE_TYPE, delfor_write.write(schedule))],
        sender=("OEM", "OD"),
        receiver=("SUP", "OD"),
        reference="1",
        prepared_at=datetime(2026, 11, 22, 6, tzinfo=UTC),
        syntax=("UNOY", "4"),
    )


def read(raw: bytes, **profile: Any) -> Any:
    return delfor.read(envelope.read(raw).messages[0], Profile(**profile))


def swapped(old: str, new: str, name: str = "DELFOR_D04A_vda4984") -> bytes:
    raw = edifact_sample(name).decode("iso8859-1")
    assert old in raw
    return raw.replace(old, new).encode("iso8859-1")


def entry(quantity: int, day: date, **more: Any) -> Entry:
    given_: dict[str, Any] = {"commitment": Commitment.FIRM, "basis": Basis.SHIP} | more
    return Entry(quantity=D(quantity), start=Moment(day, given_.pop("at", None)), **given_)


SAMPLE_ITEM = ScheduleItem(
    line="1",
    part_number="8K0 612 345 A",
    unit="H87",
    revision="IDX04",
    description="BRAKE HOSE LH",
    order="5500012345",
    previous_number="REL-000123",
    ship_to=Identifier(value="P01", scheme="buyer"),
    unloading_point="D07",
    line_feed="L12",
    received_cumulative=D(96400),
    received_since=START,
    backlog=D(128),
    in_transit=D(480),
    last_receipt=LastReceipt(
        quantity=D(960),
        on=Moment(date(2026, 11, 20)),
        dispatch_number="80001234",
        dispatched_at=Moment(date(2026, 11, 18), time(14)),
    ),
    entries=(
        entry(128, date(2026, 11, 22), at=time(14), is_immediate=True),
        entry(480, date(2026, 11, 24), at=time(8)),
        entry(480, date(2026, 11, 26), at=time(8)),
        entry(
            2400,
            date(2026, 12, 7),
            end=date(2026, 12, 13),
            commitment=Commitment.FORECAST,
            basis=Basis.DELIVERY,
        ),
    ),
    go_aheads=(
        GoAhead(
            commitment=Commitment.PRODUCTION,
            quantity=D(101200),
            since=START,
            until=date(2026, 12, 31),
        ),
        GoAhead(
            commitment=Commitment.MATERIAL,
            quantity=D(112000),
            since=START,
            until=date(2027, 2, 28),
        ),
    ),
)


def test_the_sample_of_vda_4984_means_what_it_says() -> None:
    reading = read(edifact_sample("DELFOR_D04A_vda4984"))
    assert (reading.findings, reading.held) == ((), 0)
    schedule = reading.message
    assert (schedule.number, schedule.previous_number) == ("REL-000124", "REL-000123")
    assert schedule.function is Function.REPLACE
    assert schedule.issued_at == Moment(date(2026, 11, 22), time(6))
    assert (schedule.valid_from, schedule.valid_to) == (date(2026, 11, 23), date(2027, 5, 21))
    assert schedule.customer == Identifier(value="123456789", scheme="duns")
    assert schedule.supplier == Identifier(value="987654321", scheme="duns")
    assert schedule.ship_tos == (Identifier(value="P01", scheme="buyer"),)
    [item] = schedule.items
    assert item == SAMPLE_ITEM


def test_the_older_sample_means_what_it_says() -> None:
    reading = read(edifact_sample("DELFOR_D97A"))
    assert reading.findings == ()
    schedule = reading.message
    assert (schedule.number, schedule.function) == ("REL-77", Function.ORIGINAL)
    assert (schedule.valid_from, schedule.valid_to) == (date(2026, 11, 23), date(2027, 5, 21))
    assert schedule.customer == Identifier(value="OEM01", scheme="buyer")
    [item] = schedule.items
    assert (item.part_number, item.order, item.unloading_point) == ("PN-1000-A", "PO123", "DOCK7")
    assert item.ship_to == Identifier(value="P01", scheme="buyer")
    assert (item.received_cumulative, item.received_since) == (D(4800), START)
    assert item.last_receipt == LastReceipt(
        quantity=D(200), on=Moment(date(2026, 11, 19)), dispatch_number="ASN991"
    )
    assert item.entries == (
        entry(200, date(2026, 11, 25), basis=Basis.DELIVERY),
        entry(
            800,
            date(2026, 12, 7),
            end=date(2026, 12, 13),  # one week, by the frequency of SCC
            commitment=Commitment.FORECAST,
            basis=Basis.DELIVERY,
        ),
    )


@settings(max_examples=80)
@given(schedules())
def test_what_is_written_is_read_again(schedule: ScheduleMessage) -> None:
    raw = written(schedule)
    found = envelope.read(raw)
    assert found.is_accepted
    assert found.messages[0].is_accepted
    reading = delfor.read(found.messages[0])
    assert reading.message == schedule
    assert (reading.findings, reading.held) == ((), 0)


def test_samples_survive_being_written_anew() -> None:
    for name in ("DELFOR_D04A_vda4984", "DELFOR_D97A"):
        schedule = read(edifact_sample(name)).message
        assert read(written(schedule)).message == schedule


@pytest.mark.parametrize(
    ("profile", "look", "expected"),
    [
        ({"date_basis": "ship"}, lambda item: item.entries[3].basis, Basis.SHIP),
        ({}, lambda item: item.entries[3].basis, Basis.DELIVERY),
        ({"commitments": {"4": "firm"}}, lambda i: i.entries[3].commitment, Commitment.FIRM),
        (
            {"quantity_basis": "cumulative"},
            lambda i: i.entries[1].measure,
            Measure.CUMULATIVE,
        ),
        ({"qualifiers": {"unloading_point": ("159",)}}, lambda i: i.unloading_point, "L12"),
        ({"qualifiers": {"order": ("AIF",)}}, lambda i: i.order, "REL-000123"),
        ({"qualifiers": {"received": ("83",)}}, lambda i: i.received_cumulative, D(128)),
    ],
)
def test_the_profile_decides_what_a_partner_means(
    profile: Any, look: Callable[[ScheduleItem], Any], expected: Any
) -> None:
    [item] = read(edifact_sample("DELFOR_D04A_vda4984"), **profile).message.items
    assert look(item) == expected


def test_each_ship_to_has_its_own_lines() -> None:
    base = read(edifact_sample("DELFOR_D04A_vda4984")).message
    [item] = base.items
    other = replace(item, line="2", ship_to=Identifier(value="P02", scheme="buyer"))
    nowhere = replace(item, line="3", ship_to=None)
    schedule = replace(base, items=(item, other, nowhere))
    assert read(written(schedule)).message == schedule


def test_a_ship_to_behind_its_line_needs_the_profile() -> None:
    raw = swapped("NAD+ST+P01::92'\n", "").replace(b"QTY+70", b"NAD+ST+P09::92'\nQTY+70")
    [item] = read(raw, qualifiers={"party_level": ("line",)}).message.items
    assert item.ship_to == Identifier(value="P09", scheme="buyer")
    assert len(item.entries) == 4


@pytest.mark.parametrize(
    ("old", "new", "code", "segment"),
    [
        ("SCC+4++W", "SCC+99++W", "commitment", 42),
        ("QTY+113:2400:PCE", "QTY+113:24x0:PCE", "quantity", 43),
        ("QTY+113:2400:PCE", "QTY+113:-1:PCE", "quantity", 43),
        ("QTY+113:2400:PCE", "QTY+21:2400:PCE", "quantity-qualifier", 43),
        ("QTY+113:2400:PCE", "QTY+113:2400:KGM", "unit", 43),
        ("QTY+57:480:PCE", "QTY+57:480:XXX", "unit", 21),
        ("DTM+64:20261207:102", "DTM+64:20261307:102", "date", 44),
        ("DTM+64:20261207:102", "DTM+64:20261214:102", "date", 43),
        ("DTM+64:20261207:102'\nDTM+63:20261213:102'", "IMD+A'IMD+B'", "segment-missing", 43),
        ("LIN++38+8K0 612 345 A:IN", "LIN++38+:IN", "part", 10),
        ("BGM+241+REL-000124+5", "BGM+241++5", "segment-missing", 2),
        ("BGM+241+REL-000124+5", "BGM+241+REL-000124+1", "function", 2),
        ("DTM+137:202611220600:203", "DTM+137:202611222500:203", "date", 3),
    ],
)
def test_an_error_is_named_with_its_place(old: str, new: str, code: str, segment: int) -> None:
    with pytest.raises(MessageRefused) as caught:
        read(swapped(old, new))
    found = [(each.code, each.segment) for each in caught.value.findings if not each.is_warning]
    assert (code, segment) in found
    assert all(each.message == "1" for each in caught.value.findings)


def test_a_bad_line_is_held_and_the_others_stand() -> None:
    base = read(edifact_sample("DELFOR_D04A_vda4984")).message
    [item] = base.items
    both = replace(base, items=(item, replace(item, line="20", part_number="B")))
    raw = written(both).replace(b"QTY+113:128:PCE", b"QTY+113:12x:PCE", 1)
    reading = read(raw)
    assert ([each.line for each in reading.message.items], reading.held) == (["20"], 1)
    assert [(each.code, each.line) for each in reading.findings] == [("quantity", "1")]
    with pytest.raises(MessageRefused):
        read(raw, holds_lines=False)


def test_an_unexpected_segment_is_kept_out_and_shifts_nothing() -> None:
    raw = swapped("SCC+1'", "ZZZ+1'SCC+1'")
    reading = read(raw)
    assert reading.message == read(edifact_sample("DELFOR_D04A_vda4984")).message
    assert [(each.code, each.segment) for each in reading.findings] == [("unexpected-segment", 29)]


def test_every_truncation_and_every_changed_byte_is_read_or_refused_by_name() -> None:
    raw = edifact_sample("DELFOR_D04A_vda4984")
    seen = 0
    for at in range(0, len(raw), 7):
        for mutant in (raw[:at], raw[:at] + b"\x00" + raw[at + 1 :], raw[:at] + raw[at + 1 :]):
            try:
                for message in envelope.read(mutant).messages:
                    delfor.read(message)
            except MessageRefused as refused:
                seen += bool(refused.findings[0].expected)
    assert seen > 100
