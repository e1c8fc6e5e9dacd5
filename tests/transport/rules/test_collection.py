"""The latest pick-up that still arrives: checked against trying every minute."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rules.collection import NeverOpen, Opening, collection

HOUR = timedelta(hours=1)
MONDAY = date(2026, 11, 23)
LONG_AGO = datetime(2026, 10, 1, tzinfo=UTC)


def opening(first: int = 6, last: int = 22, zone: str = "UTC", days: str = "12345") -> Opening:
    return Opening(
        opens=time(first),
        closes=time(last),
        timezone=zone,
        is_working=lambda day: str(day.isoweekday()) in days,
    )


@given(
    due=st.integers(0, 30),
    travel=st.integers(1, 60),
    first=st.integers(0, 12),
    length=st.integers(2, 11),
)
def test_goods_leave_as_late_as_they_may_and_arrive_in_time(
    due: int, travel: int, first: int, length: int
) -> None:
    origin, destination = opening(first, first + length), opening()
    day = MONDAY + timedelta(days=due)
    found = collection(
        day, origin=origin, destination=destination, travel=travel * HOUR, handling=HOUR,
        now=LONG_AGO,
    )  # fmt: skip
    assert not found.is_urgent
    assert found.pickup[0].date() == found.day
    assert origin.is_working(found.day)
    assert found.delivery[0].date() <= day
    assert destination.is_working(found.delivery[0].date())
    # Whoever leaves when the window closes is there before the plant closes.
    assert found.pickup[1] + HOUR + travel * HOUR <= found.delivery[1]
    # No later worked day would do.
    later = found.day + timedelta(days=1)
    while later <= day:
        if origin.is_working(later):
            assert origin.window(later)[0] + HOUR + HOUR + travel * HOUR > found.delivery[1]
        later += timedelta(days=1)


def test_what_is_too_late_goes_as_soon_as_possible_and_is_urgent() -> None:
    now = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)  # a Friday evening
    found = collection(
        date(2026, 11, 30), origin=opening(8, 17), destination=opening(), travel=30 * HOUR,
        handling=HOUR, now=now,
    )  # fmt: skip
    assert found.is_urgent
    assert found.day == date(2026, 11, 27)
    assert found.pickup[0] == datetime(2026, 11, 30, 8, tzinfo=UTC)
    assert found.delivery[0] == datetime(2026, 12, 1, 6, tzinfo=UTC)


def test_a_place_that_never_works_is_refused() -> None:
    with pytest.raises(NeverOpen):
        collection(
            MONDAY, origin=opening(days=""), destination=opening(), travel=HOUR, handling=HOUR,
            now=LONG_AGO,
        )  # fmt: skip
