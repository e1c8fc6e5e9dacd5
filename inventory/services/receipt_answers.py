"""What a supplier says to a receipt that differs, and what its customer makes of it."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, clean_text
from collab.organisations.context import acting_organisation_id
from inventory.events import ReceiptAnswered
from inventory.models import GoodsReceipt, ReceiptAnswer
from inventory.receipt_alerts import clear_difference

Verdict = ReceiptAnswer.Verdict


@transaction.atomic
def answer_receipt(receipt_id: UUID, *, verdict: str, note: str = "") -> ReceiptAnswer:
    """Accept or dispute, as the supplier, how a receipt differs; a later answer replaces it.

    Accepting makes the counters follow what was received. The same answer again changes nothing.
    Raises ``GoodsReceipt.DoesNotExist`` for one that is not about us, ``Refused`` for a receipt
    without differences and for a dispute without a note.
    """
    receipt = (
        GoodsReceipt.objects.filter(pk=receipt_id)
        .exclude(owner_id=acting_organisation_id())
        .get(counterparty_id=acting_organisation_id())
    )
    if verdict not in Verdict.values:
        raise Refused("verdict", f"one of {', '.join(Verdict.values)}", verdict)
    if not receipt.is_different or receipt.state == GoodsReceipt.State.CANCELLED:
        raise Refused("receipt", "a receipt that differs from its advice", receipt.number)
    told = clean_text("note", note, 400, required=verdict == Verdict.DISPUTED)
    answer, is_new = ReceiptAnswer.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=acting_organisation_id(),
        receipt_id=receipt.pk,
        defaults={
            "counterparty_id": receipt.owner_id,
            "receipt_number": receipt.number,
            "verdict": verdict,
            "note": told,
            "answered_at": timezone.now(),
        },
    )
    if not is_new:
        if (answer.verdict, answer.note) == (verdict, told):
            return answer
        answer.verdict, answer.note, answer.answered_at = verdict, told, timezone.now()
        answer.version += 1
        answer.save()
    publish(
        ReceiptAnswered(
            change_id=str(uuid7()),
            answer_id=str(answer.pk),
            receipt_id=str(receipt.pk),
            customer_id=receipt.owner_id,
            verdict=str(verdict),
        )
    )
    return answer


def hear_answer(answer: ReceiptAnswer) -> GoodsReceipt | None:
    """Close the exception of an own receipt whose difference the supplier accepts.

    Returns the receipt, ``None`` where the answer is not from its supplier.
    """
    receipt = GoodsReceipt.objects.filter(
        pk=answer.receipt_id, owner_id=acting_organisation_id(), counterparty_id=answer.owner_id
    ).first()
    if receipt is not None and answer.verdict == Verdict.ACCEPTED:
        clear_difference(receipt.pk)
    return receipt
