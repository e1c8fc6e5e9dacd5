"""Part loads leave by the carrier's timetable, and the choice of mode reckons with it (TR-02)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from collab.live.topics import topic_named
from collab.organisations.context import acting_for
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.integration.machines import machine
from tests.transport.moving import DAY, HOUR, NOW, order_of
from tests.transport.test_tenders import tariff_plan
from transport.events import TARIFF_TOPIC
from transport.models import Departure
from transport.rules.modes import Verdict
from transport.services.mode_choice import options_for
from transport.services.orders import Window
from transport.services.tariffs import keep_tariff

pytestmark = pytest.mark.django_db

TUESDAY = date(2026, 11, 24)  # NOW + DAY, when the goods are ready at 05:00 UTC = 06:00 there


def departure(cast: Cast, **changes: Any) -> dict[str, Any]:
    """Return a service of Fjord's that leaves Romania on Tuesday evening."""
    return {
        "carrier": cast.fjord.bpn,
        "code": "RO-DE 1",
        "origin_zone": "RO",
        "destination_zone": "DE",
        "weekday": 1,
        "departs_minute": 18 * 60,
        "cut_off_minutes": 120,
        "transit_days": 2,
        "arrives_minute": 7 * 60,
        "valid_from": "2026-01-01",
        **changes,
    }


def part_load(cast: Cast) -> Verdict:
    """Return how the straight part load of an order fares that is ready on Tuesday morning."""
    with acting_for(cast.avalon):
        order = order_of(
            cast.brasov,
            cast.avalon,
            pickup=Window(NOW + DAY, NOW + DAY + 8 * HOUR),
            delivery=Window(NOW + 3 * DAY, NOW + 5 * DAY),
        )
        return next(
            each
            for each in options_for([order.pk])["EUR"]
            if each.option.mode == "part_load" and len(each.option.legs) == 1
        )


def test_tr_02_part_loads_wait_for_their_departure_and_not_for_more_than_a_day(
    cast: Cast,
) -> None:
    with acting_for(cast.avalon):
        keep_tariff(
            tariff_plan(
                cast.fjord, rank=1, per_km="60", mode="part_load", name="Part loads", number="P-1"
            )
        )
    free = part_load(cast)
    assert free.runs == ()
    assert free.is_possible

    keys = machine(cast.avalon)
    made = keys.post("departures", departure(cast))
    assert made.status_code == 201
    timed = part_load(cast)
    (run,) = timed.runs
    assert run.departs_at == datetime(2026, 11, 24, 17, tzinfo=UTC)  # 18:00 there
    assert run.closes_at == run.departs_at - 2 * HOUR
    assert timed.arrives_at == datetime(2026, 11, 26, 6, tzinfo=UTC) + 2 * HOUR, "and unloading"
    assert timed.is_possible

    early = {"departs_minute": 8 * 60, "cut_off_minutes": 150}  # closed at 05:30, ready at 06:00
    key = made.json()["id"]
    changed = keys.call("PATCH", f"departures/{key}", early, **{"If-Match": made["ETag"]})
    assert changed.status_code == 200, changed.content
    missed = part_load(cast)
    assert not missed.is_possible
    assert "more than 24" in missed.refusals[0]
    assert any("late" in text for text in missed.refusals)

    town = departure(cast, code="Brasov", origin_zone="RO-Brasov", transit_days=3)
    assert keys.post("departures", town).status_code == 201
    narrow = part_load(cast)
    assert narrow.is_possible, "the town's own service hides that of the country"
    assert narrow.runs[0].arrives_at.date() == TUESDAY + timedelta(days=3)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weekday": 7}, "weekday"),
        ({"transit_days": 0}, "arrives_minute"),
        ({"cut_off_minutes": 2881}, "cut_off_minutes"),
        ({"valid_to": "2025-12-31"}, "valid_to"),
        ({"carrier": "BPNL000000000XXX"}, "carrier"),
        ({"origin_zone": ""}, "origin_zone"),
    ],
)
def test_a_departure_that_cannot_be_is_refused_by_field(
    cast: Cast, changes: dict[str, Any], field: str
) -> None:
    answer = machine(cast.avalon).post("departures", departure(cast, **changes))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_customer_and_carrier_see_a_departure_and_only_one_changes_it(
    cast: Cast, client_for: ClientFor
) -> None:
    made = machine(cast.avalon).post("departures", departure(cast))
    twice = machine(cast.avalon).post("departures", departure(cast))
    assert twice.json()["errors"][0]["field"] == "code"
    key = made.json()["id"]
    carrier = machine(cast.fjord)
    (row,) = carrier.get("departures").json()["items"]
    assert row["customer"] == cast.avalon.bpn
    gone = carrier.call("DELETE", f"departures/{key}", **{"If-Match": made["ETag"]})
    assert gone.status_code in {403, 404}
    for outsider in (cast.rhine, cast.brasov, cast.kestrel):
        assert machine(outsider).get("departures").json()["items"] == []
        assert machine(outsider).get(f"departures/{key}").status_code == 404
        with acting_for(outsider):
            assert topic_named(TARIFF_TOPIC).render([key]) == []
    with acting_for(cast.fjord):
        assert topic_named(TARIFF_TOPIC).render([key])

    url = f"/t/{cast.avalon.slug}/transport/departures/"
    planner = client_for(cast.avalon)
    assert "RO-DE 1" in planner.get(url).content.decode()
    assert "18:00" in planner.get(f"{url}?export=csv").content.decode()
    form = {
        "carrier": cast.fjord.bpn, "code": "X", "origin_zone": "RO", "destination_zone": "DE",
        "weekday": "3", "departs": "20:30", "cut_off_minutes": "30", "transit_days": "0",
        "arrives": "06:00", "valid_from": "2026-01-01", "is_active": "on",
    }  # fmt: skip
    assert planner.post(url, form).status_code == 422
    assert planner.post(url, {**form, "transit_days": "1"}).status_code in {200, 204, 302}
    with acting_for(cast.avalon):
        typed = Departure.objects.get(code="X")
        assert (typed.departs_minute, typed.arrives_minute) == (1230, 360)
    gone = planner.post(f"{url}?departure={typed.pk}", {"do": "remove", "version": "1"})
    assert gone.status_code in {200, 204, 302}
    with acting_for(cast.avalon):
        assert not Departure.objects.filter(code="X").exists()
    carriers_page = client_for(cast.fjord).get(f"/t/{cast.fjord.slug}/transport/departures/")
    assert "RO-DE 1" in carriers_page.content.decode()
