"""A stock count: from the report to coverage and exception, for whom, and how often."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from collab.events.models import Event
from collab.masterdata.models import PartAlias
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from collab.work import queries as work
from collab.work.models import Alert
from inventory.models import Coverage, StockCount, StockMovement, StockPosition
from inventory.queries import coverage_list, stock_of
from inventory.services import record_many, record_movement, record_stock_count, record_transfer
from inventory.services.ledger import on_hand_by_ledger
from tests.harness.cast import Cast
from tests.inventory.conftest import NOON, OWN, THEIRS, Goods

STEADY = [10] * 40


@pytest.fixture
def steady(goods: Goods) -> Goods:
    """Ten pieces a day for forty days, minimum three days."""
    goods.need(STEADY)
    goods.agree(3)
    return goods


def kinds() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def test_a_count_becomes_coverage(steady: Goods) -> None:
    recorded = steady.count(45)
    assert recorded.is_new
    assert recorded.coverage is not None
    assert recorded.coverage.days_of_supply == Decimal("4.50")
    assert not recorded.coverage.is_short
    with acting_for(steady.holder):
        assert kinds() == ["inventory.StockCounted", "inventory.CoverageChanged"]


def test_the_same_report_twice_is_one_count_one_movement_and_one_event(steady: Goods) -> None:
    report = steady.report(45)
    with acting_for(steady.holder):
        first, second = (record_stock_count(report, as_of=NOON) for _ in range(2))
        assert (first.count.pk, second.is_new) == (second.count.pk, False)
        assert StockCount.objects.count() == StockMovement.objects.count() == 1
        assert len(kinds()) == 2


def test_a_repeat_with_another_quantity_is_refused(steady: Goods) -> None:
    steady.count(45, hours_ago=2)
    with pytest.raises(Refused, match="reported for this instant before"):
        steady.count(44, hours_ago=2)


def test_a_sender_key_may_not_name_two_facts(steady: Goods) -> None:
    steady.count(45, hours_ago=2, sender_key="erp-1")
    assert not steady.count(45, hours_ago=2, sender_key="erp-1").is_new
    with pytest.raises(Refused, match="key of its own"):
        steady.count(45, hours_ago=1, sender_key="erp-1")


def test_falling_below_the_minimum_raises_once_and_rising_clears(steady: Goods) -> None:
    steady.count(45, hours_ago=6)
    steady.count(29, hours_ago=5)
    with acting_for(steady.holder):
        raised = Alert.objects.get()
        assert (raised.is_open, raised.severity) == (True, "warning")
    steady.count(28, hours_ago=4)
    steady.count(15, hours_ago=3)
    with acting_for(steady.holder):
        again = Alert.objects.get()
        assert (again.pk, again.times_seen, again.severity) == (raised.pk, 3, "critical")
        assert kinds().count("work.AlertRaised") == 1
    steady.count(30, hours_ago=2)
    with acting_for(steady.holder):
        assert not Alert.objects.get().is_open
        assert kinds().count("work.AlertCleared") == 1
    steady.count(5, hours_ago=1)
    with acting_for(steady.holder):
        back = Alert.objects.get()
        assert (back.pk, back.is_open, back.episode) == (raised.pk, True, 2)


def test_stock_that_outlasts_a_short_horizon_is_never_short(goods: Goods) -> None:
    goods.need([10, 10])
    goods.agree(3)
    recorded = goods.count(100)
    assert recorded.coverage is not None
    assert recorded.coverage.is_at_least
    assert not recorded.coverage.is_short


def test_without_demand_nothing_is_claimed(goods: Goods) -> None:
    goods.agree(3)
    recorded = goods.count(5)
    assert recorded.coverage is not None
    assert recorded.coverage.days_of_supply is None
    assert recorded.coverage.level == Coverage.Level.UNKNOWN


def test_the_customer_sees_it_the_tier_two_sees_the_granted_fields_and_rivals_nothing(
    steady: Goods, cast: Cast
) -> None:
    steady.count(12)
    with acting_for(cast.avalon):
        (row,) = work.exceptions()
        assert (row.number, row.partner) == (THEIRS, "Brasov")
        assert row.values["days_of_supply"] == "1.20"
        assert coverage_list()[0].days_of_supply == Decimal("1.20")
        assert stock_of(THEIRS)[0].quantity == 12
    with acting_for(cast.silesia):
        (row,) = work.exceptions()
        assert set(row.values) <= {
            "type", "severity", "part_number", "site_code", "days_of_supply", "level"
        }  # fmt: skip
        assert (row.partner, row.values["part_number"]) == ("", OWN)
        assert THEIRS not in row.title
        (seen,) = coverage_list()
        assert seen.days_of_supply == Decimal("1.20")
        assert (seen.on_hand, seen.counterparty, list(seen.projection)) == (None, None, [])
        assert stock_of(OWN) == []
    for outsider in (cast.porto, cast.kestrel, cast.fjord, cast.rhine):
        with acting_for(outsider):
            assert work.exceptions() == []
            assert coverage_list() == []
            assert stock_of(OWN) == []
            assert not StockCount.objects.exists()


def test_a_hidden_field_neither_filters_nor_orders(steady: Goods, cast: Cast) -> None:
    steady.count(12)
    with acting_for(cast.silesia):
        assert work.exceptions(work.QueueFilter(part=THEIRS)) == []
        assert len(work.exceptions(work.QueueFilter(part=OWN))) == 1


def test_blocked_stock_covers_nothing(steady: Goods) -> None:
    steady.count(45, hours_ago=2)
    recorded = steady.count(500, kind="blocked")
    assert recorded.coverage is not None
    assert recorded.coverage.on_hand == 45


def test_a_late_report_is_kept_but_changes_no_figure(steady: Goods) -> None:
    steady.count(45, hours_ago=1)
    late = steady.count(99, hours_ago=5)
    assert (late.is_new, late.difference) == (True, None)
    with acting_for(steady.holder):
        assert StockPosition.objects.get().quantity == 45
        assert StockCount.objects.count() == 2


def test_movements_after_a_count_still_hold(steady: Goods) -> None:
    steady.count(40, hours_ago=6)
    with acting_for(steady.holder):
        record_movement(
            counterparty=steady.customer.bpn, part_number=OWN, site=steady.site, kind="issue",
            quantity=8, unit="PCE", moved_at=NOON - timedelta(hours=1), document="d1",
        )  # fmt: skip
    steady.count(50, hours_ago=3)
    with acting_for(steady.holder):
        position = StockPosition.objects.get()
        assert position.quantity == 42
        assert on_hand_by_ledger(position.pk) == 42


def test_no_more_goes_out_than_there_is(steady: Goods) -> None:
    steady.count_now(5)
    with acting_for(steady.holder), pytest.raises(Refused, match="at most 5"):
        record_movement(
            counterparty=steady.customer.bpn, part_number=OWN, site=steady.site, kind="scrap",
            quantity=6, unit="PCE", moved_at=datetime.now(UTC), reason="torn",
        )  # fmt: skip


def test_a_transfer_nets_to_zero(steady: Goods) -> None:
    from collab.organisations.models import Site

    steady.count_now(40)
    with acting_for(steady.holder):
        Site.objects.create(
            code="BRA2", name="Hub", kind="cross_dock", country="RO", city="Sibiu",
            latitude=45.8, longitude=24.1,
        )  # fmt: skip
        outgoing, incoming = record_transfer(
            counterparty=steady.customer.bpn, part_number=OWN, source=steady.site,
            destination="BRA2", quantity=15, unit="PCE", moved_at=datetime.now(UTC),
        )  # fmt: skip
        assert outgoing.quantity + incoming.quantity == 0
        assert dict(StockPosition.objects.values_list("site_code", "quantity")) == {
            steady.site: 25, "BRA2": 15
        }  # fmt: skip
        for position in StockPosition.objects.all():
            assert on_hand_by_ledger(position.pk) == position.quantity


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"part_number": "unknown"}, "part_number"),
        ({"unit": "furlong"}, "unit"),
        ({"unit": "KGM"}, "unit"),
        ({"site": "nowhere"}, "site"),
        ({"counterparty": "BPNL000000000007"}, "counterparty"),
        ({"kind": "lost"}, "kind"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": "NaN"}, "quantity"),
        ({"counted_at": NOON + timedelta(days=2)}, "counted_at"),
    ],
)
def test_what_cannot_be_taken_changes_nothing(
    steady: Goods, changes: dict[str, object], field: str
) -> None:
    report = steady.report(**{"quantity": 5, **changes})
    with acting_for(steady.holder):
        (verdict,) = record_many([report], as_of=NOON)
        assert verdict.refused is not None
        assert verdict.refused.field == field
        assert not StockCount.objects.exists()
        assert not StockPosition.objects.exists()
        assert kinds() == []


def test_the_customers_number_names_the_part_as_well(steady: Goods) -> None:
    assert steady.count(45, part_number=THEIRS).count.part_number == OWN


def test_a_partner_number_that_has_ended_no_longer_does(steady: Goods) -> None:
    with acting_for(steady.holder):
        PartAlias.objects.update(valid_to=datetime.now(UTC).date() - timedelta(days=2))
    with pytest.raises(Refused):
        steady.count(45, part_number=THEIRS)


def test_a_viewer_cannot_write_the_owners_rows(steady: Goods, cast: Cast) -> None:
    steady.count(12)
    with acting_for(cast.avalon):
        assert Coverage.objects.update(days_of_supply=99) == 0
        with pytest.raises(DatabaseError), transaction.atomic():
            StockPosition.objects.bulk_create([_stolen(steady, cast)])
    with acting_for(cast.brasov):
        assert Coverage.objects.get().days_of_supply == Decimal("1.20")


def _stolen(goods: Goods, cast: Cast) -> StockPosition:
    position = StockPosition.objects.get()
    return StockPosition(
        owner=cast.brasov, counterparty=cast.kestrel, part_id=position.part_id,
        site_id=position.site_id, part_number=OWN, site_code="X", kind="vmi", stage="plant",
        unit="H87", source_grade="counted",
    )  # fmt: skip
