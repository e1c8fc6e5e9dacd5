"""FC-28: a private what-if, compared, promoted or discarded; a partner accepts or aborts it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_for
from forecasting.models import DemandSeries, DemandVersion, OrderLine, Scenario, ScenarioOffer
from forecasting.services.scenarios import (
    answer_offer,
    change_scenario,
    discard_scenario,
    offer_scenario,
    open_scenario,
    outcome_of,
    promote_scenario,
)
from tests.conftest import ClientFor
from tests.forecasting.test_signals import MONDAY, _now, part, plan
from tests.harness.cast import Cast
from tests.integration.machines import machine


def more(percent: int, *parts: str, weeks: int = 1) -> dict[str, Any]:
    last = MONDAY + timedelta(weeks=weeks - 1)
    return {"kind": "percent", "first": MONDAY, "last": last, "value": percent, "parts": parts}


def scenario(*changes: dict[str, Any]) -> Scenario:
    return change_scenario(open_scenario(name="Export boom").pk, changes)


def current(series: DemandSeries) -> DemandVersion:
    return DemandVersion.objects.get(series=series, is_current=True)


def test_it_changes_nothing_until_it_is_promoted(cast: Cast) -> None:
    with acting_for(cast.avalon):
        door, seat = plan(cast, part("DOOR"), 100, 100), plan(cast, part("SEAT"), 10, 10)
        boom = scenario(more(20, "DOOR", weeks=2))
        (changed,) = outcome_of(boom)
        assert (changed.series, changed.after) == (door, [120, 120])
        assert current(door).number == 1
        promote_scenario(boom.pk)
        assert current(door).quantities == [120, 120]
        assert (current(door).step, current(door).source_id) == ("planner", boom.pk)
        assert current(seat).number == 1
        promote_scenario(boom.pk)
        assert current(door).number == 2  # twice is once


def test_it_is_computed_from_the_plan_that_stands(cast: Cast) -> None:
    """A scenario of last week does not bring last week's demand back."""
    with acting_for(cast.avalon):
        door = plan(cast, part("DOOR"), 100)
        boom = scenario(more(10))
        promote_scenario(scenario({**more(0), "kind": "set", "value": "200"}).pk)
        (changed,) = outcome_of(boom)
        assert (changed.series, changed.before, changed.after) == (door, [200], [220])


def test_the_compare_counts_money_with_the_newest_price(cast: Cast) -> None:
    with acting_for(cast.avalon):
        door = plan(cast, part("DOOR"), 100)
        for number, price in [("O1", 900), ("O2", 1_000)]:
            OrderLine.objects.create(
                counterparty=cast.brasov,
                order_number=number,
                line=1,
                part_number=door.part_number,
                quantity=1,
                unit="H87",
                due_on=MONDAY,
                price_minor=price,
                price_unit=100,
                currency="EUR",
                ordered_at=_now() + timedelta(minutes=price),
            )
        (changed,) = outcome_of(scenario(more(50)))
        assert changed.difference.cost_minor == 500  # 50 more at 10 minor units each


def test_discarding_withdraws_what_was_offered(cast: Cast) -> None:
    with acting_for(cast.avalon):
        plan(cast, part("DOOR"), 100)
        boom = scenario(more(10))
        offer_scenario(boom.pk, supplier_id=cast.brasov.pk)
        discard_scenario(boom.pk)
        with pytest.raises(Refused, match="a draft"):
            promote_scenario(boom.pk)
    with acting_for(cast.brasov):
        offer = ScenarioOffer.objects.get()
        assert offer.is_withdrawn
        with pytest.raises(Refused, match="still stands"):
            answer_offer(offer.pk, verdict="accepted")


def test_the_supplier_sees_its_own_series_alone_and_answers(cast: Cast) -> None:
    with acting_for(cast.avalon):
        plan(cast, part("DOOR"), 100)
        boom = scenario(more(10))
        with pytest.raises(Refused, match="whose plan the scenario changes"):
            offer_scenario(boom.pk, supplier_id=cast.porto.pk)
        offer_scenario(boom.pk, supplier_id=cast.brasov.pk)
    for outsider in (cast.porto, cast.kestrel, cast.silesia):
        with acting_for(outsider):
            assert not ScenarioOffer.objects.exists()
    with acting_for(cast.brasov):
        offer = ScenarioOffer.objects.get()
        assert (offer.baseline, offer.quantities) == ([100], [110])
        assert not Scenario.objects.exists()  # the scenario itself stays private
        answer_offer(offer.pk, verdict="accepted", note="From week 50 on")
        answer_offer(offer.pk, verdict="aborted")
    with acting_for(cast.avalon):
        from forecasting.queries.scenarios import offers

        (row,) = offers(scenario_id=boom.pk)
        assert (row.partner, row.verdict) == ("Brasov", "aborted")


