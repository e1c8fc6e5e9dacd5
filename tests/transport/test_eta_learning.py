"""Arrival estimates learn from the own trips: noted, fitted, checked, shown (TR-13)."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.models import Errand
from collab.live.topics import topic_named
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.integration.machines import machine
from tests.transport.trips import HOUR, MINUTE, hear, make_trip
from transport.engine.days import Trip, lanes, simulate
from transport.events import ETA_TOPIC
from transport.models import DrivenTrip, EstimatedArrival, EtaVersion
from transport.rules.eta_model import EtaModel
from transport.services.eta_versions import LEARN, LEAST_NEW_TRIPS, model_in_use, refit
from transport.services.trip_learning import learn_trip
from transport.services.trip_samples import Samples, as_json, from_row
from transport.tasks import learn_arrivals, new_days

pytestmark = pytest.mark.django_db

SLOW = EtaModel(speed_kmh=(35.0,) * 24, widen_early=0.3, widen_late=0.3, name="v1")


def note(
    organisation: Organisation, known: Sequence[Trip], *, days_ago: int, slow: int = 1
) -> None:
    """Store simulated trips as the organisation's own; ``slow`` multiplies what driving took."""
    newest = max(each.arrived_at for each in known)
    shift = timedelta(days=(timezone.now() - newest).days - days_ago)
    with acting_for(organisation):
        DrivenTrip.objects.bulk_create([_row(organisation, t, shift, slow) for t in known])


def _row(organisation: Organisation, trip: Trip, shift: timedelta, slow: int) -> DrivenTrip:
    arrived = trip.arrived_at + shift
    samples = Samples(
        arrived_at=arrived,
        drives=tuple(replace(each, minutes=slow * each.minutes) for each in trip.drives),
        dwells=trip.dwells,
        short_breaks=trip.short_breaks,
        long_breaks=trip.long_breaks,
        observations=tuple(
            replace(
                each,
                drive_min=slow * each.drive_min,
                remaining=replace(each.remaining, at=each.remaining.at + shift),
            )
            for each in trip.observations
        ),
    )
    return DrivenTrip(
        owner_id=organisation.pk,
        load_id=uuid7(),
        lane=trip.lane,
        started_at=trip.started_at + shift,
        arrived_at=arrived,
        observations=len(samples.observations),
        samples=as_json(samples),
    )


def use(organisation: Organisation, model: EtaModel) -> None:
    """Put a model in use that knows none of the trips of the last weeks."""
    then = timezone.now() - timedelta(days=170)
    with acting_for(organisation):
        EtaVersion.objects.create(
            number=1, parameters=asdict(model), fitted_at=then, trips=30, observations=300,
            trained_until=then, verdict="kept", held_out_trips=15, loss=10, within=0.8,
            before_loss=11, before_within=0.8, used_from=then,
        )  # fmt: skip


def test_tr_13_a_finished_trip_is_noted_without_its_places(cast: Cast) -> None:
    trip = make_trip(cast, began=30 * HOUR)
    now = timezone.now()
    trip.send(trip.ping(0.0, trip.start), trip.ping(0.0, trip.start + HOUR))
    reports = [
        trip.ping(0.01 + share * 0.001, trip.start + HOUR + (share + 1) * MINUTE)
        for share in range(0, 900, 15)
    ]  # a kilometre and a half a minute by air
    trip.send(*reports[:40])
    trip.send(*reports[40:], trip.ping(1.0, trip.start + HOUR + 16.5 * HOUR))
    hear()
    with acting_for(cast.avalon):
        (row,) = DrivenTrip.objects.all()
        assert row.load_id == trip.load.pk
        assert row.lane.startswith(cast.brasov.bpn)
        assert learn_trip(trip.load.pk) is None, "once a load"
        samples = from_row(row)
    assert samples.arrived_at < now
    assert len(samples.observations) >= 20
    assert samples.drives
    assert "latitude" not in str(row.samples)
    assert "B 100 FJO" not in str(row.samples)
    later = [each.drive_min for each in samples.observations]
    assert later == sorted(later, reverse=True), "the nearer, the less is left to drive"
    for outsider in (cast.fjord, cast.brasov, cast.kestrel):
        with acting_for(outsider):
            assert not DrivenTrip.objects.exists()


