"""IN-06: the page of a part says what it is needed for; coverage has pages and filters."""

from unittest.mock import patch

from collab.masterdata.models import BomLine, Part
from collab.organisations.context import acting_for
from inventory.pages import coverage
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.inventory.conftest import OWN, THEIRS, Goods


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
    own = client_for(cast.brasov).get(f"/t/brasov/inventory/parts/{OWN}/").content.decode()
    assert "BH-KIT-9" in own
    assert "Pegged to no customer" in own
    theirs = client_for(cast.avalon).get(f"/t/avalon/inventory/parts/{THEIRS}/")
    assert theirs.status_code == 200
    assert "BH-KIT-9" not in theirs.content.decode()
    assert client_for(cast.porto).get(f"/t/porto/inventory/parts/{OWN}/").status_code == 404


def test_coverage_pages_and_partner_filter(goods: Goods, cast: Cast, client_for: ClientFor) -> None:
    goods.need([10] * 40)
    goods.count(12)
    client = client_for(cast.brasov)
    with patch.object(coverage, "SHOWN", 1):
        second = client.get("/t/brasov/inventory/?page=2").content.decode()
    assert 'href="/t/brasov/inventory/?page=1"' in second
    found = client.get(f"/t/brasov/inventory/?partner={cast.avalon.bpn}").content.decode()
    assert OWN in found
    other = client.get(f"/t/brasov/inventory/?partner={cast.porto.bpn}").content.decode()
    assert "Nothing matches these filters" in other
