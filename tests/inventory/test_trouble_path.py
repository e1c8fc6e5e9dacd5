"""The path of a part over the tiers: its root, its exposure, and who stays without a name."""

from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext

from collab.organisations.context import acting_for
from collab.work.models import Alert
from inventory.queries.trouble_path import trouble_path
from tests.conftest import ClientFor
from tests.harness.cast import Cast, give
from tests.harness.stock import short_stock
from tests.inventory.conftest import OWN, THEIRS, Goods

PAGE = "/t/{}/network/path/"


def run_short(goods: Goods) -> None:
    goods.need([10] * 40)
    goods.agree(3)
    goods.count(12)


def test_the_root_is_the_farthest_trouble_that_grants_show(
    goods: Goods, cast: Cast, client_for: ClientFor
) -> None:
    run_short(goods)
    with acting_for(cast.avalon):
        path = trouble_path(THEIRS)
        assert path is not None
        assert path.root is not None
        assert (path.root.who.short, path.root.tier, path.root.is_loose) == ("Brasov", -1, False)
        assert path.upstream_days == Decimal("1.20")
        assert path.own_days is None
    client = client_for(cast.avalon)
    page = client.get(PAGE.format("avalon")).content.decode()
    assert "What stands behind Brasov is not shared with you." in page

    short_stock(cast.silesia, cast.brasov, number="CU-1", partner_number="BH-CU")
    give(cast.silesia, cast.avalon, cast.brasov, "inventory.coverage")
    with acting_for(cast.avalon):
        path = trouble_path(THEIRS)
        assert path is not None
        assert path.root is not None
        assert (path.root.who.short, path.root.tier, path.root.is_loose) == ("Silesia", -2, True)
        assert (f"{cast.silesia.bpn}|", f"{cast.brasov.bpn}|{THEIRS}") in path.flows
    page = client.get(f"{PAGE.format('avalon')}?part={THEIRS}").content.decode()
    assert "for which part is not told" in page


def test_who_is_hidden_stays_without_a_name(
    goods: Goods, cast: Cast, client_for: ClientFor
) -> None:
    run_short(goods)
    page = client_for(cast.silesia).get(f"{PAGE.format('silesia')}?part={OWN}").content.decode()
    assert "Not named" in page
    for secret in ("Avalon", THEIRS, cast.avalon.bpn):
        assert secret not in page
    for rival in (cast.porto, cast.kestrel):
        page = client_for(rival).get(f"{PAGE.format(rival.slug)}?part={OWN}").content.decode()
        assert "No such part" in page
        assert "Nothing is below its minimum" in page


def test_a_supplier_sees_its_materials_and_its_customers(goods: Goods, cast: Cast) -> None:
    run_short(goods)
    with acting_for(cast.brasov):
        path = trouble_path(OWN)
        assert path is not None
        assert {each.tier for each in path.stations.values()} == {0, 1}
        assert path.us.status == "critical"
        assert path.own_days == Decimal("1.20")


def test_an_exception_leads_to_its_path(goods: Goods, cast: Cast, client_for: ClientFor) -> None:
    run_short(goods)
    with acting_for(cast.avalon):
        alert = Alert.objects.get()
    client = client_for(cast.avalon)
    pane = client.get(f"/t/avalon/exceptions/{alert.pk}/").content.decode()
    assert f"{PAGE.format('avalon')}?part={THEIRS}" in pane
    assert str(alert.pk) in client.get(f"{PAGE.format('avalon')}?part={THEIRS}").content.decode()


def test_the_page_costs_the_same_for_more_holders(goods: Goods, cast: Cast) -> None:
    run_short(goods)
    give(cast.silesia, cast.avalon, cast.brasov, "inventory.coverage")

    def counted() -> int:
        with acting_for(cast.avalon), CaptureQueriesContext(connection) as seen:
            trouble_path(THEIRS)
        return len(seen)

    short_stock(cast.silesia, cast.brasov, number="CU-1", partner_number="BH-CU")
    before = counted()
    for number in range(2, 6):
        short_stock(
            cast.silesia, cast.brasov, number=f"CU-{number}", partner_number=f"BH-CU{number}"
        )
    assert counted() == before
