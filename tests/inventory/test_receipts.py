"""IN-21: what arrived against what was advised, told at once, booked once, undone as a whole."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from collab.events.relay import work_off
from collab.live.models import FeedFrame
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from collab.work.models import Alert
from forecasting.models import Actual, Advised, HeardStock
from inventory.models import (
    Coverage,
    CumulativeStanding,
    GoodsReceipt,
    ReceiptLine,
    StockMovement,
    StockPosition,
)
from inventory.services.cumulative import refresh_standings
from inventory.services.movements import record_movement
from inventory.services.receipt_answers import answer_receipt
from inventory.services.receipt_lines import StatedLabel, StatedLine
from inventory.services.receipts import Delivery, cancel_receipt, record_receipt
from inventory.services.reports import Report, record_stock_count
from tests.harness.cast import Cast
from tests.transport.goods_on_the_way import Story, make_story
from transport.models import DispatchAdvice
from transport.services.advices import cancel_advice, send_advice

D = Decimal


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery that is on its way, with ways to look at both sides."""

    story: Story
    advice: DispatchAdvice

    def delivery(self, *lines: StatedLine, **changes: Any) -> Delivery:
        """Return the delivery as Avalon's clerk states it, all as advised without lines."""
        told: dict[str, Any] = {
            "supplier": self.story.supplier.bpn,
            "advice": self.advice.pk,
            "received_at": timezone.now(),
            "lines": lines or None,
            "sender_key": "K1",
            **changes,
        }
        return Delivery(**told)

    def take(self, *lines: StatedLine, **changes: Any) -> GoodsReceipt:
        """Record it, acting for the customer, and let everybody hear it."""
        with acting_for(self.story.customer):
            receipt = record_receipt(self.delivery(*lines, **changes)).receipt
        work_off()
        return receipt

    def on_hand(self, organisation: Organisation, kind: str = "free") -> Decimal:
        """Return what an organisation has on hand."""
        with acting_for(organisation):
            rows = StockPosition.objects.filter(owner=organisation, kind=kind)
            return sum((row.quantity for row in rows), D(0))

    def standing(self) -> CumulativeStanding:
        """Return the counters of the part."""
        with acting_for(self.story.customer):
            return CumulativeStanding.objects.get(part_number=self.story.part)

    def state(self) -> str:
        """Return what the supplier knows of its advice."""
        with acting_for(self.story.supplier):
            return DispatchAdvice.objects.get(pk=self.advice.pk).state


def open_alerts(viewer: Organisation) -> set[str]:
    with acting_for(viewer):
        return set(Alert.objects.filter(is_open=True).values_list("type", flat=True))


@pytest.fixture
def sent(cast: Cast) -> Sent:
    """Brasov has 1,000 on hand for Avalon and sends 480 of them."""
    story = make_story(cast)
    with acting_for(cast.brasov):
        record_stock_count(
            Report(
                counterparty=cast.avalon.bpn,
                part_number=story.part,
                site=Site.objects.get(owner=cast.brasov).code,
                quantity=1000,
                unit="H87",
                counted_at=timezone.now() - timedelta(hours=1),
            )
        )
        advice = send_advice(story.consignment(480)).advice
    work_off()
    return Sent(story, advice)


def test_goods_leave_are_on_their_way_and_arrive(sent: Sent, cast: Cast) -> None:
    """The supplier's stock falls at dispatch, the customer's rises at receipt; nothing is lost."""
    assert sent.on_hand(cast.brasov) == 520
    with acting_for(cast.brasov):
        assert Coverage.objects.get(owner=cast.brasov).in_transit == 480
    before = sent.standing()
    assert (before.shipped - before.received, before.open_advices, before.mismatch) == (480, 480, 0)
    receipt = sent.take()
    assert (receipt.number, receipt.is_different) == (sent.advice.number, False)
    assert sent.on_hand(cast.avalon) == 480
    assert sent.on_hand(cast.brasov) == 520
    assert sent.state() == "received"
    after = sent.standing()
    assert (after.received, after.shipped, after.open_advices, after.mismatch) == (480, 480, 0, 0)
    with acting_for(cast.brasov):
        assert Coverage.objects.get(owner=cast.brasov).in_transit == 0
        assert Advised.objects.get().received_at == receipt.received_at
    assert "inventory.receipt_differs" not in open_alerts(cast.avalon)