def test_tr_13_a_better_version_comes_into_use_and_makes_the_next_estimate(
    cast: Cast, client_for: ClientFor
) -> None:
    use(cast.avalon, SLOW)
    note(cast.avalon, simulate(lanes(5, 4), seed=5, days=20), days_ago=1)
    new_days.run()
    new_days.run()  # the same day again
    assert Errand.objects.filter(name=LEARN, organisation_id=cast.avalon.pk).count() == 1
    with acting_for(cast.avalon):
        learn_arrivals.run(uuid7())
        assert EtaVersion.objects.count() == 2
        version = EtaVersion.objects.get(number=2)
        assert version.verdict == "kept"
        assert version.loss < version.before_loss / 2
        assert 0.68 <= version.within <= 0.92
        assert (version.trips, version.before_number) == (80, 1)
        assert model_in_use().name == "v2"
        assert EtaVersion.objects.get(number=1).used_until is not None
        assert topic_named(ETA_TOPIC).render([version.pk])
        assert refit(as_of=timezone.now()) is None, "no trip is new"
    trip = make_trip(cast)
    trip.send(trip.ping(0.0, trip.start + MINUTE), trip.ping(0.01, trip.start + 20 * MINUTE))
    with acting_for(cast.avalon):
        assert EstimatedArrival.objects.get().parts["model"] == "v2"
        EstimatedArrival.objects.update(actual_at=timezone.now() + HOUR)
    page = client_for(cast.avalon, role="viewer").get(f"/t/{cast.avalon.slug}/transport/accuracy/")
    text = page.content.decode()
    assert page.status_code == 200
    for told in ("v2", "80 trips", "Learnt from"):
        assert told in text
    answer = machine(cast.avalon).get("arrival-accuracy").json()
    assert (answer["version"], answer["trips"], answer["judged"]) == ("v2", 80, 1)
    assert len(machine(cast.avalon).get("eta-versions").json()["items"]) == 2
    _is_hidden_from_others(cast, version.pk)


def _is_hidden_from_others(cast: Cast, version_id: UUID) -> None:
    for outsider in (cast.fjord, cast.brasov, cast.kestrel):
        assert machine(outsider).get("arrival-accuracy").json()["version"] == "default"
        with acting_for(outsider):
            assert model_in_use() == EtaModel()
            assert topic_named(ETA_TOPIC).render([version_id]) == []


def test_tr_13_a_worse_version_is_kept_as_a_proof_only(cast: Cast, client_for: ClientFor) -> None:
    good = EtaModel(name="v1")
    use(cast.avalon, good)
    known = simulate(lanes(7, 4), seed=7, days=20)
    note(cast.avalon, known[:50], days_ago=20, slow=3)
    note(cast.avalon, known[50:], days_ago=1)
    with acting_for(cast.avalon):
        version = refit(as_of=timezone.now())
        assert version is not None
        assert version.verdict == "rejected"
        assert version.loss > version.before_loss
        assert version.used_from is None
        assert model_in_use() == good
        assert refit(as_of=timezone.now()) is None, "the same trips are not tried again"
    note(cast.avalon, simulate(lanes(7, 2), seed=9, days=LEAST_NEW_TRIPS // 2), days_ago=0)
    with acting_for(cast.avalon):
        again = refit(as_of=timezone.now())
        assert again is None or again.number == 3
    page = f"/t/{cast.avalon.slug}/transport/accuracy/"
    planner, viewer = client_for(cast.avalon), client_for(cast.avalon, role="viewer")
    assert "Rejected" in planner.get(page).content.decode()
    assert planner.get(f"{page}?export=csv").status_code == 200
    assert viewer.post(f"{page}learn").status_code in {403, 404}
    assert planner.post(f"{page}learn").status_code in {200, 204, 302}
    assert Errand.objects.filter(name=LEARN, organisation_id=cast.avalon.pk).exists()
