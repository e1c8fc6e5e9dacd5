"""Expected arrivals follow positions, and nothing else."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from collab.organisations.context import acting_for
from tests.harness.cast import Cast
from tests.transport.trips import HOUR, MINUTE, make_trip
from transport.models import EstimatedArrival, LoadState, Notice
from transport.services.following import follow
from transport.services.silence import look_for_silence

pytestmark = pytest.mark.django_db


def test_each_new_ping_makes_one_estimate_and_no_clock_does(cast: Cast) -> None:
    trip = make_trip(cast)
    trip.send(trip.ping(0.0, trip.start + MINUTE), trip.ping(0.01, trip.start + 20 * MINUTE))
    shipment = trip.shipment()
    with acting_for(cast.avalon):
        (first,) = EstimatedArrival.objects.all()
        before = [shipment.eta, trip.now().version]
        assert first.p10 < first.p50 < first.p90
        assert first.made_at == trip.start + 20 * MINUTE
        assert first.parts["long_breaks"] > 0  # 1,400 km are no day's work
        follow([trip.load.pk], now=timezone.now() + 5 * HOUR)
        assert EstimatedArrival.objects.count() == 1
    assert [trip.shipment().eta, trip.now().version] == before
    trip.send(trip.ping(0.02, trip.start + 35 * MINUTE))
    with acting_for(cast.avalon):
        assert EstimatedArrival.objects.count() == 2
    with acting_for(cast.brasov):
        assert EstimatedArrival.objects.count() == 2
    for outsider in (cast.porto, cast.kestrel):
        with acting_for(outsider):
            assert not EstimatedArrival.objects.exists()


def test_nearer_is_sooner_and_surer(cast: Cast) -> None:
    trip = make_trip(cast, began=42 * HOUR, hours=90)
    now = timezone.now()
    spans, ends = [], []
    trip.send(trip.ping(0.0, now - 41.5 * HOUR), trip.ping(0.01, now - 41 * HOUR))
    for share, hours in ((0.1, 40), (0.5, 20), (0.9, 1)):
        trip.send(trip.ping(share, now - hours * HOUR))
        eta = trip.shipment().eta
        assert eta is not None
        p10, p50, p90 = (datetime.fromisoformat(eta[name]) for name in ("p10", "p50", "p90"))
        spans.append(p90 - p10)
        ends.append(p50 - (now - hours * HOUR))
    assert min(spans) == spans[2]  # a rest that may or may not be due widens a range on the way
    assert ends[0] > ends[1] > ends[2]


def test_arrival_judges_what_was_expected(cast: Cast) -> None:
    trip = make_trip(cast, began=30 * HOUR)
    now = timezone.now()
    trip.send(trip.ping(0.0, now - 29 * HOUR), trip.ping(0.01, now - 28 * HOUR))
    trip.send(trip.ping(0.7, now - 6 * HOUR))
    trip.send(trip.ping(1.0, now - 2 * MINUTE))
    assert trip.now().state == LoadState.ARRIVED
    assert trip.shipment().delivered_at == now - 2 * MINUTE
    with acting_for(cast.avalon):
        judged = EstimatedArrival.objects.filter(actual_at=now - 2 * MINUTE)
        assert judged.count() == 2
        codes = set(Notice.objects.values_list("code", flat=True))
    assert {"tracking_started", "departed_pickup", "arrived_at_destination"} <= codes


def test_a_small_shift_is_no_news(cast: Cast) -> None:
    trip = make_trip(cast, began=10 * HOUR)
    now = timezone.now()

    def told() -> int:
        with acting_for(cast.avalon):
            return Notice.objects.filter(code="eta_revised", counterparty=cast.avalon).count()

    trip.send(trip.ping(0.2, now - 60 * MINUTE))
    trip.send(trip.ping(0.247, now - 15 * MINUTE))
    few = told()
    for minute, share in enumerate((0.248, 0.249, 0.25, 0.251), start=1):  # as fast as before
        trip.send(trip.ping(share, now - (15 - minute) * MINUTE))
    stops = 2
    assert told() - few <= stops, "what drifts over the limit is told once, not at every ping"


def test_silence_has_a_cause_and_ends_with_a_ping(cast: Cast) -> None:
    trip = make_trip(cast, began=HOUR, hours=90)
    now = timezone.now()
    with acting_for(cast.avalon):
        assert look_for_silence(now=now) == 1
        assert look_for_silence(now=now) == 1
    load = trip.now()
    assert (load.missing_cause, load.progress) == ("never_tracked", "no_signal")
    trip.send(trip.ping(0.01, now))
    load = trip.now()
    assert (load.missing_cause, load.progress) == ("", "on_time")
    with acting_for(cast.avalon):
        assert look_for_silence(now=now + 30 * MINUTE) == 0
        assert look_for_silence(now=now + timedelta(minutes=61)) == 1
    assert trip.now().missing_cause == "signal_lost"
    assert {visit.progress for visit in trip.visits(cast.brasov)} == {"no_signal"}