def test_two_planners_do_not_write_over_each_other(cast: Cast) -> None:
    with acting_for(cast.avalon):
        boom = scenario(more(10))
        with pytest.raises(VersionConflict):
            change_scenario(boom.pk, [], version=1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "double"}, "changes.1.kind"),
        ({"value": "much"}, "changes.1.value"),
        ({"value": "-101"}, "changes.1"),
        ({"first": "week 48"}, "changes.1.first"),
        ({"last": date(2020, 1, 6)}, "changes.1"),
    ],
)
def test_a_bad_change_is_refused_by_its_place(
    cast: Cast, change: dict[str, Any], field: str
) -> None:
    with acting_for(cast.avalon):
        with pytest.raises(Refused) as refused:
            scenario({**more(10), **change})
        assert refused.value.field == field


def test_the_pages_show_compare_and_decide(cast: Cast, client_for: ClientFor) -> None:
    with acting_for(cast.avalon):
        door = plan(cast, part("DOOR"), *[100] * 30)
    client = client_for(cast.avalon)
    opened = client.post("/t/avalon/forecasts/scenarios/new", {"name": "Export boom"})
    url = opened["Location"]
    typed = {
        "kind": "percent",
        "value": "20",
        "first": MONDAY + timedelta(weeks=4),
        "last": MONDAY + timedelta(weeks=5, days=3),  # any day names its week
        "parts": "DOOR, SEAT",
    }
    assert client.post(f"{url}change", {**typed, "value": "-200"}).status_code == 422
    assert client.post(f"{url}change", typed).status_code == 302
    shown = client.get(url).content.decode()
    assert "Promote 1 plan" in shown
    assert "DOOR" in client.get(f"{url}?export=csv").content.decode("utf-8-sig")
    client.post(f"{url}decide", {"do": "offer", "supplier": cast.brasov.bpn})
    theirs = client_for(cast.brasov)
    offered = theirs.get("/t/brasov/forecasts/scenarios/").content.decode()
    assert "Export boom" in offered
    with acting_for(cast.brasov):
        offer = ScenarioOffer.objects.get()
    theirs.post(f"/t/brasov/forecasts/scenarios/offers/{offer.pk}", {"verdict": "accepted"})
    assert "Accepted" in client.get(url).content.decode()
    client.post(f"{url}decide", {"do": "promote"})
    with acting_for(cast.avalon):
        assert sum(each or Decimal(0) for each in current(door).quantities) == 3_040
    assert client_for(cast.kestrel).get(url.replace("avalon", "kestrel")).status_code == 404


def test_the_interface_opens_changes_offers_and_promotes(cast: Cast) -> None:
    with acting_for(cast.avalon):
        door = plan(cast, part("DOOR"), *[100] * 30)
    erp, supplier, rival = (machine(each) for each in (cast.avalon, cast.brasov, cast.porto))
    first = (MONDAY + timedelta(weeks=4)).isoformat()
    change = {"kind": "percent", "first": first, "last": first, "value": "20"}
    made = erp.post("scenarios", {"name": "Export boom", "changes": [change]})
    assert made.status_code == 201
    url = f"scenarios/{made.json()['id']}"
    (row,) = erp.get(f"{url}/outcome").json()["items"]
    assert (row["part_number"], row["change"]) == ("DOOR", "20.000")
    tag = {"If-Match": erp.get(url)["ETag"]}
    offered = erp.post(f"{url}/decision", {"decision": "offer", "supplier": cast.brasov.bpn}, **tag)
    assert offered.status_code == 200
    assert rival.get(url).status_code == supplier.get(url).status_code == 404
    assert rival.get("scenario-offers").json()["items"] == []
    (offer,) = supplier.get("scenario-offers").json()["items"]
    assert offer["after"] == "3020.000"
    answer = supplier.post(f"scenario-offers/{offer['id']}/answer", {"verdict": "accepted"})
    assert answer.json()["verdict"] == "accepted"
    assert erp.post(f"{url}/decision", {"decision": "promote"}, **tag).status_code == 200
    with acting_for(cast.avalon):
        assert current(door).number == 2
    assert erp.post(f"{url}/decision", {"decision": "discard"}, **tag).status_code == 412