def test_the_same_message_again_changes_nothing(sent: Sent, cast: Cast) -> None:
    first = sent.take()
    again = sent.take()
    assert again.pk == first.pk
    assert sent.on_hand(cast.avalon) == 480
    with acting_for(cast.avalon):
        assert GoodsReceipt.objects.count() == 1
        assert StockMovement.objects.filter(owner=cast.avalon).count() == 1
        with pytest.raises(Refused, match="not received yet"):
            record_receipt(sent.delivery(sender_key="K2"))


def test_a_difference_reaches_the_supplier_who_accepts_it(sent: Sent, cast: Cast) -> None:
    """Two short and one damaged: both are told on both screens; accepted, the counters agree."""
    receipt = sent.take(
        StatedLine(
            position=1,
            received=478,
            damaged=3,
            labels=[StatedLabel("1JUN123456789", "unreadable")],
            note="crushed corner",
        )
    )
    assert sent.on_hand(cast.avalon) == 475
    assert sent.on_hand(cast.avalon, "blocked") == 3
    assert sent.state() == "discrepancy"
    assert open_alerts(cast.avalon) >= {"inventory.receipt_differs"}
    assert "inventory.cumulative_mismatch" not in open_alerts(cast.avalon)
    assert (sent.standing().mismatch, sent.standing().received) == (2, 478)
    with acting_for(cast.brasov):
        told = [frame.topic for frame in FeedFrame.objects.all()]
        assert "inventory.receipt" in told
        line = ReceiptLine.objects.get()
        assert line.differences == ["short", "label", "damaged"]
        answer_receipt(receipt.pk, verdict="accepted")
        answer_receipt(receipt.pk, verdict="accepted")
    work_off()
    settled = sent.standing()
    assert (settled.shipped, settled.received, settled.mismatch) == (478, 478, 0)
    assert "inventory.receipt_differs" not in open_alerts(cast.avalon)


def test_a_dispute_needs_words_and_keeps_the_exception(sent: Sent, cast: Cast) -> None:
    receipt = sent.take(StatedLine(position=1, received=400))
    with acting_for(cast.brasov):
        with pytest.raises(Refused, match="a value"):
            answer_receipt(receipt.pk, verdict="disputed")
        answer_receipt(receipt.pk, verdict="disputed", note="weighed at our gate: 480")
    work_off()
    assert "inventory.receipt_differs" in open_alerts(cast.avalon)
    assert sent.standing().mismatch == 80


def test_a_wrong_receipt_is_cancelled_and_recorded_anew(sent: Sent, cast: Cast) -> None:
    wrong = sent.take(StatedLine(position=1, received=48))
    with acting_for(cast.avalon):
        cancel_receipt(wrong.pk, reason="typed a box, not a pallet")
        cancel_receipt(wrong.pk, reason="typed a box, not a pallet")
    work_off()
    assert sent.on_hand(cast.avalon) == 0
    assert sent.state() == "accepted"
    assert sent.standing().open_advices == 480
    assert "inventory.receipt_differs" not in open_alerts(cast.avalon)
    right = sent.take(sender_key="K2")
    assert right.number == f"{sent.advice.number}-2"
    assert sent.on_hand(cast.avalon) == 480
    assert sent.standing().mismatch == 0


def test_a_release_moves_what_is_required(sent: Sent, cast: Cast) -> None:
    """IN-08: the counters follow a release as soon as it is out; the same again changes nothing."""
    sent.take()
    before = sent.standing()
    sent.story.plan.release([700] * 10)
    work_off()
    after = sent.standing()
    assert after.received == before.received == 480
    assert after.required is not None
    assert after.required >= 480
    assert after.to_ship == max(D(0), after.required - 480)
    with acting_for(cast.avalon):
        assert refresh_standings(cast.brasov.pk, [sent.story.part]) == []
    assert sent.standing().version == after.version


def test_a_receipt_whose_goods_are_used_stays(sent: Sent, cast: Cast) -> None:
    receipt = sent.take()
    with acting_for(cast.avalon):
        record_movement(
            counterparty=cast.brasov.bpn,
            part_number=sent.story.part,
            site=receipt.site_code,
            kind="issue",
            quantity=400,
            unit="H87",
            moved_at=timezone.now(),
        )
        with pytest.raises(Refused, match="at most 80"):
            cancel_receipt(receipt.pk, reason="wrong truck")
        assert GoodsReceipt.objects.get().state == "recorded"
    assert sent.on_hand(cast.avalon) == 80


