"""IN-07: what documents and time say of a band; every exception closes by itself."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from collab.events.relay import work_off
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from collab.work.models import Alert
from collab.work.queries import QueueFilter, exceptions
from inventory.models import ReceiptAnswer, VmiBand
from inventory.queries.vmi import watched
from inventory.rules.vmi import Band, Breach, breaches
from inventory.services import Report, record_stock_count
from inventory.services.receipt_answers import answer_receipt
from inventory.services.receipt_lines import StatedLine
from inventory.services.vmi import BandInput, agree_band, remove_band
from inventory.services.vmi_watch import watch_all
from tests.conftest import ClientFor
from tests.harness.cast import Cast, give
from tests.inventory.test_receipts import Sent, sent
from transport.services.advices import send_advice

__all__ = ["sent"]
D = Decimal
VMI, DIFFERS = "inventory.vmi_", "inventory.receipt_differs"


@pytest.fixture
def band(sent: Sent, cast: Cast) -> VmiBand:
    """Avalon agrees 100 to 900 pieces for what Brasov just sent 480 of; the signal level is 300."""
    with acting_for(cast.avalon):
        made = agree_band(
            BandInput(
                supplier=cast.brasov.bpn,
                part_number=sent.story.part,
                site=Site.objects.get(owner=cast.avalon).code,
                measure="pieces",
                minimum=100,
                maximum=900,
                signal=300,
            )
        )
    work_off()
    return made


def found(cast: Cast, prefix: str = VMI) -> set[str]:
    with acting_for(cast.avalon):
        rows = Alert.objects.filter(is_open=True, type__startswith=prefix)
        return {row.type.removeprefix(VMI) for row in rows}


def look(cast: Cast, *, at: datetime) -> set[str]:
    """Return what is open after the hourly look at ``at``."""
    with acting_for(cast.avalon):
        assert watch_all(as_of=at) == 1
    return found(cast)


def count(cast: Cast, sent: Sent, quantity: int) -> None:
    with acting_for(cast.avalon):
        record_stock_count(
            Report(
                counterparty=cast.brasov.bpn,
                part_number=sent.story.part,
                site=Site.objects.get(owner=cast.avalon).code,
                quantity=quantity,
                unit="H87",
                counted_at=timezone.now(),
                stage="plant",
            )
        )
    work_off()


@pytest.mark.parametrize(
    ("on_hand", "kind"),
    [(99, Breach.ON_HAND), (100, Breach.SIGNAL), (300, Breach.SIGNAL), (301, None)],
)
def test_the_signal_level_lies_inside_the_band(on_hand: int, kind: Breach | None) -> None:
    expected = [kind] if kind else []
    in_pieces = Band(D(100), D(900), signal=D(300))
    seen = breaches(in_pieces, [D(500)], [D(0)], on_hand=D(on_hand))
    assert [each.kind for each in seen] == expected
    in_days = Band(D(1), D(9), is_days=True, signal=D(3))
    demand = [D(0), D(100), D(100), D(100), D(100)]
    again = breaches(in_days, [D(500)] * 5, demand, on_hand=D(on_hand))
    assert [each.kind for each in again] == expected


def test_the_signal_comes_and_goes_with_the_stock(
    sent: Sent, band: VmiBand, cast: Cast, client_for: ClientFor
) -> None:
    count(cast, sent, 250)
    assert "signal" in found(cast)
    page = client_for(cast.avalon).get(f"/t/{cast.avalon.slug}/inventory/vmi/{band.pk}/")
    assert "Signal level reached" in page.content.decode()
    count(cast, sent, 500)
    assert "signal" not in found(cast)


def test_an_overdue_advice_is_told_to_both_until_it_is_received(
    sent: Sent, band: VmiBand, cast: Cast
) -> None:
    give(cast.avalon, cast.brasov, cast.brasov, "work.exceptions")
    due = sent.advice.expected_at
    assert "advice_late" not in look(cast, at=due - timedelta(minutes=1))
    assert "advice_late" in look(cast, at=due + timedelta(minutes=1))
    with acting_for(cast.brasov):
        titles = [row.title for row in exceptions(QueueFilter(view="all"))]
        assert any(sent.advice.number in title and "overdue" in title for title in titles)
        assert watched(band.pk)
    with acting_for(cast.porto):
        assert watched(band.pk) == []
    count(cast, sent, 0)  # a projection to follow the receipt with
    sent.take()
    assert "advice_late" not in found(cast)


def test_less_shipped_than_was_due_is_told_until_it_is_made_up(
    sent: Sent, band: VmiBand, cast: Cast
) -> None:
    """480 are shipped; what the release asks for falls due with time alone."""
    sent.story.plan.release([200] * 10)
    work_off()
    assert "under_run" not in found(cast)
    later = timezone.now() + timedelta(weeks=3)
    assert "under_run" in look(cast, at=later)
    with acting_for(cast.brasov):
        send_advice(sent.story.consignment(480))
    work_off()
    assert "under_run" not in look(cast, at=later)


def test_a_receipt_unlike_its_advice_is_told_until_the_supplier_accepts(
    sent: Sent, band: VmiBand, cast: Cast
) -> None:
    receipt = sent.take(StatedLine(position=1, received=D(400)))
    assert found(cast, DIFFERS) == {DIFFERS}
    with acting_for(cast.brasov):
        answer_receipt(receipt.pk, verdict=ReceiptAnswer.Verdict.ACCEPTED)
    work_off()
    assert found(cast, DIFFERS) == set()


def test_the_end_of_a_band_closes_what_was_told_of_it(
    sent: Sent, band: VmiBand, cast: Cast
) -> None:
    count(cast, sent, 50)
    assert look(cast, at=sent.advice.expected_at + timedelta(hours=1)) > {"advice_late", "on_hand"}
    with acting_for(cast.avalon):
        remove_band(band.pk)
    assert found(cast) == set()
