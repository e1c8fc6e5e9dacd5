"""A lot is held at all granted sites at once, and released the same way (IN-20, IN-17)."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from collab.events.audit_log import AuditEntry
from collab.events.relay import work_off
from collab.integration.epcis.model import Quantity, Typed
from collab.masterdata.models import Part
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from collab.work.models import Alert
from inventory.models import Coverage, HeldThing, LotHold, StockMovement, StockPosition
from inventory.services import Report, record_stock_count
from inventory.services.lot_holds import hold_lot, reach_of, release_lot
from inventory.services.movements import undo_movement
from inventory.services.tracking import EventRow, record_events
from tests.harness.cast import Cast, give
from tests.harness.tracked import NOW, event
from tests.inventory.conftest import NOON, THEIRS, Goods

GTIN = "09521321000018"
HARNESS = f"https://id.gs1.org/01/{GTIN}/10/H7"
CLEAN = f"https://id.gs1.org/01/{GTIN}/10/H8"
CABLE = "https://id.gs1.org/01/09521321000032/10/C7"
DRUM = "https://id.gs1.org/01/09521321000032/10/D1"
GLNS = {"silesia": "9521321000049", "brasov": "9521321000056", "avalon": "9521321000063"}


@dataclass(frozen=True, slots=True)
class Chain:
    """A cable lot of Silesia in a harness lot of Brasov, most of which Avalon has received."""

    goods: Goods
    cast: Cast

    def tell(self, owner: str, other: str, minutes: int, **said: Any) -> None:
        """Record an event of one about its business with another, and let everybody hear."""
        ends: list[Organisation] = [getattr(self.cast, name) for name in (owner, other)]
        place = f"https://id.gs1.org/414/{GLNS[owner]}"
        row: EventRow = event(
            minutes,
            read_point=place,
            biz_location=place,
            sources=(Typed("owning_party", f"urn:bpn:{ends[0].bpn}"),),
            destinations=(Typed("owning_party", f"urn:bpn:{ends[1].bpn}"),),
            **said,
        )
        with acting_for(ends[0]):
            (verdict,) = record_events([row], source="test", received_at=NOW)
            assert verdict.state == "recorded"
        work_off()

    def stock(self, organisation: Organisation) -> dict[str, Decimal]:
        """Return what an organisation has on hand, by kind."""
        with acting_for(organisation):
            rows = StockPosition.objects.filter(owner=organisation)
            return dict(rows.values_list("kind", "quantity"))

    def days(self, organisation: Organisation) -> Decimal:
        """Return an organisation's own days of supply."""
        with acting_for(organisation):
            found = Coverage.objects.get(owner=organisation).days_of_supply
            assert found is not None
            return found

    def alerts(self, organisation: Organisation) -> list[str]:
        """Return the open exceptions about holds that an organisation sees."""
        with acting_for(organisation):
            rows = Alert.objects.filter(type="inventory.lot_hold", is_open=True)
            return [each.title_params["lot"] for each in rows.order_by("pk")]


@pytest.fixture
def chain(goods: Goods, cast: Cast) -> Chain:
    for name, gln in GLNS.items():
        with acting_for(getattr(cast, name)):
            Site.objects.filter(owner=getattr(cast, name)).update(gln=gln)
    for organisation in (cast.brasov, cast.avalon):
        with acting_for(organisation):
            Part.objects.filter(owner=organisation).update(gtin=GTIN)
    goods.need([10] * 40)
    goods.count(50, hours_ago=30)
    with acting_for(cast.avalon):
        record_stock_count(
            Report(
                counterparty=cast.brasov.bpn,
                part_number=THEIRS,
                site=Site.objects.get(owner=cast.avalon).code,
                quantity=30,
                unit="PCE",
                counted_at=NOON - timedelta(hours=30),
            ),
            as_of=NOON,
        )
    made = Chain(goods, cast)
    made.tell("silesia", "brasov", 1, biz_step="shipping", quantities=(
        Quantity(CABLE, Decimal(9), "KGM"),))  # fmt: skip
    made.tell("brasov", "silesia", 2, biz_step="receiving", quantities=(
        Quantity(CABLE, Decimal(9), "KGM"),))  # fmt: skip
    for lot, amount in ((HARNESS, 45), (CLEAN, 30)):
        made.tell(
            "brasov", "avalon", 3, kind="TransformationEvent", action="",
            input_quantities=(Quantity(CABLE, Decimal(4), "KGM"),) if lot == HARNESS else (
                Quantity(CABLE.replace("C7", "C8"), Decimal(4), "KGM"),),
            output_quantities=(Quantity(lot, Decimal(amount)),),
        )  # fmt: skip
    made.tell("brasov", "avalon", 4, biz_step="shipping", quantities=(
        Quantity(HARNESS, Decimal(20)),))  # fmt: skip
    made.tell("avalon", "brasov", 5, biz_step="receiving", quantities=(
        Quantity(HARNESS, Decimal(20)),))  # fmt: skip
    return made


