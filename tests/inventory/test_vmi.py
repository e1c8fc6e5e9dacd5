"""IN-07: a band is agreed, the supplier plans inside it, both see the same and are told at once."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from collab.events.relay import work_off
from collab.live.models import FeedFrame
from collab.masterdata.models import PartAlias
from collab.masterdata.refusals import Refused
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from collab.work.models import Alert
from forecasting.models import DailyDemand, DemandSeries
from inventory.models import VmiBand
from inventory.queries.vmi import BandRow, band_rows, bands, bands_by_key
from inventory.rules.vmi import Band, Breach, breaches, limits, with_receipts
from inventory.services import Report, record_stock_count
from inventory.services.vmi import BandInput, agree_band, plan_receipts, refresh_bands
from tests.conftest import ClientFor
from tests.inventory.conftest import NOON, OWN, THEIRS, Goods, Post, today

D = Decimal
amounts = st.integers(0, 500).map(D)


def figures(*values: int) -> list[Decimal]:
    return [D(value) for value in values]


def found(band: Band, stock: list[Decimal], demand: list[Decimal]) -> list[tuple[str, int, int]]:
    seen = breaches(band, stock, demand, on_hand=stock[0])
    return [(each.kind.value, each.day, int(each.quantity)) for each in seen]


def test_each_kind_of_breach_is_found_on_its_first_day() -> None:
    band = Band(D(50), D(200), lead_days=3)
    demand = figures(0, 60, 60, 60, 0)
    assert found(band, figures(150, 90, 30, -30, -30), demand) == [
        ("below", 2, 20),
        ("stock_out", 3, 80),
    ]
    seen = breaches(band, figures(150, 90, 30, -30, -30), demand, on_hand=D(150))
    assert [each.is_inside_lead for each in seen] == [True, False]
    assert found(band, figures(210, 150, 150, 150, 150), demand) == [
        ("above", 0, 10),
        ("on_hand", 0, 10),
    ]


def test_a_band_in_days_follows_the_demand() -> None:
    demand = figures(0, 40, 60, 50, 50)
    bounds = limits(Band(D("1.5"), D(2), is_days=True), demand)
    assert [bound.low for bound in bounds] == [70, 85, 75, 50, 0]
    assert [bound.high for bound in bounds] == [100, 110, 100, None, None]


def test_what_is_announced_is_part_of_what_is_planned() -> None:
    demand = figures(0, 10, 10)
    stock = figures(100, 130, 120)  # 40 are announced for day 1
    assert with_receipts(stock, demand, {1: D(50)}) == figures(100, 140, 130)
    assert with_receipts(stock, demand, {1: D(30)}) == stock


@given(st.lists(amounts, min_size=1, max_size=20), st.dictionaries(st.integers(0, 19), amounts))
def test_planned_receipts_only_ever_lift_the_stock(
    demand: list[Decimal], receipts: dict[int, Decimal]
) -> None:
    level, stock = D(300), []
    for day, need in enumerate(demand):
        level -= need if day else D(0)
        stock.append(level)
    lifted = with_receipts(stock, demand, receipts)
    gains = [high - low for high, low in zip(lifted, stock, strict=True)]
    assert gains == sorted(gains)
    assert gains[-1] == sum(q for day, q in receipts.items() if day < len(demand))
    assert with_receipts(stock, demand, {}) == stock
    kinds = {each.kind for each in breaches(Band(D(0), D(10**6)), lifted, demand, on_hand=D(300))}
    assert (Breach.STOCK_OUT in kinds) == (min(lifted) < 0)


@pytest.fixture
def band(goods: Goods) -> VmiBand:
    """Avalon holds 100 pieces of Brasov's part, needs 40 a day, and agreed 50 to 200 pieces."""
    avalon, brasov = goods.customer, goods.holder
    with acting_for(avalon):
        series = DemandSeries.objects.get(part_number=THEIRS)
        PartAlias.objects.create(
            part=series.part,
            partner=brasov,
            partner_number=OWN,
            compare_key=compare_key(OWN),
            valid_from=date(2025, 1, 1),
        )
        DailyDemand.objects.bulk_create(
            DailyDemand(
                owner=avalon,
                counterparty=brasov,
                series=series,
                part_number=THEIRS,
                on=today() + timedelta(days=day),
                quantity=D(40),
            )
            for day in range(1, 15)
        )
        site = Site.objects.filter(owner=avalon).order_by("code")[0]
        record_stock_count(
            Report(
                counterparty=brasov.bpn,
                part_number=THEIRS,
                site=site.code,
                quantity=100,
                unit="PCE",
                counted_at=NOON - timedelta(hours=1),
            ),
            as_of=NOON,
        )
        made = agree_band(
            BandInput(
                supplier=brasov.bpn,
                part_number=THEIRS,
                site=site.code,
                measure="pieces",
                minimum=50,
                maximum=200,
                lead_days=2,
            ),
            as_of=NOON,
        )
    work_off()
    return made


def seen(goods: Goods, organisation: Any, band: VmiBand) -> BandRow:
    with acting_for(organisation):
        return bands_by_key([band.pk])[0]


