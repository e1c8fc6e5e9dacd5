"""Sparkplug B: bytes, aliases, gaps and births, in any order and however often."""

import itertools
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.integration.mqtt.sessions import (
    ASK_AGAIN_SECONDS,
    MOST_HELD,
    REORDER_SECONDS,
    Heard,
    Outcome,
    Session,
)
from collab.integration.mqtt.sparkplug import (
    REBIRTH,
    BadPayload,
    Datatype,
    Metric,
    Payload,
    decode,
    encode,
    rebirth_command,
)
from collab.integration.mqtt.topics import Kind

NOON = 1_764_000_000_000
TEMPERATURE = Metric("Temperature", 1, Datatype.FLOAT, 4.5, unit="CEL")
SHOCK = Metric("Shock", 2, Datatype.INT16, -3)


def birth(at: int, number: int = 0, *metrics: Metric) -> Heard:
    counted = Metric("bdSeq", None, Datatype.UINT64, number)
    return Heard(Kind.NBIRTH, "", Payload(at, 0, (counted, *(metrics or (TEMPERATURE, SHOCK)))))


def data(at: int, sequence: int, value: float = 5.0, alias: int = 1) -> Heard:
    return Heard(Kind.NDATA, "", Payload(at, sequence, (Metric("", alias, 0, value),)))


def death(number: int) -> Heard:
    return Heard(Kind.NDEATH, "", Payload(NOON, None, (Metric("bdSeq", None, 8, number),)))


def test_bytes_of_a_payload_written_by_hand() -> None:
    """Field numbers and layouts as the specification gives them, byte for byte."""
    metric = b"\x0a\x01T" + b"\x10\x07" + b"\x20\x09" + b"\x65\x00\x00\x90\x40"  # T, alias 7, 4.5
    raw = b"\x08\x80\x02" + b"\x12" + bytes([len(metric)]) + metric + b"\x18\x05"
    expected = Payload(256, 5, (Metric("T", 7, Datatype.FLOAT, 4.5),))
    assert decode(raw) == expected
    assert encode(expected) == raw
    assert decode(b"\xa2\x06\x02??" + raw) == expected  # an unknown field 100 is skipped
    assert decode(rebirth_command(NOON)).value_of(REBIRTH) is True


WHOLE = {
    Datatype.INT8: (-(2**7), 2**7 - 1),
    Datatype.INT32: (-(2**31), 2**31 - 1),
    Datatype.INT64: (-(2**63), 2**63 - 1),
    Datatype.UINT64: (0, 2**64 - 1),
}
VALUES = st.one_of(
    *(
        st.tuples(st.just(each), st.integers(low, high) | st.none())
        for each, (low, high) in WHOLE.items()
    ),
    st.tuples(st.just(Datatype.FLOAT), st.floats(width=32, allow_nan=False)),
    st.tuples(st.just(Datatype.DOUBLE), st.floats(allow_nan=False)),
    st.tuples(st.just(Datatype.BOOLEAN), st.booleans()),
    st.tuples(st.just(Datatype.STRING), st.text(max_size=9)),
)
METRICS = st.builds(
    lambda name, alias, said, at, unit: Metric(name, alias, said[0], said[1], at, unit),
    *(st.text(max_size=9), st.none() | st.integers(0, 2**64 - 1), VALUES),
    *(st.none() | st.integers(0, 2**64 - 1), st.text(max_size=4)),
)


@given(st.builds(Payload, st.none() | st.integers(0, 2**64 - 1), st.integers(0, 255),
                 st.lists(METRICS, max_size=4).map(tuple)))  # fmt: skip
def test_what_is_written_reads_the_same(payload: Payload) -> None:
    assert decode(encode(payload)) == payload


@given(st.binary(max_size=60))
def test_no_bytes_do_harm(raw: bytes) -> None:
    with suppress(BadPayload):
        assert decode(encode(decode(raw))) == decode(raw) or b"nan" in repr(decode(raw)).encode()


def told(session: Session, messages: list[Heard], *, now: float = 0.0) -> Outcome:
    """Fold messages one after the other and let a minute pass."""
    whole = Outcome()
    for place, each in enumerate([*messages, None]):
        at = now + place / 1000
        outcome = session.fold(each, at) if each else session.tick(at + 60)
        whole.points += outcome.points
        whole.refused += outcome.refused
        whole.wants_rebirth |= outcome.wants_rebirth
    return whole