def test_a_hold_blocks_at_two_organisations_and_a_release_frees(chain: Chain) -> None:
    """IN-20: stock made of the lot covers nothing, wherever it is; other stock is left alone."""
    cast = chain.cast
    assert (chain.days(cast.brasov), chain.days(cast.avalon)) == (5, 3)
    with acting_for(cast.brasov):
        rows = hold_lot(CABLE, reason="Insulation too thin")
        assert len(rows) == 3  # itself, its supplier of the cable, its customer of the harness
        assert {row.counterparty_id: row.lot for row in rows} == {
            cast.brasov.pk: CABLE, cast.silesia.pk: CABLE, cast.avalon.pk: CABLE,
        }  # fmt: skip
    work_off()
    assert chain.stock(cast.brasov) == {"free": 25, "blocked": 25}
    assert chain.stock(cast.avalon) == {"free": 10, "blocked": 20}
    assert (chain.days(cast.brasov), chain.days(cast.avalon)) == (Decimal("2.5"), 1)
    with acting_for(cast.brasov):
        assert hold_lot(CABLE, reason="Again") == rows
        assert AuditEntry.objects.filter(action="lot.held").count() <= 1
        for movement in StockMovement.objects.filter(document__startswith="hold:"):
            with pytest.raises(Refused):
                undo_movement(movement.pk, reason="no")
    work_off()
    assert chain.stock(cast.brasov) == {"free": 25, "blocked": 25}
    # What arrives of the lot while it is held is blocked as it arrives.
    chain.goods.count(60, hours_ago=20, kind="free")
    chain.tell("avalon", "brasov", 6, biz_step="receiving", quantities=(
        Quantity(HARNESS, Decimal(4)),))  # fmt: skip
    assert chain.stock(cast.avalon) == {"free": 6, "blocked": 24}
    with acting_for(cast.brasov):
        release_lot(rows[0].pk, reason="Measured again: within limits")
        release_lot(rows[0].pk)
    work_off()
    assert chain.stock(cast.avalon) == {"free": 30, "blocked": 0}
    assert chain.stock(cast.brasov)["blocked"] == 0
    assert chain.days(cast.avalon) == 3


def test_everybody_hears_in_one_transaction_and_only_of_its_own(chain: Chain) -> None:
    """IN-17: exceptions stand for all concerned before anybody's errand has run."""
    cast = chain.cast
    chain.tell(
        "brasov", "silesia", 2, kind="TransformationEvent", action="",
        input_quantities=(Quantity(DRUM, Decimal(9), "KGM"),),
        output_quantities=(Quantity(CABLE, Decimal(9), "KGM"),),
    )  # fmt: skip
    with acting_for(cast.brasov):
        rows = hold_lot(DRUM, reason="Insulation too thin")
    assert sorted(chain.alerts(cast.brasov)) == ["09521321000032 · C7", "09521321000032 · D1"]
    assert chain.alerts(cast.avalon) == ["09521321000032 · C7"]
    with acting_for(cast.avalon):
        assert set(HeldThing.objects.values_list("thing", flat=True)) == {CABLE, HARNESS}
        mine = LotHold.objects.get()
        assert (mine.lot, mine.owner_id) == ("", cast.brasov.pk)
        with pytest.raises(LotHold.DoesNotExist):
            release_lot(mine.pk, reason="not mine")
    for outsider in (cast.porto, cast.kestrel, cast.fjord, cast.rhine):
        assert chain.alerts(outsider) == []
        with acting_for(outsider):
            assert not LotHold.objects.exists()
            assert not HeldThing.objects.exists()
            for thing in (CABLE, HARNESS):
                with pytest.raises(Refused):
                    reach_of(thing, "made")
    with acting_for(cast.brasov):
        release_lot(rows[0].pk)
    for each in (cast.brasov, cast.avalon, cast.silesia):
        assert chain.alerts(each) == []


def test_nobody_blocks_goods_it_has_no_part_in(chain: Chain) -> None:
    """IN-20: who invents events of another's lot blocks nothing at the customer."""
    cast = chain.cast
    give(cast.porto, cast.avalon, cast.avalon, "inventory.genealogy")
    invented = event(
        7,
        biz_step="shipping",
        quantities=(Quantity(HARNESS, Decimal(5)),),
        destinations=(Typed("owning_party", f"urn:bpn:{cast.avalon.bpn}"),),
        read_point="urn:x-door:porto",
    )
    with acting_for(cast.porto):
        record_events([invented], source="test", received_at=NOW)
        hold_lot(HARNESS, reason="To harm a rival", scope=LotHold.Scope.LOT)
    work_off()
    assert chain.stock(cast.avalon) == {"free": 30}
    with acting_for(cast.silesia):  # a supplier of what it was made from may
        hold_lot(CABLE, reason="Our cable")
    work_off()
    assert chain.stock(cast.brasov) == {"free": 25, "blocked": 25}
    assert chain.stock(cast.avalon) == {"free": 30}  # Brasov's to pass on