def alerts(goods: Goods) -> set[str]:
    with acting_for(goods.customer):
        rows = Alert.objects.filter(is_open=True, type__startswith="inventory.vmi")
        return {alert.type for alert in rows}


def test_the_supplier_plans_inside_the_band_and_both_see_it(goods: Goods, band: VmiBand) -> None:
    before = seen(goods, goods.holder, band)
    assert [int(day.stock) for day in before.days][:4] == [100, 60, 20, -20]
    assert alerts(goods) == {"inventory.vmi_below", "inventory.vmi_stock_out"}
    plan = {today() + timedelta(days=day): D(40) for day in range(1, 15)}
    with acting_for(goods.holder):
        assert plan_receipts(band.pk, plan, as_of=NOON) == 14
        assert plan_receipts(band.pk, plan, as_of=NOON) == 0  # twice is once
    work_off()
    for organisation in (goods.customer, goods.holder):
        row = seen(goods, organisation, band)
        assert {int(day.stock) for day in row.days} == {100}
        assert row.breaches == []
    assert alerts(goods) == set()
    with acting_for(goods.customer):
        frames = FeedFrame.objects.filter(viewer=goods.customer, topic="inventory.vmi")
        assert frames.exists()


def test_another_band_costs_no_query_more(goods: Goods, band: VmiBand) -> None:
    avalon, brasov = goods.customer, goods.holder

    def queries() -> tuple[int, int]:
        with acting_for(avalon), CaptureQueriesContext(connection) as told:
            return len(band_rows(bands())), len(told)

    assert queries()[0] == 1
    before = queries()[1]
    with acting_for(avalon):
        site = Site.objects.create(
            code="AVA9", name="Ulm", kind="plant", country="DE", city="Ulm", latitude=48.4,
            longitude=10,
        )  # fmt: skip
        agree_band(
            BandInput(
                supplier=brasov.bpn, part_number=THEIRS, site=site.code, measure="pieces",
                minimum=1, maximum=2,
            )
        )  # fmt: skip
        assert refresh_bands([band.part_id], as_of=NOON) == []  # keys of no coverage
    assert queries() == (2, before)


def test_days_that_passed_and_strangers_are_refused(goods: Goods, band: VmiBand, cast: Any) -> None:
    with acting_for(goods.holder), pytest.raises(Refused, match="a day from"):
        plan_receipts(band.pk, {today() - timedelta(days=1): D(1)}, as_of=NOON)
    with acting_for(goods.customer), pytest.raises(VmiBand.DoesNotExist):
        plan_receipts(band.pk, {today(): D(1)}, as_of=NOON)
    for rival in (cast.porto, cast.kestrel, cast.silesia):
        with acting_for(rival):
            assert not bands().exists()
            with pytest.raises(VmiBand.DoesNotExist):
                plan_receipts(band.pk, {today(): D(1)}, as_of=NOON)


def test_the_page_takes_a_plan_and_shows_its_effect(
    goods: Goods, band: VmiBand, client_for: ClientFor
) -> None:
    browser = client_for(goods.holder)
    url = f"/t/{goods.holder.slug}/inventory/vmi/{band.pk}/"
    page = browser.get(url).content.decode()
    day = today() + timedelta(days=2)
    assert f'name="d{day:%Y%m%d}"' in page
    assert browser.post(url, {f"d{day:%Y%m%d}": "500"}).status_code in {302, 303, 200, 204}
    assert "▲" in browser.get(url).content.decode()
    assert browser.post(url, {f"d{day:%Y%m%d}": "-1"}).status_code == 422
    assert (
        client_for(goods.customer)
        .get(f"/t/{goods.customer.slug}/inventory/vmi/")
        .content.decode()
        .count(f"vmi-{band.pk}")
    )


@pytest.mark.parametrize(("measure", "word"), [("pieces", "pcs"), ("days", "Days of supply")])
def test_limits_are_shown_in_the_part_s_unit_or_in_days(
    goods: Goods, band: VmiBand, client_for: ClientFor, measure: str, word: str
) -> None:
    with acting_for(goods.customer):
        VmiBand.objects.filter(pk=band.pk).update(measure=measure)
    page = client_for(goods.holder).get(f"/t/{goods.holder.slug}/inventory/vmi/{band.pk}/")
    minimum = page.content.decode().split("<dt>Minimum</dt>")[1].split("</dd>")[0]
    assert word in minimum


def test_a_system_agrees_reads_and_plans(goods: Goods, band: VmiBand, call: Post) -> None:
    path = f"/api/v1/vmi-bands/{band.pk}"
    day = (today() + timedelta(days=3)).isoformat()
    answer = call(goods.holder, "PUT", path, {"days": [{"on": day, "quantity": "120"}]})
    assert answer.status_code == 200, answer.content
    found_day = next(each for each in answer.json()["days"] if each["on"] == day)
    assert (found_day["receipt"], found_day["stock"]) == ("120.000", "100.000")
    assert call(goods.customer, "PUT", path, {"days": []}).status_code == 404
    assert len(call(goods.customer, "GET", "/api/v1/vmi-bands").json()["items"]) == 1
    assert call(goods.holder, "DELETE", path).status_code == 404
    assert call(goods.customer, "DELETE", path).status_code == 204
    work_off()
    assert alerts(goods) == set()
