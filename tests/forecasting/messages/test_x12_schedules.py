"""830 and 862: the samples mean what they say, and an 830 says the same as a DELFOR."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from collab.integration.edifact import envelope as edifact
from collab.integration.inbox.findings import MessageRefused
from collab.integration.inbox.profile import Profile
from collab.integration.x12 import envelope
from collab.integration.x12.tokens import Segment, Separators, join
from forecasting.messages import delfor, delfor_write, x12_830, x12_862
from forecasting.messages.canonical import (
    Basis,
    Commitment,
    Entry,
    Function,
    Identifier,
    Moment,
    ScheduleItem,
    ScheduleMessage,
)
from tests.forecasting.messages.schedules import schedules
from tests.integration.edi_samples import x12_sample

D = Decimal
N1 = {"duns": "1", "seller": "91", "buyer": "92"}


def enveloped(*segments: str, kind: str = "830") -> bytes:
    count = len(segments) + 2
    inner = "~".join([f"ST*{kind}*0001", *segments, f"SE*{count}*0001"])
    return (
        "ISA*00**00**ZZ*OEM*ZZ*SUP*261122*0600*U*00401*000000007*0*P*>~"
        f"GS*PS*OEM*SUP*20261122*0600*7*X*004010~{inner}~GE*1*7~IEA*1*000000007~"
    ).encode()


def only(raw: bytes) -> envelope.TransactionSet:
    found = envelope.read(raw)
    assert found.is_accepted
    [group] = found.groups
    [one] = group.sets
    assert one.is_accepted
    return one


def read(*segments: str, **profile: Any) -> Any:
    return x12_830.read(only(enveloped(*segments)), Profile(**profile))


def said_by_830(schedule: ScheduleMessage) -> bytes:
    """Say a schedule as an 830, in the plainest way."""
    segments = [
        seg(
            "BFR", "00" if schedule.function is Function.ORIGINAL else "05", "", schedule.number,
            "DL", "A", day(schedule.valid_from), day(schedule.valid_to), day(schedule.issued_at.on),
        ),
        *party("MI", schedule.customer),
        *party("SU", schedule.supplier),
    ]  # fmt: skip
    for item in schedule.items:
        segments += line(item)
    return enveloped(*join(segments, Separators("*", ">", "~")).removesuffix("~").split("~"))


def line(item: ScheduleItem) -> Iterator[Segment]:
    pairs = ["BP", item.part_number]
    for kind, value in (
        ("VP", item.supplier_part_number),
        ("EC", item.revision),
        ("PO", item.order),
    ):
        pairs += [kind, value] if value else []
    yield seg("LIN", item.line, *pairs)
    yield seg("UIT", item.unit)
    if item.description:
        yield seg("PID", "F", "", "", "", item.description)
    if item.unloading_point:
        yield seg("REF", "DK", item.unloading_point)
    if item.line_feed:
        yield seg("REF", "LF", item.line_feed)
    yield from party("ST", item.ship_to)
    yield from party("SF", item.ship_from)
    for entry in item.entries:
        code = "A" if entry.is_immediate else "C" if entry.commitment is Commitment.FIRM else "D"
        basis = "010" if entry.basis is Basis.SHIP else "002"
        at = "" if entry.start.at is None else f"{entry.start.at:%H%M}"
        span = (day(entry.start.on), day(entry.end))
        yield seg("FST", str(entry.quantity), code, "F", *span, basis, at)
    for go_ahead in item.go_aheads:
        kind = "FI" if go_ahead.commitment is Commitment.PRODUCTION else "MT"
        quantity = str(go_ahead.quantity)
        yield seg("ATH", kind, day(go_ahead.until), quantity, "", day(go_ahead.since))
    if item.received_cumulative is not None:
        yield seg("SHP", "02", str(item.received_cumulative), "050", day(item.received_since))
    if item.last_receipt is not None:
        receipt = item.last_receipt
        on = None if receipt.on is None else receipt.on.on
        yield seg("SHP", "01", str(receipt.quantity), "050", day(on))
        yield seg("REF", "SI", receipt.dispatch_number)


def seg(tag: str, *values: str) -> Segment:
    return Segment(tag, values)


def party(qualifier: str, found: Identifier | None) -> list[Segment]:
    return [] if found is None else [seg("N1", qualifier, "", N1[found.scheme], found.value)]


def day(on: date | None) -> str:
    return "" if on is None else on.strftime("%Y%m%d")


def test_the_sample_means_what_it_says() -> None:
    reading = x12_830.read(only(x12_sample("830_004010_planning_schedule")))
    assert (reading.findings, reading.held) == ((), 0)
    schedule = reading.message
    assert (schedule.number, schedule.function) == ("0259083903", Function.ORIGINAL)
    assert schedule.issued_at == Moment(date(2003, 7, 28))
    assert (schedule.valid_from, schedule.valid_to) == (date(2003, 4, 1), date(2004, 3, 31))
    assert schedule.customer == Identifier(
        value="009602533", scheme="duns", name="NISSAN NORTH AMERICA, INC."
    )
    first, second = schedule.items
    assert {first.part_number, second.part_number} == {"2371M5S111RE"}
    assert (first.shipped_cumulative, second.shipped_cumulative) == (D(24), D(20))
    assert first.shipped_on == date(2003, 8, 21)
    assert first.ship_to is None
    assert second.ship_to == Identifier(value="NMC18", scheme="buyer", name="NISSAN SMYRNA")
    assert [entry.quantity for entry in first.entries] == [3, 4, 3, 4, 3, 3]
    assert [entry.commitment.value for entry in first.entries] == ["firm"] + ["forecast"] * 5
    assert second.entries == (
        Entry(
            commitment=Commitment.FIRM,
            quantity=D(3),
            basis=Basis.SHIP,
            start=Moment(date(2003, 4, 1)),
            end=date(2003, 8, 12),
        ),
    )


@settings(max_examples=80)
@given(schedules(portable=True))
def test_an_830_and_a_delfor_of_the_same_need_mean_the_same(schedule: ScheduleMessage) -> None:
    by_x12 = x12_830.read(only(said_by_830(schedule)))
    raw = edifact.write(
        [(delfor_write.MESSAGE_TYPE, delfor_write.write(schedule))],
        sender=("OEM", "OD"),
        receiver=("SUP", "OD"),
        reference="1",
        prepared_at=datetime(2026, 11, 22, 6, tzinfo=UTC),
    )
    by_edifact = delfor.read(edifact.read(raw).messages[0])
    assert by_x12.message == by_edifact.message == schedule
    assert by_x12.findings == by_edifact.findings == ()


@pytest.mark.parametrize(
    ("segments", "code", "segment", "element"),
    [
        (("LIN*1*BP*P", "FST*1*C*D*20261201"), "segment-missing", 0, 2),  # no BFR
        (("BFR*05*1**DL*A***20261122",), "no-lines", 0, 0),
        (("BFR*09*1**DL*A***20261122", "LIN*1*BP*P", "FST*1*C*D*20261201"), "function", 2, 1),
        (("BFR*05*1**DL*A***2026", "LIN*1*BP*P", "FST*1*C*D*20261201"), "date", 2, 8),
        (("BFR*05*1**DL*A***20261122", "LIN*1*VP*P", "FST*1*C*D*20261201"), "part", 3, 3),
        (("BFR*05*1**DL*A***20261122", "LIN*1*BP*P", "FST*x*C*D*20261201"), "quantity", 4, 1),
        (("BFR*05*1**DL*A***20261122", "LIN*1*BP*P", "FST*1*Z*D*20261201"), "commitment", 4, 2),
        (("BFR*05*1**DL*A***20261122", "LIN*1*BP*P", "FST*1*C*D*20261331"), "date", 4, 4),
        (("BFR*05*1**DL*A***20261122", "LIN*1*BP*P", "FST*1*C*F*20261201*20261130"), "date", 4, 5),
        (("BFR*05*1**DL*A***20261122", "LIN*1*BP*P", "UIT*ZZ", "FST*1*C*D*20261201"), "unit", 4, 1),
    ],
)
def test_an_error_is_named_with_its_place(
    segments: tuple[str, ...], code: str, segment: int, element: int
) -> None:
    with pytest.raises(MessageRefused) as caught:
        read(*segments)
    found = [(each.code, each.segment, each.element) for each in caught.value.findings]
    assert (code, segment, element) in found


@pytest.mark.parametrize(
    ("fst", "end"),
    [
        ("FST*1*D*D*20261207", None),
        ("FST*1*D*W*20261207", date(2026, 12, 13)),
        ("FST*1*D*M*20261201", date(2026, 12, 31)),
        ("FST*1*D*M*20270131", date(2027, 2, 27)),
        ("FST*1*D*F*20261201*20261220", date(2026, 12, 20)),
    ],
)
def test_a_frequency_gives_the_end(fst: str, end: date | None) -> None:
    [item] = read("BFR*05*1**DL*A***20261122", "LIN*1*BP*P", fst).message.items
    assert item.entries[0].end == end


def test_the_profile_decides_what_a_partner_means() -> None:
    segments = ("BFR*05*1******20261122", "LIN*1*BP*P*EN*Q", "FST*.500*Z*D*261201")
    profile = {
        "commitments": {"Z": "production"},
        "date_basis": "ship",
        "quantity_basis": "cumulative",
        "qualifiers": {"part": ("EN",)},
    }
    [item] = read(*segments, **profile).message.items
    [entry] = item.entries
    assert item.part_number == "Q"
    assert (entry.commitment, entry.basis.value, entry.measure.value, entry.quantity) == (
        Commitment.PRODUCTION,
        "ship",
        "cumulative",
        D("0.5"),
    )
    assert entry.start.on == date(2026, 12, 1)


def test_totals_that_differ_only_warn() -> None:
    segments = ("BFR*05*1**DL*A***20261122", "LIN*1*BP*P", "FST*5*C*D*20261201", "CTT*34*6")
    reading = read(*segments)
    assert [(each.code, each.expected, each.found) for each in reading.findings] == [
        ("total", "1 lines", "34"),
        ("total", "5, the sum of FST01", "6"),
    ]
    assert all(each.is_warning for each in reading.findings)


def test_the_sample_of_a_call_means_what_it_says() -> None:
    sample = only(x12_sample("862_004010_shipping_schedule"))
    reading = x12_862.read(sample)
    call = reading.message
    assert (call.number, call.issued_at) == ("1234567890", Moment(date(2008, 5, 22)))
    first, second = call.items
    assert (first.part_number, first.dock, first.line_feed) == ("20010JA000", "21", "SL")
    assert first.entries[0].start == Moment(date(2008, 4, 15), time(16, 15))
    assert first.entries[0].basis is Basis.SHIP
    assert [entry.quantity for entry in (*first.entries, *second.entries)] == [100, 1000]
    # two slots of .500 are no 1,000: nothing is guessed, the day's quantity stands
    assert [(each.code, each.found) for each in reading.findings] == [("total", "1.000")]

    shares = x12_862.read(sample, Profile(qualifiers={"slots": ("share",)})).message
    assert [entry.quantity for entry in shares.items[1].entries] == [500, 500]
    assert {entry.start for entry in shares.items[1].entries} == {
        Moment(date(2008, 4, 15), time(19, 52))
    }


def test_every_changed_byte_is_read_or_refused_by_name() -> None:
    raw = x12_sample("830_004010_planning_schedule")
    seen = 0
    for at in range(0, len(raw), 5):
        for mutant in (raw[:at], raw[:at] + b"\x00" + raw[at + 1 :], raw[:at] + raw[at + 1 :]):
            try:
                for group in envelope.read(mutant).groups:
                    for one in group.sets:
                        x12_830.read(one)
            except MessageRefused as refused:
                seen += bool(refused.findings[0].expected)
    assert seen > 50
