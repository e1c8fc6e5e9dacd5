"""An 830 that is written says again, read, what an 830 can say; its envelope holds."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings

from collab.integration.x12 import envelope
from collab.integration.x12.writing import write as write_interchange
from forecasting.messages import x12_830, x12_830_write
from forecasting.messages.canonical import (
    Basis,
    Commitment,
    Entry,
    Measure,
    Moment,
    ScheduleItem,
    ScheduleMessage,
)
from tests.forecasting.messages.schedules import schedules

AT = datetime(2026, 11, 22, 6, tzinfo=UTC)


def interchange(schedule: ScheduleMessage) -> bytes:
    return write_interchange(
        [(x12_830_write.SET, x12_830_write.write(schedule))],
        code=x12_830_write.GROUP_CODE,
        sender=("OEM", "ZZ"),
        receiver=("SUP", ""),
        control=7,
        prepared_at=AT,
    )


@given(schedules(portable=True))
@settings(max_examples=60)
def test_what_an_830_can_say_is_read_again(schedule: ScheduleMessage) -> None:
    found = envelope.read(interchange(schedule))
    assert found.is_accepted
    assert (found.receiver_qualifier, found.reference) == ("ZZ", "000000007")
    [group] = found.groups
    assert (group.code, group.control, group.findings) == ("PS", "7", ())
    reading = x12_830.read(group.sets[0])
    assert (reading.findings, reading.held) == ((), 0)
    assert reading.message == x12_830_write.sayable(schedule)


def test_backlog_is_firm_at_once_and_a_go_ahead_planning() -> None:
    day = Moment(date(2026, 11, 23))
    both = [
        Entry(commitment=each, quantity=Decimal(1), basis=Basis.DELIVERY, start=day)
        for each in (Commitment.BACKLOG, Commitment.PRODUCTION)
    ]
    item = ScheduleItem(line="1", part_number="A", unit="H87", backlog=Decimal(1), entries=(*both,))
    said = x12_830_write.sayable(ScheduleMessage(number="1", issued_at=day, items=(item,)))
    assert [(each.commitment, each.is_immediate) for each in said.items[0].entries] == [
        (Commitment.FIRM, True),
        (Commitment.FORECAST, False),
    ]
    assert said.items[0].backlog is None


def test_half_cumulative_needs_have_no_word() -> None:
    day = Moment(date(2026, 11, 23))
    entries = tuple(
        Entry(
            commitment=Commitment.FIRM,
            quantity=Decimal(1),
            basis=Basis.DELIVERY,
            start=day,
            measure=each,
        )
        for each in Measure
    )
    item = ScheduleItem(line="1", part_number="A", unit="H87", entries=entries)
    with pytest.raises(ValueError, match="discrete or cumulative"):
        x12_830_write.write(ScheduleMessage(number="1", issued_at=day, items=(item,)))


def test_control_numbers_have_nine_digits() -> None:
    with pytest.raises(ValueError, match="999999999"):
        write_interchange(
            [], code="PS", sender=("A", ""), receiver=("B", ""), control=0, prepared_at=AT
        )
