"""IN-04, IN-06, IN-24: the page of a part, tab by tab, and what each viewer finds on it."""

from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from collab.masterdata.models import BomLine, Part
from collab.organisations.context import acting_for
from inventory.charts import stock_for
from inventory.models import Coverage, PlannedOutput
from inventory.pages import coverage
from inventory.queries.coverage import ProjectionDay
from inventory.rules.days_of_supply import days_of_supply
from tests.conftest import ClientFor
from tests.harness.cast import Cast, give
from tests.inventory.conftest import OWN, THEIRS, Goods, today
from tests.inventory.test_coverage_pages import cover

D = Decimal
PAGE = f"/t/brasov/inventory/parts/{OWN}/"
THEIR_PAGE = f"/t/avalon/inventory/parts/{THEIRS}/"
TABS = ("overview", "stock", "supply", "demand", "history", "terms")
MOST_STATEMENTS = 75


def projected(demand: list[int]) -> list[ProjectionDay]:
    return [
        ProjectionDay(
            on=today() + timedelta(days=place), demand=D(each), stock=D(0), days_of_supply=D(0)
        )
        for place, each in enumerate(demand)
    ]


@given(
    st.lists(st.integers(1, 90), min_size=1, max_size=20),
    st.decimals(0, 12, places=1),
)
def test_the_band_is_the_stock_that_lasts_the_agreed_days(demand: list[int], wanted: D) -> None:
    days = projected(demand)
    for place, needed in enumerate(stock_for(days, wanted)):
        following = [each.demand for each in days[place + 1 :]]
        if needed is None:
            assert wanted > len(following)
            continue
        supply = days_of_supply(needed, following)
        assert abs(supply.days - wanted) <= D("0.01") or supply.is_at_least


def test_an_own_part_names_its_assemblies_and_no_partner_sees_them(
    goods: Goods, cast: Cast, client_for: ClientFor
) -> None:
    goods.need([10] * 40)
    goods.count(12)
    with acting_for(cast.brasov):
        part = Part.objects.get(number=OWN)
        kit = Part.objects.create(
            number="BH-KIT-9", compare_key="BHKIT9", name="Dashboard kit", base_unit="PCE"
        )
        BomLine.objects.create(parent=kit, component=part, quantity=2, unit="PCE")
    own = client_for(cast.brasov).get(f"{PAGE}?tab=demand").content.decode()
    assert "BH-KIT-9" in own
    assert "Pegged to no customer" in own
    planner, rival = client_for(cast.avalon), client_for(cast.porto)
    for tab in TABS:
        theirs = planner.get(f"{THEIR_PAGE}?tab={tab}")
        assert theirs.status_code == 200
        assert "BH-KIT-9" not in theirs.content.decode()
        assert rival.get(f"/t/porto/inventory/parts/{OWN}/?tab={tab}").status_code == 404


def test_the_projection_stands_in_its_band_with_what_will_be_added(
    goods: Goods, cast: Cast, client_for: ClientFor
) -> None:
    goods.agree(2)
    goods.need([10] * 40)
    goods.count(60)
    with acting_for(cast.brasov):
        row = Coverage.objects.get()
        Coverage.objects.filter(pk=row.pk).update(maximum_days=4)
        PlannedOutput.objects.create(
            counterparty=cast.avalon,
            part_id=row.part_id,
            site_id=row.site_id,
            part_number=row.part_number,
            partner_part_number=row.partner_part_number,
            site_code=row.site_code,
            unit=row.unit,
            on=today() + timedelta(days=3),
            quantity=77,
            planned_at=row.observed_at,
        )
    for client, address in (
        (client_for(cast.brasov), PAGE),
        (client_for(cast.avalon), THEIR_PAGE),
    ):
        page = client.get(f"{address}?on={today() + timedelta(days=3)}").content.decode()
        assert 'data-kind="low">Minimum' in page
        assert 'data-kind="high">Maximum' in page
        asked = page[page.index("data-at") : page.index("</tr>", page.index("data-at"))]
        cells = [part.split("</td>")[0] for part in asked.split('<td class="num">')[1:]]
        assert cells[1:4] == ["20", "40", "77"]  # two days, four days, planned
        assert "Counted" in page  # where the figures come from
        assert "77" in client.get(f"{address}?tab=supply").content.decode()


def test_what_stands_behind_a_supplier_is_told_as_its_own(
    goods: Goods, cast: Cast, client_for: ClientFor
) -> None:
    goods.need([10] * 40)
    goods.count(60)
    cover(cast.silesia, cast.brasov, "CU-7")
    planner = client_for(cast.avalon)
    assert "CU-7" not in planner.get(f"{THEIR_PAGE}?tab=stock").content.decode()
    for topic in ("inventory.coverage", "inventory.stock"):
        give(cast.silesia, cast.avalon, cast.brasov, topic)
    page = planner.get(f"{THEIR_PAGE}?tab=stock").content.decode()
    behind = page[page.index('id="part-behind"') :]
    assert "CU-7" in behind
    assert "Tier 2" in behind
    assert "CU-7" not in page[: page.index('id="part-behind"')]  # never added up with the part
    grid = planner.get("/t/avalon/inventory/?tier=2").content.decode()
    assert "CU-7" in grid
    assert OWN not in grid


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_costs_few_statements(
    goods: Goods, cast: Cast, client_for: ClientFor, tab: str
) -> None:
    goods.need([10] * 40)
    goods.count(60)
    client = client_for(cast.brasov)
    client.get(f"{PAGE}?tab={tab}")
    with CaptureQueriesContext(connection) as few:
        assert client.get(f"{PAGE}?tab={tab}").status_code == 200
    for quantity in range(50, 56):
        goods.count(quantity, hours_ago=0.5 - (quantity - 50) * 0.05)
    with CaptureQueriesContext(connection) as many:
        assert client.get(f"{PAGE}?tab={tab}").status_code == 200
    assert len(many) <= len(few) <= MOST_STATEMENTS


def test_coverage_pages_and_partner_filter(goods: Goods, cast: Cast, client_for: ClientFor) -> None:
    goods.need([10] * 40)
    goods.count(12)
    cover(cast.brasov, cast.avalon, "B-30", days="30.00")
    client = client_for(cast.brasov)
    with patch.object(coverage, "SHOWN", 1):
        first = client.get("/t/brasov/inventory/").content.decode()
        second = client.get("/t/brasov/inventory/?page=2").content.decode()
    assert OWN in first
    assert 'href="/t/brasov/inventory/?page=2"' in first
    assert "B-30" in second
    assert 'href="/t/brasov/inventory/?page=1"' in second
    found = client.get(f"/t/brasov/inventory/?partner={cast.avalon.bpn}").content.decode()
    assert OWN in found
    other = client.get(f"/t/brasov/inventory/?partner={cast.porto.bpn}").content.decode()
    assert "Nothing matches these filters" in other
