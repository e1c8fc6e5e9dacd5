"""A risk area on the way of a load is one exception for those concerned (TR-15)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from collab.live.topics import topic_named
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from collab.work.models import Alert
from collab.work.queries import ExceptionRow, QueueFilter, exceptions
from tests.conftest import ClientFor
from tests.harness.cast import Cast, give
from tests.integration.machines import machine
from tests.transport.trips import HOUR, MINUTE, hear, make_trip
from transport.events import AREA_TOPIC
from transport.models import RiskArea
from transport.services.risk_areas import save_area
from transport.services.risk_watch import watch_areas

pytestmark = pytest.mark.django_db


def area(**changes: Any) -> dict[str, Any]:
    """Return a snow storm half-way from Brasov to Munich, as JSON."""
    now = timezone.now()
    return {
        "name": "Snow in Hungary",
        "kind": "weather",
        "severity": "warning",
        "shape": {"type": "circle", "centre": [46.9, 18.6], "radius_km": 40},
        "valid_from": (now - HOUR).isoformat(),
        "valid_to": (now + timedelta(days=5)).isoformat(),
        "note": "Chains needed",
        **changes,
    }


def at_risk(viewer: Organisation) -> list[ExceptionRow]:
    with acting_for(viewer):
        rows = exceptions(QueueFilter(view="all"))
        return [row for row in rows if row.is_open and "risk area" in row.title]


def test_tr_15_planned_through_then_in_it_then_past_it(cast: Cast, client_for: ClientFor) -> None:
    give(cast.avalon, cast.fjord, cast.fjord, "work.exceptions")
    trip = make_trip(cast, began=30 * HOUR)
    keys = machine(cast.avalon)
    assert keys.post("risk-areas", area()).status_code == 201
    far = area(
        name="Strike in Spain", shape={"type": "circle", "centre": [40, -4], "radius_km": 90}
    )
    assert keys.post("risk-areas", far).status_code == 201
    over = area(name="Over", valid_to=(timezone.now() - MINUTE).isoformat())
    assert keys.post("risk-areas", over).status_code == 201
    hear()
    rows = {each.slug: at_risk(each) for each in cast.everybody()}
    assert {slug for slug, found in rows.items() if found} == {"avalon", "fjord"}
    (planner,), (carrier,) = rows["avalon"], rows["fjord"]
    assert planner.id == carrier.id, "one exception, not one for each"
    assert "Snow in Hungary" in planner.title
    assert planner.severity == "warning"

    slug = cast.avalon.slug
    page = client_for(cast.avalon)
    shipment = page.get(f"/t/{slug}/transport/shipments/{trip.shipment().pk}/").content.decode()
    assert "Snow in Hungary" in shipment
    assert "On the way" in shipment
    points = page.get(f"/t/{slug}/transport/map.json").json()
    assert {each["name"] for each in points["areas"]} == {"Snow in Hungary", "Strike in Spain"}
    theirs = client_for(cast.brasov).get(f"/t/{cast.brasov.slug}/transport/map.json").json()
    assert theirs["areas"] == []

    now = timezone.now()
    trip.send(trip.ping(0.0, now - 20 * HOUR), trip.ping(0.5, now - 5 * HOUR))
    hear()
    (inside,) = at_risk(cast.avalon)
    assert inside.id == planner.id
    with acting_for(cast.avalon):
        alert = Alert.objects.get(pk=inside.id)
        assert alert.title_params["where"] == "inside"
        version = alert.version
        watch_areas(as_of=now)
        alert.refresh_from_db()
        assert alert.version == version, "the same finding again writes nothing"
    trip.send(trip.ping(0.7, timezone.now()))
    hear()
    assert at_risk(cast.avalon) == []


def test_tr_15_an_area_that_ends_or_goes_clears_its_exceptions(cast: Cast) -> None:
    make_trip(cast)
    with acting_for(cast.avalon):
        values = area(valid_from=timezone.now() - HOUR, valid_to=timezone.now() + 90 * HOUR)
        row = save_area(values)
    hear()
    assert len(at_risk(cast.avalon)) == 1
    with acting_for(cast.avalon):
        assert watch_areas(as_of=timezone.now() + 91 * HOUR) == 0
    assert at_risk(cast.avalon) == []
    with acting_for(cast.avalon):
        assert watch_areas(as_of=timezone.now()) == 1
    keys = machine(cast.avalon)
    etag = keys.get(f"risk-areas/{row.pk}").headers["ETag"]
    gone = keys.call("DELETE", f"risk-areas/{row.pk}", **{"If-Match": etag})
    assert gone.status_code == 204
    hear()
    assert at_risk(cast.avalon) == []


def test_a_coming_area_counts_only_while_the_truck_is_there(cast: Cast) -> None:
    make_trip(cast)  # due in two days
    with acting_for(cast.avalon):
        later = timezone.now() + timedelta(days=30)
        save_area(area(valid_from=later, valid_to=None))
        assert watch_areas(as_of=timezone.now()) == 0
        save_area(area(name="Now", valid_from=timezone.now(), valid_to=None))
        assert watch_areas(as_of=timezone.now()) == 1


def test_geojson_and_spreadsheets_come_in_whole_or_not_at_all(
    cast: Cast, client_for: ClientFor
) -> None:
    ring = [[10.0, 46.5], [12.0, 46.5], [12.0, 47.5], [10.0, 47.5], [10.0, 46.5]]
    good = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"name": "Tyrol", "kind": "closure", "severity": "critical"},
    }
    bad = {**good, "geometry": {"type": "LineString", "coordinates": ring}}
    keys = machine(cast.avalon)
    answer = keys.post("risk-areas/geojson", {"type": "FeatureCollection", "features": [good, bad]})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "features.2.shape"
    with acting_for(cast.avalon):
        assert not RiskArea.objects.exists()

    planner = client_for(cast.avalon)
    url = f"/t/{cast.avalon.slug}/transport/areas/"
    text = json.dumps({"type": "FeatureCollection", "features": [good]}).encode()
    for _twice in range(2):
        planner.post(f"{url}file", {"file": SimpleUploadedFile("a.geojson", text)})
    with acting_for(cast.avalon):
        row = RiskArea.objects.get()
        assert (row.south, row.north, row.west, row.east) == (46.5, 47.5, 10.0, 12.0)
        assert topic_named(AREA_TOPIC).render([row.pk])[0].data == {"id": str(row.pk)}
    assert "Tyrol" in planner.get(url).content.decode()
    assert "46.5 10.0" in planner.get(f"{url}?export=csv").content.decode()
    form = {
        "name": "Wrong", "kind": "strike", "severity": "info", "latitude": "47", "longitude": "11",
        "radius_km": "0", "valid_from": "2026-11-01T08:00",
    }  # fmt: skip
    assert planner.post(url, form).status_code == 422
    saved = planner.post(url, {**form, "name": "Right", "radius_km": "25"})
    assert saved.status_code in {200, 204, 302}
    assert "Right" in planner.get(f"{url}?view=all").content.decode()
    viewer = client_for(cast.avalon, role="viewer")
    assert viewer.post(url, {**form, "name": "No"}).status_code in {403, 404}
    rival = client_for(cast.kestrel)
    assert "Tyrol" not in rival.get(f"/t/{cast.kestrel.slug}/transport/areas/").content.decode()
    assert machine(cast.kestrel).get(f"risk-areas/{row.pk}").status_code == 404