def test_goods_without_an_advice_are_a_mismatch(sent: Sent, cast: Cast) -> None:
    line = StatedLine(received=40, part_number=sent.story.part)
    with acting_for(cast.avalon):
        site = Site.objects.get().code
    sent.take(line, advice=None, site=site, sender_key="K9")
    assert "inventory.cumulative_mismatch" in open_alerts(cast.avalon)
    assert sent.standing().mismatch == -40


def test_a_cancelled_advice_returns_to_stock(sent: Sent, cast: Cast) -> None:
    with acting_for(cast.brasov):
        cancel_advice(sent.advice.pk)
    work_off()
    assert sent.on_hand(cast.brasov) == 1000
    assert sent.standing().open_advices == 0


def test_more_leaves_than_there_was_and_the_stock_is_doubtful(sent: Sent, cast: Cast) -> None:
    """IN-24: what left is a fact, so the figure before it was wrong until somebody counts."""
    with acting_for(cast.brasov):
        send_advice(sent.story.consignment(600))
    work_off()
    assert sent.on_hand(cast.brasov) == 0
    assert "inventory.stock_doubtful" in open_alerts(cast.brasov)
    with acting_for(cast.brasov):
        site = Site.objects.get(owner=cast.brasov).code
        record_stock_count(
            Report(
                counterparty=cast.avalon.bpn,
                part_number=sent.story.part,
                site=site,
                quantity=30,
                unit="H87",
                counted_at=timezone.now(),
            )
        )
    assert "inventory.stock_doubtful" not in open_alerts(cast.brasov)


def test_what_cannot_be_is_refused_and_leaves_nothing(sent: Sent, cast: Cast) -> None:
    odd = StatedLabel("1J", "?")
    cases: list[tuple[str, Delivery]] = [
        ("position", sent.delivery(StatedLine(position=7, received=1))),
        ("damaged", sent.delivery(StatedLine(position=1, received=1, damaged=2))),
        ("received", sent.delivery(StatedLine(position=1, received=-1))),
        ("unit", sent.delivery(StatedLine(position=1, received=1, unit="KGM"))),
        ("part_number", sent.delivery(StatedLine(received=1, part_number="NOBODY"))),
        ("advice", sent.delivery(advice=UUID(int=5))),
        ("received_at", sent.delivery(received_at=timezone.now() + timedelta(hours=1))),
        ("supplier", sent.delivery(supplier=cast.porto.bpn + "X")),
        ("labels", sent.delivery(StatedLine(position=1, received=1, labels=[odd]))),
    ]  # fmt: skip
    for field, delivery in cases:
        with acting_for(cast.avalon), pytest.raises(Refused) as refused:
            record_receipt(delivery)
        assert refused.value.field in {field, "counterparty"}, field
    with acting_for(cast.avalon):
        assert not GoodsReceipt.objects.exists()
        assert not StockMovement.objects.exists()


def test_a_rival_sees_nothing_of_it(sent: Sent, cast: Cast) -> None:
    sent.take(StatedLine(position=1, received=1))
    for outsider in (cast.porto, cast.kestrel, cast.silesia, cast.fjord):
        with acting_for(outsider):
            assert not GoodsReceipt.objects.exists()
            assert not ReceiptLine.objects.exists()
            assert not CumulativeStanding.objects.exists()
            assert not FeedFrame.objects.filter(topic="inventory.receipt").exists()


def test_forecasting_hears_receipts_stock_and_what_was_taken_back(sent: Sent, cast: Cast) -> None:
    """FC-06 actual receipts, and the stock that is netted, come by event."""
    receipt = sent.take()
    with acting_for(cast.avalon):
        (actual,) = Actual.objects.filter(kind="received")
        assert (actual.quantity, actual.series.part_number) == (480, sent.story.part)
        assert HeardStock.objects.get().quantity == 480
    with acting_for(cast.brasov):
        assert HeardStock.objects.get().quantity == 520
    with acting_for(cast.avalon):
        cancel_receipt(receipt.pk, reason="wrong truck")
    work_off()
    with acting_for(cast.avalon):
        assert not Actual.objects.filter(kind="received").exists()
        assert HeardStock.objects.get().quantity == 0
