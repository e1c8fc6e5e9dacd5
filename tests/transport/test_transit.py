"""Measured transit: what shipments really took, per partner and site, and whose they are."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from collab.organisations.context import acting_for
from tests.harness.cast import Cast
from tests.transport.moving import order_of, site_of
from tests.transport.week import NOW
from transport.models import Shipment
from transport.queries.transit import measured_transit


def delivered(cast: Cast, number: int, days: float | None, *, at: datetime = NOW) -> None:
    """Let a shipment from Brasov arrive at Avalon after so many days; None has no pick-up time."""
    order = order_of(cast.brasov, cast.avalon)
    times: dict[str, Any] = {"delivered_at": at}
    if days is not None:
        times["picked_up_at"] = at - timedelta(days=days)
    Shipment.objects.create(
        counterparty=cast.brasov, order=order, number=f"SH-T{number}", mode="road",
        origin=site_of(cast.brasov), destination=site_of(cast.avalon),
        planned_pickup=at, planned_delivery=at, **times,
    )  # fmt: skip


def test_three_deliveries_are_needed_and_rivals_measure_nothing(cast: Cast) -> None:
    since = NOW - timedelta(days=30)
    with acting_for(cast.avalon):
        for number, days in enumerate((2.0, 3.0, None)):
            delivered(cast, number, days)
        delivered(cast, 8, 9.0, at=NOW - timedelta(days=40))
        assert measured_transit(since=since) == {}
        delivered(cast, 9, 4.0)
        (found,) = measured_transit(since=since).items()
        assert found[0] == (cast.brasov.pk, site_of(cast.avalon)["site_code"])
    assert (found[1].days, found[1].sigma_days, found[1].shipments) == (
        pytest.approx(3.0), pytest.approx(1.0), 3,
    )  # fmt: skip
    for other in (cast.porto, cast.kestrel, cast.brasov):
        with acting_for(other):
            assert measured_transit(since=since) == {}
