"""RFID: which reads make a passage, and which way it went."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.expected_reads import Finding, Gap, Reading, WayPlace, judge
from inventory.rules.reader_filter import Antenna, Passage, Read, Way, passages
from inventory.rules.tag_data import identifier_of

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GATE = {
    number: Antenna(number, order, least_rssi_dbm=-65, least_reads=2, window=2 * SECOND)
    for number, order in ((4, 0), (7, 1), (9, 2))  # from outside to inside
}


def read(second: float, antenna: int = 4, rssi: float = -50, tag: str = "A") -> Read:
    return Read(tag, antenna, START + second * SECOND, rssi)


@pytest.mark.parametrize(
    ("reads", "way"),
    [
        ([read(0), read(1), read(2, 7), read(2.5, 7)], Way.IN),
        ([read(0, 9), read(1, 9), read(2, 4), read(3, 4)], Way.OUT),
        ([read(0), read(1)], Way.NONE),  # one antenna tells no direction
        ([read(0), read(1), read(1.5, 9)], Way.NONE),  # one read inside is chance
    ],
)
def test_the_order_of_antennas_tells_the_way(reads: list[Read], way: Way) -> None:
    assert [each.way for each in passages(reads, GATE)] == [way]


@pytest.mark.parametrize(
    "reads",
    [
        [read(0)],  # once
        [read(0, rssi=-66), read(1, rssi=-66)],  # too weak
        [read(0), read(2.1)],  # too far apart
        [read(0), read(1, 7)],  # once at each antenna
        [read(0, 5), read(1, 5)],  # an antenna of another gate
    ],
)
def test_chance_reads_make_no_passage(reads: list[Read]) -> None:
    assert passages(reads, GATE) == []


some_reads = st.lists(
    st.builds(
        read,
        st.integers(0, 200).map(lambda tenth: tenth / 10),
        st.sampled_from((4, 7, 9)),
        st.sampled_from((-80.0, -65.0, -50.0)),
        st.sampled_from(("A", "B")),
    ),
    max_size=14,
)


@given(some_reads, st.randoms(use_true_random=False))
def test_order_and_repeats_do_not_matter(reads: list[Read], rng: random.Random) -> None:
    expected = passages(reads, GATE)
    mixed = reads + rng.sample(reads, len(reads) // 2)
    rng.shuffle(mixed)
    assert passages(mixed, GATE) == expected


@given(some_reads)
def test_passages_agree_with_looking_at_every_pair(reads: list[Read]) -> None:
    """Brute force: a tag is there where two strong reads of one antenna lie within a window."""
    strong = {each for each in reads if each.rssi_dbm >= -65}
    window = 2 * SECOND
    found = passages(reads, GATE)
    for tag in ("A", "B"):
        mine = sorted((each for each in strong if each.tag == tag), key=lambda each: each.read_at)
        stays: list[list[Read]] = []
        for each in mine:
            if stays and each.read_at - stays[-1][-1].read_at <= window:
                stays[-1].append(each)
            else:
                stays.append([each])
        sure = [
            stay
            for stay in stays
            if any(
                one is not other
                and one.antenna == other.antenna
                and abs(one.read_at - other.read_at) <= window
                for one in stay
                for other in stay
            )
        ]
        spans = [(each.began_at, each.ended_at) for each in found if each.tag == tag]
        assert spans == [(stay[0].read_at, stay[-1].read_at) for stay in sure]


def test_a_passage_tells_its_span() -> None:
    reads = [read(0), read(1), read(2, 7), read(3, 7), read(30), read(31)]
    first, second = passages(reads, GATE)
    assert first == Passage("A", START, START + 3 * SECOND, 7, Way.IN, 4)
    assert (second.began_at, second.way) == (START + 30 * SECOND, Way.NONE)


@pytest.mark.parametrize(
    ("tag", "identifier"),
    [
        # Examples of the EPC Tag Data Standard: SGTIN and SSCC of the prefix 0614141.
        ("3074257BF7194E4000001A85", "https://id.gs1.org/01/80614141123458/21/6789"),
        ("3174257BF4499602D2000000", "https://id.gs1.org/00/106141412345678908"),
        ("3374257BF40C0E4000001A85", "https://id.gs1.org/8003/006141411234526789"),
        ("urn:epc:id:sscc:0614141.1234567890", "https://id.gs1.org/00/106141412345678908"),
    ],
)
def test_what_is_written_on_a_tag(tag: str, identifier: str) -> None:
    assert identifier_of(tag) == identifier


@pytest.mark.parametrize(
    "tag", ["", "30", "XYZ", "E2801160600002054CC1ABCD", "FF" * 12, "31FC".ljust(24, "0")]
)  # fmt: skip
def test_a_tag_that_says_nothing_is_told(tag: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        identifier_of(tag)


HOUR = timedelta(hours=1)
WAY = [
    WayPlace("S/1", START, START),
    WayPlace("X/1", START + 4 * HOUR, START + 6 * HOUR),
    WayPlace("P/1", START + 10 * HOUR),
]


@pytest.mark.parametrize(
    ("readings", "hours", "expected"),
    [
        ([("S/1", 0)], 3, None),
        ([("S/1", 0)], 5.5, Finding(Gap.OVERDUE, "X/1", START + 4 * HOUR)),
        ([("S/1", 0)], 6.5, Finding(Gap.LEFT_UNREAD, "X/1", START + 6 * HOUR)),
        ([("S/1", 0), ("X/1", 5)], 7, None),  # scanned: nothing is missing
        ([("X/1", 5)], 12, Finding(Gap.OVERDUE, "P/1", START + 10 * HOUR)),
        ([("P/1", 9)], 12, None),  # read at the end: it passed the rest
        ([("S/1", 0), ("Q/9", 3)], 3.5, Finding(Gap.UNEXPECTED, "Q/9", START + 3 * HOUR)),
        ([("Q/9", 3), ("X/1", 5)], 6, None),  # found again
    ],
)
def test_what_is_wrong_about_a_unit(
    readings: list[tuple[str, float]], hours: float, expected: Finding | None
) -> None:
    heard = [Reading(code, START + hour * HOUR) for code, hour in readings]
    assert judge(WAY, heard, as_of=START + hours * HOUR, grace=HOUR) == expected


def test_nothing_is_missing_where_nobody_reads() -> None:
    blind = [WayPlace(each.code, each.due_at, each.left_at, is_read_there=False) for each in WAY]
    assert judge(blind, [], as_of=START + 20 * HOUR, grace=HOUR) is None
