"""The map of sites and their stock: what each viewer finds on it, and at what cost."""

import json
import re
from decimal import Decimal
from html import unescape
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from collab.masterdata.models import Part
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from inventory.models import BufferPolicy, StockPosition
from inventory.queries.stock_map import MapFilter, stock_map
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.harness.stock import short_stock
from tests.inventory.conftest import OWN, THEIRS, Goods

D = Decimal
PAGE = "/t/{}/inventory/map/"


def drawn(html: str) -> dict[str, Any]:
    """Return what the island of the page draws."""
    found = re.search(r'data-network="([^"]*)"', html)
    assert found, "expected a map on the page"
    return dict(json.loads(unescape(found[1])))


def test_each_viewer_finds_what_was_granted_and_no_more(
    goods: Goods, cast: Cast, client_for: ClientFor
) -> None:
    goods.need([10] * 40)
    goods.agree(3)
    goods.count(12)
    html = client_for(cast.avalon).get(PAGE.format("avalon")).content.decode()
    (site,) = drawn(html)["sites"]
    assert (site["owner"], site["status"], site["tone"]) == ("Brasov", "critical", "h1")
    assert (site["size"], site["own"]) == (1, False)
    assert site["id"] == f"{cast.brasov.bpn}/{goods.site}"
    assert "1 part is short" in html
    table = html[html.index("Sites as a table") :]
    assert "Tier 1" in table
    assert "1.2" in table

    tier_two = client_for(cast.silesia).get(PAGE.format("silesia")).content.decode()
    assert goods.site in tier_two
    assert "not shared" in tier_two  # days of supply are open to it, quantities are not
    assert "Avalon" not in tier_two
    for outsider in (cast.porto, cast.kestrel, cast.fjord):
        page = client_for(outsider).get(PAGE.format(outsider.slug)).content.decode()
        assert "No stock is known yet" in page
        assert goods.site not in page


def test_filters_stand_in_the_address(goods: Goods, cast: Cast, client_for: ClientFor) -> None:
    goods.need([10] * 40)
    goods.agree(3)
    goods.count(12)
    client = client_for(cast.avalon)

    def shows(query: str) -> bool:
        page = client.get(f"{PAGE.format('avalon')}?{query}").content.decode()
        assert ("Nothing matches these filters" in page) != (goods.site in page)
        return goods.site in page

    assert all(map(shows, (f"part={THEIRS}", "tier=1", "level=high", "size=value&tier=1")))
    assert shows(f"partner={cast.brasov.bpn}")
    assert not any(map(shows, ("part=XX-1", "tier=own", "level=low", f"partner={cast.rhine.bpn}")))
    rows = client.get(f"{PAGE.format('avalon')}?export=csv").content.decode()
    assert f"{goods.site};{cast.brasov.bpn}" in rows or f"{goods.site},{cast.brasov.bpn}" in rows


def test_goods_on_another_site_cost_no_query_more(goods: Goods, cast: Cast) -> None:
    goods.need([10] * 40)
    goods.count(12)

    def counted() -> int:
        with acting_for(cast.avalon), CaptureQueriesContext(connection) as seen:
            stock_map(MapFilter(), with_value=True)
        return len(seen)

    before = counted()
    with acting_for(cast.brasov):
        known = StockPosition.objects.get()
        for number in range(4):
            site = Site.objects.get(owner=cast.brasov, code=goods.site)
            site.pk, site.code = None, f"B{number}"
            site._state.adding = True
            site.bpn = f"BPNS0000000BH{number}0"
            site.save()
            known.pk, known.site_id, known.site_code = None, site.pk, site.code
            known._state.adding = True
            known.save()
    assert counted() == before
    with acting_for(cast.avalon):
        assert len(stock_map(MapFilter()).sites) == 5


def test_the_worst_part_gives_a_site_its_state(goods: Goods, cast: Cast) -> None:
    goods.need([10] * 40)
    goods.agree(3)
    goods.count(200)
    with acting_for(cast.brasov):
        assert [each.status for each in stock_map(MapFilter()).sites] == ["ok"]
    short_stock(cast.brasov, cast.avalon, number="BH-2", partner_number="AM-2")
    with acting_for(cast.brasov):
        (site,) = stock_map(MapFilter()).sites
        assert (site.short, site.covered, site.status) == (1, 2, "critical")
        (alone,) = stock_map(MapFilter(part=OWN)).sites
        assert (alone.short, alone.status) == (0, "ok")


def test_value_is_by_own_costs_in_one_currency(goods: Goods, cast: Cast) -> None:
    """A cost of the very site goes before; what is costed in another currency is left out."""
    goods.need([10] * 40)
    goods.count(12)
    short_stock(cast.brasov, cast.avalon, number="BH-2", partner_number="AM-2")
    with acting_for(cast.brasov):
        here = Site.objects.get(code=goods.site)
        there = Site.objects.create(
            code="BRA9", name="Hub", kind="cross_dock", country="RO", city="Sibiu", latitude=45.8,
            longitude=24.1,
        )  # fmt: skip
        for number, site, cost, currency in (
            (OWN, here, "2.5", "EUR"),
            (OWN, there, "9", "EUR"),
            ("BH-2", here, "1000", "JPY"),
        ):
            BufferPolicy.objects.create(
                part=Part.objects.get(number=number), part_number=number, site=site,
                site_code=site.code, partner=cast.avalon, unit_cost=cost, currency=currency,
            )  # fmt: skip
        found = stock_map(MapFilter(), with_value=True)
        assert found.currency == "EUR"
        assert [(each.code, each.value) for each in found.sites] == [(here.code, D(30))]
        assert stock_map(MapFilter()).sites[0].value is None
    with acting_for(cast.avalon):
        assert {each.value for each in stock_map(MapFilter(), with_value=True).sites} == {None}
