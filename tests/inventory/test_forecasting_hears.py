"""FC-06, FC-25: forecasting hears receipts, consumption and stock from inventory by event."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from collab.events.relay import work_off
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from forecasting.models import Actual, HeardStock
from forecasting.queries.own_stock import own_stock
from forecasting.rules.tiers import OwnStock
from inventory.models import StockMovement
from inventory.services.movements import record_movement, undo_movement
from inventory.services.reports import Report, record_stock_count
from tests.harness.cast import Cast
from tests.inventory.test_receipts import Sent, sent

__all__ = ["sent"]


def test_consumption_is_an_actual_until_it_is_taken_back(sent: Sent, cast: Cast) -> None:
    sent.take()
    with acting_for(cast.avalon):
        site = Site.objects.get().code
        issue = record_movement(
            counterparty=cast.brasov.bpn,
            part_number=sent.story.part,
            site=site,
            kind="issue",
            quantity=120,
            unit="H87",
            moved_at=timezone.now(),
        )
    work_off()
    with acting_for(cast.avalon):
        consumed = Actual.objects.get(kind=Actual.Kind.CONSUMED)
        assert (consumed.quantity, consumed.series.part_number) == (120, sent.story.part)
        received = Actual.objects.get(kind=Actual.Kind.RECEIVED)
        assert (received.series_id, received.quantity) == (consumed.series_id, 480)
        assert list(own_stock().values()) == [OwnStock(free=Decimal(360))]
        undo_movement(issue.pk, reason="other line")
    work_off()
    with acting_for(cast.avalon):
        assert not Actual.objects.filter(kind=Actual.Kind.CONSUMED).exists()
        assert HeardStock.objects.get().quantity == 480


def test_a_movement_that_a_later_count_saw_changes_no_stock(sent: Sent, cast: Cast) -> None:
    """IN-03: on-hand stays as counted, and the ledger still adds up to it."""
    sent.take()
    with acting_for(cast.avalon):
        told = {
            "counterparty": cast.brasov.bpn,
            "part_number": sent.story.part,
            "site": Site.objects.get().code,
            "unit": "H87",
        }
        now = timezone.now()
        record_stock_count(Report(**told, quantity=470, counted_at=now))
        late = record_movement(
            **told, kind="issue", quantity=10, moved_at=now - timedelta(minutes=1), document="L-1"
        )
        again = record_movement(
            **told, kind="issue", quantity=10, moved_at=now - timedelta(minutes=1), document="L-1"
        )
        assert late.pk == again.pk
        ledger = sum(row.quantity for row in StockMovement.objects.filter(owner=cast.avalon))
        assert ledger == 470
    assert sent.on_hand(cast.avalon) == 470
    work_off()
    with acting_for(cast.avalon):
        assert HeardStock.objects.get().quantity == 470
        assert Actual.objects.get(kind=Actual.Kind.CONSUMED).quantity == 10
