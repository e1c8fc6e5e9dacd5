"""The demo's trucks: on the road with positions and expected arrivals, some late, some silent."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from collab.demo.loader.network import load
from collab.demo.network import build
from collab.demo.roads import Road
from collab.demo.simulator.drivers import Trucks
from collab.organisations.context import acting_for
from collab.work.queries import QueueFilter, exceptions
from transport.models import EstimatedArrival, Load
from transport.queries.tracking import active_loads, points


@pytest.mark.parametrize("minutes", [95.0, 400.0, 1300.0])
def test_a_road_is_driven_with_breaks_and_rests(minutes: float) -> None:
    road = Road(minutes=minutes, km=minutes, start=(50.0, 10.0), end=(45.0, 20.0))
    shares = [road.share_at(each) for each in range(0, 4_000, 20)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    for share in (0.1, 0.4, 0.77, 0.99):
        assert road.share_at(road.elapsed(share)) == pytest.approx(share)


def test_trucks_are_on_the_road_and_drive_on(database: None) -> None:
    now = datetime.now(UTC)
    network = build(seed=1, suppliers=6, parts=80, today=now.date())
    directory = load(network, as_of=now)
    avalon, porto = directory.organisations["avalon"], directory.organisations["porto"]
    with acting_for(avalon):
        states = Counter(active_loads().values_list("state", flat=True))
        before = {point[0]: point for point in points()}
        assert states["in_transit"] >= 3
        assert EstimatedArrival.objects.exists()
        kinds = Counter(row.values.get("type") for row in exceptions(QueueFilter(view="all")))
        assert kinds["transport.late"] >= 1
        numbers = {str(point[1]) for point in before.values()}
    with acting_for(porto):
        assert not Load.objects.filter(number__in=numbers, owner=avalon).exists()
    trucks = Trucks(network)
    moved = trucks.drive(now=now + timedelta(minutes=20))
    assert moved >= len(before) - 4
    assert trucks.drive(now=now + timedelta(minutes=20)) == 0
