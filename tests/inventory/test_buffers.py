"""IN-22: safety stock from figures as they are, suggested, decided on, agreed; WE-10 through it."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from collab.masterdata.models import Packaging, Part
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from forecasting.engine.allocation import curves, expected_fill
from forecasting.models import DemandHistory, DemandSeries
from forecasting.queries.buffers import StockItem, portfolio_stock
from inventory.models import BufferPolicy, BufferSuggestion, Coverage, CoverageTarget
from inventory.services.buffer_figures import inputs_of
from inventory.services.buffer_policies import PolicyFigures, change_policy, set_policy
from inventory.services.buffers import accept, accept_many, dismiss, suggest
from inventory.services.portfolio import suggest_for_fill
from tests.harness.cast import Cast
from tests.inventory.conftest import NOON, OWN, THEIRS, Goods, Post, today

WE_10 = PolicyFigures(
    service_level="0.95", lead_days=5, lead_sigma_days=1, daily_sigma=20, unit_cost="12.5"
)


def policy_of(goods: Goods, figures: PolicyFigures = WE_10, number: str = OWN) -> BufferPolicy:
    with acting_for(goods.holder):
        row, _is_new = set_policy(
            counterparty=goods.customer.bpn, part_number=number, site=goods.site, figures=figures
        )
    return row


def worked_out(goods: Goods, **more: Any) -> list[BufferSuggestion]:
    with acting_for(goods.holder):
        suggest(as_of=NOON, **more)
        return list(BufferSuggestion.objects.filter(state="open").order_by("pk"))


@pytest.fixture
def packed(goods: Goods) -> Goods:
    """The part of WE-10: 100 a day announced, packs of 60."""
    goods.need([100] * 42, first=today() - timedelta(days=1))
    with acting_for(goods.holder):
        Packaging.objects.create(part=Part.objects.get(number=OWN), code="KLT", quantity=60)
    return goods


def test_worked_example_10_from_announced_demand_to_the_agreed_minimum(packed: Goods) -> None:
    packed.count(650)
    policy = policy_of(packed)
    (row,) = worked_out(packed)
    assert row.safety_stock == 240
    assert float(row.reorder_point) == pytest.approx(680.2, abs=0.05)
    assert row.lead_share > Decimal("0.82")
    assert row.order_quantity % 60 == 0
    figures = row.figures["inputs"]
    assert {name: each["source"] for name, each in figures.items()} == {
        "demand": "announced", "demand_sigma": "stated", "lead": "stated",
        "lead_sigma": "stated", "pack": "packaging", "available": "stock",
    }  # fmt: skip
    again = worked_out(packed)
    assert [(each.pk, each.version) for each in again] == [(row.pk, row.version)]
    with acting_for(packed.holder):
        accept(row.pk, as_of=NOON, version=row.version)
        target = CoverageTarget.objects.get(part_number=OWN, site_code=packed.site)
        coverage = Coverage.objects.get(part_number=OWN)
        assert float(target.minimum_days) == pytest.approx(
            240 / figures["demand"]["value"], abs=0.01
        )
        assert coverage.minimum_days == target.minimum_days
        assert target.lead_days == 5
        assert BufferSuggestion.objects.get(pk=row.pk).decided_stock == 240
    assert worked_out(packed) == []
    with acting_for(packed.holder):
        change_policy(policy.pk, replace(WE_10, lead_sigma_days=3))
    (row,) = worked_out(packed)
    assert row.before == 240
    assert row.figures["changes"][0] == {"figure": "lead_sigma", "before": 1.0, "after": 3.0}
    assert row.cost_change == (row.safety_stock - 240) * Decimal("12.5")


def test_a_planner_changes_dismisses_and_is_not_asked_the_same_again(packed: Goods) -> None:
    packed.count(5000)
    policy_of(packed)
    (row,) = worked_out(packed)
    with acting_for(packed.holder):
        with pytest.raises(VersionConflict):
            dismiss(row.pk, as_of=NOON, version=row.version + 1)
        with pytest.raises(Refused):
            accept(row.pk, as_of=NOON, stock="-1")
        dismiss(row.pk, as_of=NOON, note="ramp-down")
        assert not CoverageTarget.objects.exists()
        with pytest.raises(Refused):
            accept(row.pk, as_of=NOON)
    assert worked_out(packed) == []
    policy_of(packed, replace(WE_10, service_level="0.999"))
    (row,) = worked_out(packed)
    with acting_for(packed.holder):
        assert accept(row.pk, as_of=NOON, stock="300").state == "changed"
        assert CoverageTarget.objects.get().minimum_days == 3
    assert worked_out(packed) == []  # the planner knew what was asked for


def test_an_order_is_due_again_only_after_its_lead_time(packed: Goods) -> None:
    packed.count(100)
    policy_of(packed)
    (row,) = worked_out(packed)
    assert row.order_quantity > 0
    with acting_for(packed.holder):
        assert accept_many([row.pk], as_of=NOON) == 1
        assert accept_many([row.pk], as_of=NOON) == 0
        assert suggest(as_of=NOON + timedelta(days=4)).open == 0
        assert suggest(as_of=NOON + timedelta(days=5)).open == 1


def test_a_missing_figure_is_named_and_nothing_is_suggested(goods: Goods) -> None:
    policy = policy_of(goods, PolicyFigures(service_level="0.95"))
    with acting_for(goods.holder):
        found = suggest(as_of=NOON)
        assert (found.policies, found.open, found.missing) == (1, 0, 1)
        assert inputs_of([policy], as_of=NOON)[policy.pk].missing == (
            "demand", "demand_sigma", "lead", "lead_sigma",
        )  # fmt: skip


def test_ones_own_demand_scatters_as_its_history_did(cast: Cast, goods: Goods) -> None:
    with acting_for(cast.avalon):
        series = DemandSeries.objects.get(part_number=THEIRS)
        series.frequency = "W"
        series.save()
        start = NOON.date() - timedelta(days=7 * 30)
        for week in range(30):
            quantity = Decimal(700 + (70 if week % 2 else -70))
            DemandHistory.objects.create(
                series=series, period=start + timedelta(days=7 * week), quantity=quantity
            )
        code = (
            Site.objects.filter(owner=cast.avalon)
            .order_by("code")
            .values_list("code", flat=True)[0]
        )
        row, _new = set_policy(
            counterparty=cast.brasov.bpn, part_number=THEIRS, site=code,
            figures=PolicyFigures(lead_days=14, method="quantile", service_level="0.9"),
        )  # fmt: skip
        found = inputs_of([row], as_of=NOON)[row.pk]
        assert found.demand.value == pytest.approx(100)
        assert found.demand_sigma.value == pytest.approx(71.2 / 7**0.5, rel=0.01)
        assert found.demand_sigma.source == "history"
        assert set(found.totals) == {1400.0}  # two weeks always even out
        suggest(as_of=NOON)
        suggestion = BufferSuggestion.objects.get()
        assert suggestion.figures["method"] == "quantile"
        assert suggestion.safety_stock == 0


def test_one_fill_rate_gives_cheap_parts_more_service(packed: Goods) -> None:
    with acting_for(packed.holder):
        Part.objects.create(
            number="BH-200", compare_key="BH200", name="Cheap clip", kind="component"
        )
    policy_of(packed, replace(WE_10, unit_cost=100))
    policy_of(packed, replace(WE_10, unit_cost=1, daily_demand=100, pack_size=60), "BH-200")
    with acting_for(packed.holder):
        suggest_for_fill(0.98, as_of=NOON)
        rows = {row.policy.part_number: row for row in BufferSuggestion.objects.all()}
        assert rows["BH-200"].service_level > rows[OWN].service_level
        assert rows[OWN].figures["fill"] >= 0.98
        accept(rows["BH-200"].pk, as_of=NOON)
        assert BufferPolicy.objects.get(part_number="BH-200").service_level > Decimal("0.95")
        with pytest.raises(Refused):
            suggest_for_fill(1.5, as_of=NOON)


def test_no_split_of_two_parts_is_cheaper_at_the_same_fill() -> None:
    items = [StockItem(4, 8, 5), StockItem(6, 6, 1)]
    best = portfolio_stock(items, fill=0.9)

    def cost_and_fill(units: tuple[int, int]) -> tuple[float, float]:
        found = curves(
            [(np.array([4.0, 6.0]), np.array([4 / 16, 1e-9]))], units=40,
            unit_cost=np.array([5.0, 1.0]),
        )  # fmt: skip
        taken = np.arange(40) < np.array(units)[:, None]
        return float((found.holding * taken).sum()), expected_fill(found, np.array(units, float))

    least, fill = cost_and_fill(best.units)
    assert fill == pytest.approx(best.fill)
    for one in range(25):
        for two in range(25):
            cost, reached = cost_and_fill((one, two))
            assert reached < best.fill - 1e-9 or cost >= least - 1e-9


def test_a_rival_sees_nothing_and_bad_figures_are_refused(cast: Cast, packed: Goods) -> None:
    policy = policy_of(packed)
    worked_out(packed)
    for other in (cast.porto, cast.avalon, cast.silesia):
        with acting_for(other):
            assert not BufferPolicy.objects.exists()
            assert not BufferSuggestion.objects.exists()
            with pytest.raises(BufferPolicy.DoesNotExist):
                change_policy(policy.pk, WE_10)
    for change in (
        {"service_level": "0.4"}, {"service_level": "1"}, {"method": "guess"}, {"pack_size": 0},
        {"lead_days": -1}, {"minimum_days": 5, "maximum_days": 4}, {"currency": "EURO"},
    ):  # fmt: skip
        with pytest.raises(Refused):
            policy_of(packed, replace(WE_10, **change))
    with pytest.raises(Refused):
        policy_of(packed, number="NO-SUCH")


def test_over_the_interface(cast: Cast, packed: Goods, call: Post) -> None:
    body = {
        "counterparty": cast.avalon.bpn, "part_number": OWN, "site": packed.site,
        "service_level": "0.95", "lead_days": "5", "lead_sigma_days": "1", "daily_sigma": "20",
    }  # fmt: skip
    made = call(cast.brasov, "POST", "/api/v1/buffer-policies", body)
    assert made.status_code == 201, made.content
    assert call(cast.brasov, "POST", "/api/v1/buffer-policies", body).status_code == 200
    found = call(cast.brasov, "GET", "/api/v1/buffer-suggestions").json()["items"]
    assert [each["safety_stock"] for each in found] == ["240.000"]
    path = f"/api/v1/buffer-suggestions/{found[0]['id']}"
    assert call(cast.porto, "GET", path).status_code == 404
    assert call(cast.porto, "GET", "/api/v1/buffer-suggestions").json()["items"] == []
    wrong = call(cast.brasov, "POST", "/api/v1/buffer-policies", body | {"service_level": "0.3"})
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["field"] == "service_level"
    worked = call(cast.brasov, "POST", "/api/v1/buffer-suggestions", {})
    assert worked.json() == {"policies": 1, "open": 1, "missing": 0}


def test_the_pages(client_for: Any, cast: Cast, packed: Goods) -> None:
    packed.count(100)
    policy = policy_of(packed)
    (row,) = worked_out(packed)
    client = client_for(cast.brasov)
    base = f"/t/{cast.brasov.slug}/inventory/buffers/"
    page = client.get(base)
    assert page.status_code == 200
    assert OWN in page.content.decode()
    one = client.get(f"{base}{row.pk}/").content.decode()
    assert "Mend the lane before adding stock" in one
    assert "109." in one
    for path in ("policies/", "policies/new/", f"policies/{policy.pk}/"):
        assert client.get(base + path).status_code == 200
    sheet = csv.DictReader(
        io.StringIO(client.get(f"{base}?export=csv").content.decode("utf-8-sig"))
    )
    assert [line["safety_stock"] for line in sheet] == ["240"]
    assert (
        client_for(cast.porto).get(f"/t/{cast.porto.slug}/inventory/buffers/{row.pk}/").status_code
        == 404
    )
    done = client.post(
        f"{base}{row.pk}/decide", {"do": "change", "stock": "260", "version": row.version}
    )
    assert done.status_code in {302, 204, 200}
    with acting_for(cast.brasov):
        assert BufferSuggestion.objects.get(pk=row.pk).decided_stock == 260
    assert "Nothing to decide" in client.get(base).content.decode()
    assert client.post(f"{base}work-out", {"fill": "abc"}).status_code in {302, 204, 200}


def test_figures_beyond_all_sense_are_kept_in_range(packed: Goods) -> None:
    policy_of(
        packed,
        PolicyFigures(
            lead_days="9999", lead_sigma_days="9999", daily_demand="999999999999999",
            daily_sigma="999999999999999", unit_cost="9999999999",
        ),
    )  # fmt: skip
    (row,) = worked_out(packed)
    assert row.reorder_point == Decimal("999999999999999.999")
    with acting_for(packed.holder):
        accept(row.pk, as_of=NOON)
        assert CoverageTarget.objects.get().minimum_days == 1
        assert suggest_for_fill(0.7, as_of=NOON).policies == 1
