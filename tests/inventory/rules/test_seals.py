"""IN-15: which lane a sealed load takes, and which openings are tampering."""

from datetime import UTC, datetime, time, timedelta

import pytest

from inventory.rules.seals import (
    GREEN,
    RED,
    Finding,
    Look,
    SealTerms,
    is_opening,
    judge_look,
    judge_opening,
    same_number,
)

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 10:00 in Berlin
TERMS = SealTerms(number="BH-004711", released_at=MONDAY)


def look(*, hours: float = 1, number: str = "bh 004711", is_open: bool = False) -> Look:
    return Look(number=number, is_open=is_open, at=MONDAY + timedelta(hours=hours), site="AVA1")


@pytest.mark.parametrize(
    ("terms", "seen", "lane", "findings"),
    [
        (TERMS, look(), GREEN, ()),
        (TERMS, look(hours=-1), GREEN, ()),
        (TERMS, look(is_open=True), GREEN, ()),
        (TERMS, look(hours=-1, is_open=True), RED, (Finding.OPEN_EARLY,)),
        (SealTerms(number="1"), look(number="1", is_open=True), RED, (Finding.OPEN_EARLY,)),
        (TERMS, look(number="BH-004712"), RED, (Finding.MISMATCH,)),
        (TERMS, look(number=""), RED, (Finding.MISSING,)),
        (
            SealTerms(number="1", is_high_risk=True),
            look(number="1"),
            RED,
            (Finding.NO_TRACKER,),
        ),
        (SealTerms(number="1", is_high_risk=True, has_tracker=True), look(number="1"), GREEN, ()),
    ],
)
def test_lanes(terms: SealTerms, seen: Look, lane: str, findings: tuple[Finding, ...]) -> None:
    judged = judge_look(terms, seen)
    assert judged.lane == lane
    assert judged.findings == findings


def test_openings_at_another_place_day_or_hour_are_wrong() -> None:
    terms = SealTerms(
        number="1",
        released_at=MONDAY - timedelta(days=7),
        allowed_sites={"AVA1"},
        allowed_days={1, 2},
        opens_from=time(6),
        opens_until=time(14),
        timezone="Europe/Berlin",
    )
    assert judge_opening(terms, at=MONDAY, site="AVA1") == []
    assert judge_opening(terms, at=MONDAY, site="") == [Finding.WRONG_PLACE]
    late = MONDAY + timedelta(hours=4, minutes=1)  # 14:01 in Berlin, 13:01 UTC
    assert judge_opening(terms, at=late, site="AVA1") == [Finding.WRONG_HOUR]
    sunday = MONDAY - timedelta(days=1)
    assert judge_opening(terms, at=sunday, site="X") == [
        Finding.WRONG_PLACE,
        Finding.WRONG_DAY,
    ]


def test_a_night_shift_belongs_to_the_day_it_began_on() -> None:
    terms = SealTerms(
        number="1",
        released_at=MONDAY - timedelta(days=7),
        allowed_days={7},
        opens_from=time(22),
        opens_until=time(6),
    )
    monday_morning = MONDAY.replace(hour=5)
    assert judge_opening(terms, at=monday_morning, site="") == []
    assert judge_opening(terms, at=monday_morning.replace(hour=22), site="") == [Finding.WRONG_DAY]
    assert judge_opening(terms, at=monday_morning.replace(hour=12), site="") == [
        Finding.WRONG_DAY,
        Finding.WRONG_HOUR,
    ]


def test_only_openings_open() -> None:
    assert is_opening("open", is_set=True)
    assert is_opening("seal/Door_Open", is_set=True)
    assert not is_opening("open", is_set=False)
    assert not is_opening("vibration", is_set=True)
    assert not is_opening("shock", is_set=True)
    assert same_number("AB-12 3", "ab123")
    assert not same_number("AB123", "AB124")
