"""Frames come out in the order of their numbers, whoever sends them first."""

from hypothesis import given
from hypothesis import strategies as st

from collab.live.order import PATIENCE_SECONDS, Sequencer

NUMBERS = st.permutations(list(range(1, 9)))


def numbers(frames: list[tuple[int, str]]) -> list[int]:
    return [seq for seq, _text in frames]


def test_in_order_frames_pass_at_once() -> None:
    order = Sequencer()
    assert [numbers(order.take(seq, "", 0.0)) for seq in (7, 8, 9)] == [[7], [8], [9]]


def test_an_overtaking_frame_waits_for_the_one_before() -> None:
    order = Sequencer()
    order.take(1, "", 0.0)
    assert order.take(3, "c", 0.0) == []
    assert order.take(2, "b", 0.1) == [(2, "b"), (3, "c")]


def test_a_lost_number_is_given_up_so_that_the_client_sees_the_hole() -> None:
    order = Sequencer()
    order.take(1, "", 0.0)
    order.take(3, "c", 1.0)
    assert order.overdue(1.0 + PATIENCE_SECONDS / 2) == []
    assert order.overdue(1.0 + PATIENCE_SECONDS) == [(3, "c")]
    assert order.take(2, "b", 1.5) == []  # too late: the client asks for it
    assert numbers(order.take(4, "d", 1.5)) == [4]


@given(NUMBERS)
def test_any_order_comes_out_sorted_without_holes(arriving: list[int]) -> None:
    order = Sequencer()
    out = numbers(order.take(0, "", 0.0))
    for seq in arriving:
        out += numbers(order.take(seq, "", 0.0))
    assert out == list(range(9))
