"""Where a unit is follows event time alone: late, repeated and shuffled events end the same."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.event_ids import (
    MOST_THINGS,
    event_key,
    lower_bound,
    seen_key,
    thing_key,
    time_of,
)
from inventory.rules.event_quantities import sign_of
from inventory.rules.unit_fold import EventSaid, fold_all, is_inside

START = datetime(2026, 11, 1, tzinfo=UTC)
STEPS = ("", "receiving", "shipping", "decommissioning")
KINDS = ("ObjectEvent", "AggregationEvent", "TransformationEvent")


Told = tuple[EventSaid, str]


def said(minute: int, number: int = 0, role: str = "epc", **more: object) -> Told:
    at = START + timedelta(minutes=minute)
    key = event_key(at, 1, f"event {minute}/{number}", is_error=False).int
    told = {"key": key, "happened_at": at, "kind": "ObjectEvent", "action": "OBSERVE"}
    return EventSaid(**{**told, **more}), role  # type: ignore[arg-type]


sightings = st.lists(
    st.builds(
        said,
        st.integers(0, 6),
        st.integers(0, 1),
        st.sampled_from(("epc", "parent", "child", "input", "output")),
        kind=st.sampled_from(KINDS),
        action=st.sampled_from(("ADD", "OBSERVE", "DELETE")),
        biz_step=st.sampled_from(STEPS),
        disposition=st.sampled_from(("", "in_transit", "sellable_accessible")),
        read_point=st.sampled_from(("", "door 1", "door 2")),
        parent=st.sampled_from(("pallet 1", "pallet 2")),
        has_children=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda each: each[0].key,
)


@given(sightings, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(events: list[Told], rng: random.Random) -> None:
    expected = fold_all(sorted(events, key=lambda each: each[0].key))
    shuffled = events + rng.sample(events, len(events) // 2)
    rng.shuffle(shuffled)
    assert fold_all(shuffled) == expected


@given(sightings)
def test_each_fact_is_what_the_newest_event_says(events: list[Told]) -> None:
    unit = fold_all(events)
    by_time = sorted(events, key=lambda each: each[0].key)
    for found, fact, tells in (
        (unit.place.read_point, "read_point", lambda e, _role: bool(e.read_point)),
        (unit.disposition.disposition, "disposition",
         lambda e, role: bool(e.disposition) and role != "input"),
        (unit.seen.biz_step, "biz_step", lambda _event, _role: True),
    ):  # fmt: skip
        told = [getattr(each, fact) for each, role in by_time if tells(each, role)]
        assert found == (told[-1] if told else "")
    packed = [e for e, role in by_time if role == "child" and e.kind == "AggregationEvent"]
    expected = packed[-1].parent if packed and packed[-1].action != "DELETE" else ""
    assert unit.parent == expected


def test_a_pallet_is_packed_moved_and_emptied() -> None:
    packing = {"kind": "AggregationEvent", "parent": "P"}
    put_in = said(0, role="child", action="ADD", **packing)
    box = fold_all([put_in])
    moves = [said(5, read_point="door")]
    assert is_inside(box, fold_all(moves))
    all_out = said(9, role="parent", action="DELETE", **packing)
    emptied = fold_all([*moves, all_out])
    assert not is_inside(box, emptied)
    # An event of before it was emptied, heard later, does not put the box back.
    late = said(8, role="child", action="ADD", **packing)
    assert not is_inside(fold_all([put_in, late]), emptied)
    again = said(10, role="child", action="ADD", **packing)
    assert is_inside(fold_all([again, put_in]), emptied)
    assert fold_all([put_in, said(3, action="DELETE", biz_step="destroying")]).is_ended
    assert fold_all([said(0)]).seen.happened_at == START


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)), st.integers(1, 9), st.text())
def test_keys_sort_by_time_and_name_the_same_event(at: datetime, owner: int, name: str) -> None:
    moment = at.replace(tzinfo=UTC)
    key = event_key(moment, owner, name, is_error=False)
    assert key == event_key(moment, owner, name, is_error=False)
    assert (key.version, key.variant) == (7, "specified in RFC 4122")
    after = moment + timedelta(microseconds=1)
    assert lower_bound(moment) <= key < lower_bound(after)
    assert time_of(key) == moment
    assert key < thing_key(key, 1) < thing_key(key, MOST_THINGS) < lower_bound(after)
    assert key != event_key(moment, owner + 1, name, is_error=False)
    assert seen_key(owner, name, is_error=False) != seen_key(owner, name, is_error=True)


def test_keys_refuse_what_they_cannot_say() -> None:
    with pytest.raises(ValueError, match="1970"):
        event_key(datetime(1969, 12, 31, tzinfo=UTC), 1, "x", is_error=False)
    with pytest.raises(ValueError, match="position"):
        thing_key(UUID(int=0), MOST_THINGS + 1)


@pytest.mark.parametrize(
    ("kind", "action", "step", "role", "sign"),
    [
        ("ObjectEvent", "OBSERVE", "receiving", "epc", 1),
        ("ObjectEvent", "ADD", "commissioning", "epc_class", 1),
        ("ObjectEvent", "OBSERVE", "shipping", "epc_class", -1),
        ("ObjectEvent", "DELETE", "decommissioning", "epc", -1),
        ("ObjectEvent", "DELETE", "receiving", "epc", 0),  # ended on arrival: never stock
        ("ObjectEvent", "OBSERVE", "storing", "epc", 0),  # moved within the site
        ("TransactionEvent", "ADD", "shipping", "epc_class", -1),
        ("TransactionEvent", "ADD", "shipping", "parent", 0),
        ("AggregationEvent", "ADD", "packing", "child_class", 0),  # packing moves nothing
        ("TransformationEvent", "", "", "input_class", -1),
        ("TransformationEvent", "", "", "output", 1),
    ],
)
def test_which_steps_count(kind: str, action: str, step: str, role: str, sign: int) -> None:
    assert sign_of(kind=kind, action=action, biz_step=step, role=role) == sign
