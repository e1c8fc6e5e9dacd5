"""Arrivals per quarter of an hour against doors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rules.dock_peaks import Arrival, before_after, peak_cents, peaks, profile

DOORS = {"rear": 2, "side": 1}
SPREAD = [("a", 480), ("b", 494.9), ("c", 495), ("d", 510)]
HEAP = [("a", 480), ("b", 485), ("c", 490), ("d", 494)]
arrivals = st.lists(
    st.builds(
        Arrival, st.text("abc", min_size=1), st.floats(0, 1439), st.sampled_from(["rear", "side"])
    ),
    max_size=30,
)


def trucks(times: list[tuple[str, float]]) -> list[Arrival]:
    return [Arrival(name, minute, "rear") for name, minute in times]


def test_a_heap_at_the_gate_and_the_same_trucks_spread() -> None:
    heap, spread = profile(trucks(HEAP), DOORS), profile(trucks(SPREAD), DOORS)
    (peak,) = peaks(heap)
    assert (peak.start_min, peak.arrivals, peak.excess) == (480, 4, 2)
    assert (peak_cents(heap, 3000), peak_cents(spread, 3000)) == (6000, 0)
    assert [(each.start_min, each.before, each.after) for each in before_after(heap, spread)] == [
        (480, 4, 2), (495, 0, 1), (510, 0, 1),
    ]  # fmt: skip


def test_doors_of_another_capability_do_not_help() -> None:
    side = [Arrival("x", 480, "side"), Arrival("y", 481, "side")]
    assert [each.excess for each in profile(side, DOORS)] == [1]
    with pytest.raises(ValueError, match="expected doors for cool, got none"):
        profile([Arrival("x", 0, "cool")], DOORS)


@given(arrivals, st.integers(0, 3))
def test_every_truck_is_counted_once_and_more_doors_never_hurt(
    planned: list[Arrival], more: int
) -> None:
    buckets = profile(planned, DOORS)
    assert sum(each.arrivals for each in buckets) == len(planned)
    wider = profile(planned, {name: count + more for name, count in DOORS.items()})
    assert peak_cents(wider, 1) <= peak_cents(buckets, 1)
