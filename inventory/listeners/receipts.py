"""A receipt reaches its supplier straight after the delivery, and the answer its customer."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid5

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over, listen
from forecasting.events import SchedulesPublished
from forecasting.queries import series_by_id
from inventory.events import RECEIPT_TOPIC, DeliveryReceived, GoodsReceived, ReceiptAnswered
from inventory.models import CumulativeStanding, GoodsReceipt, ReceiptAnswer, ReceiptLine
from inventory.services.cumulative import refresh_standings
from inventory.services.receipt_answers import hear_answer

HEAR_RECEIPT = "inventory.hear_receipt"
HEAR_ANSWER = "inventory.hear_answer"


def goods_received(event: GoodsReceived) -> Iterable[Fact]:
    """Let the counters follow an own receipt, and tell its supplier."""
    key = UUID(event.receipt_id)
    numbers = ReceiptLine.objects.filter(receipt_id=key).values_list("part_number", flat=True)
    refresh_standings(event.supplier_id, set(numbers), as_of=timezone.now())
    hand_over(
        UUID(event.change_id),
        listener=HEAR_RECEIPT,
        topic=RECEIPT_TOPIC,
        about_ids=[event.supplier_id],
        rows=[key],
    )
    return ()


def hear_receipts(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Say to the own side what customers received of our advices; transport follows it."""
    receipts = GoodsReceipt.objects.filter(
        pk__in=list(keys), counterparty_id=acting_organisation_id(), advice_id__isnull=False
    )
    for receipt in receipts:
        stands = receipt.state == GoodsReceipt.State.RECORDED
        lines = ReceiptLine.objects.filter(receipt_id=receipt.pk, advised__isnull=False)
        yield DeliveryReceived(
            change_id=str(uuid5(receipt.pk, f"heard:{receipt.version}")),
            advice_id=str(receipt.advice_id),
            received_at=receipt.received_at.isoformat() if stands else "",
            received={str(line.position): str(line.received) for line in lines} if stands else {},
        )


def receipt_answered(event: ReceiptAnswered) -> Iterable[Fact]:
    """Hand an own answer to the customer whose receipt it is about."""
    hand_over(
        UUID(event.change_id),
        listener=HEAR_ANSWER,
        topic=RECEIPT_TOPIC,
        about_ids=[event.customer_id],
        rows=[UUID(event.answer_id)],
    )
    return ()


def hear_answers(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Take a supplier's answer in: accepted differences are settled and count as shipped."""
    now = timezone.now()
    for answer in ReceiptAnswer.objects.filter(pk__in=list(keys)):
        receipt = hear_answer(answer)
        if receipt is not None:
            lines = ReceiptLine.objects.filter(receipt_id=receipt.pk)
            numbers = set(lines.values_list("part_number", flat=True))
            refresh_standings(receipt.counterparty_id, numbers, as_of=now)
    return ()


def follow_releases(event: SchedulesPublished) -> Iterable[Fact]:
    """Let the counters follow an own release: it states what was received and what is due.

    Parts of which nothing was sent or received yet have no counters to follow.
    """
    keys = [UUID(key) for key in event.series_ids]
    counted = CumulativeStanding.objects.filter(
        owner_id=acting_organisation_id(),
        counterparty_id=event.supplier_id,
        part_number__in={series.part_number for series in series_by_id(keys)},
    )
    numbers = set(counted.values_list("part_number", flat=True))
    if numbers:
        refresh_standings(event.supplier_id, numbers, as_of=timezone.now())
    return ()


listen(HEAR_RECEIPT, hear_receipts)
listen(HEAR_ANSWER, hear_answers)
subscribe(GoodsReceived, goods_received)
subscribe(ReceiptAnswered, receipt_answered)
subscribe(SchedulesPublished, follow_releases)
