"""FC-20: what the market tells becomes a version of the plan, once somebody accepts it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from collab.masterdata.models import BomLine, Part
from collab.masterdata.refusals import Refused, VersionConflict
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for
from forecasting.models import DemandSeries, DemandVersion, MarketSignal, Step
from forecasting.services.market import (
    Signal,
    accept_signal,
    propose_signal,
    reject_signal,
    take_back_signal,
)
from forecasting.services.versions import NewVersion, add_version, override
from forecasting.week_figures import Weekly
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.integration.machines import machine

MONDAY = date(2026, 11, 23)


def part(number: str, kind: str = "component") -> Part:
    return Part.objects.create(
        number=number, compare_key=compare_key(number), name=number, kind=kind, base_unit="H87"
    )


def plan(cast: Cast, of: Part, *figures: int | None, site: str = "") -> DemandSeries:
    series = DemandSeries.objects.create(
        counterparty=cast.brasov, part=of, part_number=of.number, site_code=site
    )
    quantities = tuple(None if each is None else Decimal(each) for each in figures)
    add_version(
        NewVersion(
            series_id=series.pk,
            step=Step.STATISTICS.value,
            likely=Weekly(MONDAY, quantities),
            changed_at=_now(),
        )
    )
    return series


def _now() -> datetime:
    return timezone.now()


def signal(**changes: object) -> Signal:
    told: dict[str, object] = {
        "kind": "registrations",
        "title": "Registrations up in the north",
        "source": "Registration office, November",
        "observed_on": date(2026, 11, 20),
        "effect_low": 5,
        "effect_likely": 10,
        "effect_high": 20,
        "valid_from": MONDAY + timedelta(weeks=1),
        "valid_to": MONDAY + timedelta(days=20),
    }
    return Signal(**{**told, **changes})  # type: ignore[arg-type]


def current(series: DemandSeries) -> DemandVersion:
    return DemandVersion.objects.get(series=series, is_current=True)


def test_an_accepted_signal_makes_a_new_version_with_its_range(cast: Cast) -> None:
    with acting_for(cast.avalon):
        series = plan(cast, part("AM-1"), 100, 100, 100, 100, None)
        proposed, _is_new = propose_signal(signal())
        assert current(series).number == 1  # a proposal changes nothing
        accepted = accept_signal(proposed.pk)
        assert (accepted.state, accepted.series_changed) == ("accepted", 1)
        found = current(series)
        assert (found.number, found.step, found.source_id) == (2, "signal", proposed.pk)
        assert found.quantities == [100, 110, 110, 100, None]  # withdrawn stays missing
        assert found.low == [100, 105, 105, 100, None]
        assert found.high == [100, 120, 120, 100, None]


def test_accepting_twice_is_accepting_once(cast: Cast) -> None:
    with acting_for(cast.avalon):
        series = plan(cast, part("AM-1"), 100, 100)
        proposed, _is_new = propose_signal(signal())
        accept_signal(proposed.pk)
        accept_signal(proposed.pk)
        assert current(series).number == 2


def test_what_the_plan_already_contains_is_not_added_again(cast: Cast) -> None:
    with acting_for(cast.avalon):
        series = plan(cast, part("AM-1"), 100, 100)
        proposed, _is_new = propose_signal(signal(is_in_baseline=True))
        assert accept_signal(proposed.pk).series_changed == 0
        assert current(series).number == 1


def test_a_programme_sets_the_scope_through_its_bill_of_material(cast: Cast) -> None:
    with acting_for(cast.avalon):
        programme, door, other = part("X1", "programme"), part("DOOR"), part("OTHER")
        BomLine.objects.create(parent=programme, component=door, quantity=4, unit="H87")
        inside = plan(cast, door, 100, 100)
        outside = plan(cast, other, 100, 100)
        proposed, _is_new = propose_signal(signal(programme="X1"))
        accept_signal(proposed.pk)
        assert (current(inside).number, current(outside).number) == (2, 1)


def test_a_region_sets_the_scope_by_the_site_it_goes_to(cast: Cast) -> None:
    with acting_for(cast.avalon):
        inside = plan(cast, part("AM-1"), 100, 100, site="AVA1")
        outside = plan(cast, part("AM-2"), 100, 100)
        proposed, _is_new = propose_signal(signal(region="AVA1"))
        accept_signal(proposed.pk)
        assert (current(inside).number, current(outside).number) == (2, 1)


def test_taking_it_back_brings_the_figures_back_but_leaves_what_a_planner_did(cast: Cast) -> None:
    with acting_for(cast.avalon):
        untouched, touched = plan(cast, part("AM-1"), 100, 100), plan(cast, part("AM-2"), 100, 100)
        proposed, _is_new = propose_signal(signal())
        accept_signal(proposed.pk)
        week = MONDAY + timedelta(weeks=1)
        now = _now().replace(year=2026, month=11, day=23)
        override(touched.pk, cells={week: 140}, reasons={week: "promotion"}, as_of=now)
        take_back_signal(proposed.pk)
        assert current(untouched).quantities == [100, 100]
        assert current(untouched).number == 3  # nothing is rewritten
        assert current(touched).quantities == [100, 140]


def test_a_rejected_signal_needs_a_reason_and_is_not_accepted_behind_its_back(cast: Cast) -> None:
    with acting_for(cast.avalon):
        proposed, _is_new = propose_signal(signal())
        with pytest.raises(Refused, match="a value"):
            reject_signal(proposed.pk, note=" ")
        reject_signal(proposed.pk, note="One dealer only")
        with pytest.raises(Refused, match="proposed"):
            accept_signal(proposed.pk)


def test_two_planners_do_not_decide_over_each_other(cast: Cast) -> None:
    with acting_for(cast.avalon):
        proposed, _is_new = propose_signal(signal())
        reject_signal(proposed.pk, note="No", version=1)
        with pytest.raises(VersionConflict):
            accept_signal(proposed.pk, version=1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"effect_low": -101}, "effect_low"),
        ({"effect_likely": 3}, "effect_likely"),
        ({"effect_high": 6}, "effect_high"),
        ({"valid_to": MONDAY}, "valid_to"),
        ({"kind": "rumour"}, "kind"),
        ({"source": ""}, "source"),
        ({"programme": "NOBODY"}, "programme"),
        ({"part_numbers": ["NOBODY"]}, "part_numbers"),
        ({"region": "Atlantis"}, "region"),
    ],
)
def test_a_signal_that_says_nothing_sure_is_refused_by_field(
    cast: Cast, changes: dict[str, object], field: str
) -> None:
    with acting_for(cast.avalon):
        with pytest.raises(Refused) as refused:
            propose_signal(signal(**changes))
        assert refused.value.field == field
        assert not MarketSignal.objects.exists()


def test_the_interface_takes_decides_and_repeats_safely(cast: Cast) -> None:
    erp = machine(cast.avalon)
    body = {
        "kind": "orders", "title": "Orders on hand", "source": "Sales", "external_id": "S-1",
        "observed_on": "2026-11-20", "effect_low": "1", "effect_likely": "2", "effect_high": "3",
        "valid_from": "2026-11-30", "valid_to": "2026-12-31",
    }  # fmt: skip
    first = erp.post("market-signals", body)
    assert first.status_code == 201
    assert erp.post("market-signals", body).status_code == 200  # the sender's key decides
    key = first.json()["id"]
    tag = erp.get(f"market-signals/{key}")["ETag"]
    decision = f"market-signals/{key}/decision"
    assert erp.post(decision, {"decision": "accept"}).status_code == 428
    accepted = erp.post(decision, {"decision": "accept"}, **{"If-Match": tag})
    assert accepted.json()["state"] == "accepted"
    assert erp.post(decision, {"decision": "accept"}, **{"If-Match": tag}).status_code == 412
    rival = machine(cast.kestrel)
    assert rival.get(f"market-signals/{key}").status_code == 404
    assert rival.get("market-signals").json()["items"] == []


def test_the_page_lists_takes_and_decides(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.avalon)
    empty = client.get("/t/avalon/forecasts/signals/").content.decode()
    assert "No market signal yet" in empty
    typed = {
        "kind": "launch", "title": "Estate launches", "source": "Marketing",
        "observed_on": "2026-11-20", "effect_low": "1", "effect_likely": "9", "effect_high": "9",
        "valid_from": "2026-11-30", "valid_to": "2026-12-31",
    }  # fmt: skip
    bad = client.post("/t/avalon/forecasts/signals/new", {**typed, "effect_likely": "10"})
    assert bad.status_code == 422
    assert "at least the likely effect" in bad.content.decode()
    assert client.post("/t/avalon/forecasts/signals/new", typed).status_code == 302
    with acting_for(cast.avalon):
        kept = MarketSignal.objects.get()
    assert client.post(
        f"/t/avalon/forecasts/signals/{kept.pk}/decide", {"do": "accept"}
    ).status_code == 302  # fmt: skip
    shown = client.get("/t/avalon/forecasts/signals/?state=accepted").content.decode()
    assert "Estate launches" in shown
    assert "0 plans changed" in shown
    assert "Estate launches" in client.get(
        "/t/avalon/forecasts/signals/?export=csv"
    ).content.decode("utf-8-sig")  # fmt: skip
    assert client_for(cast.brasov, role="clerk").get(
        "/t/brasov/forecasts/signals/new"
    ).status_code == 403  # fmt: skip
