"""Fixed departures: the same clock times in every week of the year (TR-02)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rules.timetable import Service, runs

BUCHAREST, BERLIN = ZoneInfo("Europe/Bucharest"), ZoneInfo("Europe/Berlin")
TUESDAY = Service(
    weekday=1, departs_minute=18 * 60, cut_off_minutes=120, transit_days=2,
    arrives_minute=7 * 60, valid_from=date(2026, 1, 1),
)  # fmt: skip
moments = st.datetimes(datetime(2026, 1, 2), datetime(2027, 12, 1), timezones=st.just(UTC))


def found(*services: Service, since: datetime, days: int = 14) -> list[tuple[datetime, ...]]:
    rows = runs(
        services, since=since, until=since + timedelta(days=days),
        origin_zone=BUCHAREST, destination_zone=BERLIN,
    )  # fmt: skip
    return [(each.closes_at, each.departs_at, each.arrives_at) for each in rows]


def test_tr_02_a_weekly_service_leaves_and_arrives_by_local_clocks() -> None:
    (first, second) = found(TUESDAY, since=datetime(2026, 11, 9, 6, tzinfo=UTC))
    assert first == (
        datetime(2026, 11, 10, 14, tzinfo=UTC),  # 16:00 in Bucharest
        datetime(2026, 11, 10, 16, tzinfo=UTC),
        datetime(2026, 11, 12, 6, tzinfo=UTC),  # 07:00 in Berlin
    )
    assert second[1] - first[1] == timedelta(days=7)
    after_cut_off = found(TUESDAY, since=first[0] + timedelta(minutes=1))
    assert after_cut_off[0] == second


@given(moments, st.integers(0, 6), st.integers(0, 1439), st.integers(0, 2880), st.integers(1, 5))
def test_every_run_keeps_its_clock(
    since: datetime, weekday: int, minute: int, cut_off: int, days: int
) -> None:
    service = Service(
        weekday=weekday, departs_minute=minute, cut_off_minutes=cut_off, transit_days=days,
        arrives_minute=600, valid_from=date(2026, 1, 1),
    )  # fmt: skip
    rows = found(service, since=since, days=30)
    assert 3 <= len(rows) <= 5
    for closes, departs, arrives in rows:
        local = departs.astimezone(BUCHAREST)
        assert local.weekday() == weekday
        skipped = local.dst() != (local - timedelta(hours=1)).astimezone(BUCHAREST).dst()
        assert skipped or local.hour * 60 + local.minute in {minute, minute + 60}
        assert departs - closes == timedelta(minutes=cut_off)
        assert arrives.astimezone(BERLIN).hour == 10
        assert closes >= since


def test_a_service_runs_within_its_validity_only() -> None:
    since = datetime(2026, 11, 1, tzinfo=UTC)
    short = Service(
        weekday=1, departs_minute=0, cut_off_minutes=0, transit_days=1, arrives_minute=0,
        valid_from=date(2026, 11, 10), valid_to=date(2026, 11, 17),
    )  # fmt: skip
    assert len(found(short, since=since, days=60)) == 1
    with pytest.raises(ValueError, match="weekday"):
        Service(
            weekday=7, departs_minute=0, cut_off_minutes=0, transit_days=1, arrives_minute=0,
            valid_from=date(2026, 11, 10),
        )  # fmt: skip