def test_a_gap_is_asked_about_once_and_the_birth_heals_it() -> None:
    session = Session()
    whole = told(session, [birth(NOON), data(NOON + 1, 1, 5.0), data(NOON + 2, 2, -2, alias=2)])
    assert [(each.name, each.value) for each in whole.points] == [
        *(("Temperature", 4.5), ("Shock", -3)),  # the birth holds the values of that moment
        *(("Temperature", 5.0), ("Shock", -2)),  # aliases got their names
    ]
    assert not whole.wants_rebirth
    assert not session.fold(data(NOON + 4, 4), 100).wants_rebirth  # 3 may still come
    assert not session.tick(100 + REORDER_SECONDS / 2).wants_rebirth
    assert session.tick(100 + REORDER_SECONDS).wants_rebirth
    assert not session.tick(101 + REORDER_SECONDS).wants_rebirth  # asked already
    assert session.tick(100 + REORDER_SECONDS + ASK_AGAIN_SECONDS).wants_rebirth
    healed = session.fold(birth(NOON + 9), 120)
    assert [reason for _, reason in healed.refused] == [
        "sent before the birth that names its aliases"
    ]
    assert not told(session, [data(NOON + 10, 1)], now=121).wants_rebirth


def test_data_before_the_birth_wait_for_it_and_are_bounded() -> None:
    session = Session()
    assert session.fold(data(NOON + 1, 1, 7.0), 0).wants_rebirth
    assert [point.value for point in session.fold(birth(NOON), 1).points] == [4.5, -3, 7.0]
    flood = told(Session(), [data(NOON + place, place % 256) for place in range(MOST_HELD + 5)])
    assert len(flood.refused) == 5
    assert not flood.points


def test_a_death_counts_only_for_its_own_birth() -> None:
    session = Session()
    told(session, [birth(NOON, 7), death(6)])
    assert session.is_online
    told(session, [death(7)])
    assert not session.is_online


def test_a_death_heard_before_its_birth_is_not_forgotten_over_others() -> None:
    for deaths in ((1, 0), (0, 1), (1,)):
        session = Session()
        assert not told(session, [death(number) for number in deaths]).wants_rebirth
        assert told(session, [birth(NOON + 10, 1)]).wants_rebirth, deaths


def test_devices_behind_a_node_have_names_of_their_own() -> None:
    session = Session()
    door = Metric("Door", 9, Datatype.BOOLEAN, False)
    born = Heard(Kind.DBIRTH, "gate", Payload(NOON + 1, 1, (door,)))
    opened = Payload(NOON + 2, 2, (Metric("", 9, 0, True),))
    whole = told(session, [birth(NOON), born, Heard(Kind.DDATA, "gate", opened)])
    assert [(point.device, point.name, point.value) for point in whole.points[2:]] == [
        ("gate", "Door", False),
        ("gate", "Door", True),
    ]
    assert session.devices == {"gate"}
    told(session, [Heard(Kind.DDEATH, "gate", Payload(NOON + 3, 3, ()))])
    assert session.devices == set()


@st.composite
def histories(draw: st.DrawFn) -> list[Heard]:
    """One or two lives of a node, as it sent them."""
    at, out = NOON, []
    for number in range(draw(st.integers(1, 2))):
        at += 10
        out.append(birth(at, number))
        for sequence in range(1, 1 + draw(st.integers(0, 4))):
            at += 1
            out.append(data(at, sequence, float(at % 1000)))
        if draw(st.booleans()):
            out.append(death(number))
    return out


@settings(max_examples=300)
@given(histories(), st.randoms(use_true_random=False), st.booleans())
def test_any_order_and_repetition_end_alike_or_ask_for_the_birth(
    sent: list[Heard], chance, is_shuffled: bool
) -> None:
    straight = Session()
    expected = told(straight, sent)
    arrived = list(
        itertools.chain.from_iterable([each] * chance.choice((1, 1, 2)) for each in sent)
    )
    if is_shuffled:
        chance.shuffle(arrived)
    session = Session()
    whole = told(session, arrived)
    assert set(whole.points) <= set(expected.points)  # nothing made up
    if not whole.wants_rebirth:
        assert session.state == straight.state
        kept = {id(each) for each, _ in whole.refused}
        lost = set(expected.points) - set(whole.points)
        assert len(lost) <= len(kept)  # what is not recorded waits with its reason


@given(st.integers(300, 700))
def test_numbers_begin_again_after_255(count: int) -> None:
    session = Session()
    whole = told(
        session,
        [birth(NOON), *(data(NOON + place, place % 256) for place in range(1, count))],
    )
    assert len(whole.points) == count + 1
    assert not whole.wants_rebirth


def test_a_payload_without_time_or_number_is_refused_with_the_reason() -> None:
    broken = replace(data(NOON, 1), payload=Payload(None, 1, ()))
    assert Session().fold(broken, 0).refused == [
        (broken, "expected a timestamp and seq in the payload")
    ]
    with pytest.raises(BadPayload, match="seq from 0 to 255"):
        decode(b"\x18\x80\x02")
