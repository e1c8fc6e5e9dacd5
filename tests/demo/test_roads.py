"""A truck of the demo on its road: breaks and rests, and never backwards."""

import pytest

from collab.demo.roads import Road


@pytest.mark.parametrize("minutes", [95.0, 400.0, 1300.0])
def test_a_road_is_driven_with_breaks_and_rests(minutes: float) -> None:
    road = Road(minutes=minutes, km=minutes, start=(50.0, 10.0), end=(45.0, 20.0))
    shares = [road.share_at(each) for each in range(0, 4_000, 20)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    for share in (0.1, 0.4, 0.77, 0.99):
        assert road.share_at(road.elapsed(share)) == pytest.approx(share)
