"""REST: goods receipts, their cancellation, and what the supplier says to them."""

from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.urls import URLPattern, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of, require_match
from collab.integration.inbox.outbox_api import OutboundOutput, body_of
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import not_found
from collab.integration.statements import Statements, Verdict
from collab.masterdata.api.base import MasterDataView
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from inventory.api.base import READ, WRITE, error_of
from inventory.api.fields import shown
from inventory.models import Difference, GoodsReceipt, ReceiptAnswer, SourceGrade
from inventory.queries.messages import RECEIPT_KINDS, write_receipt
from inventory.queries.receipts import (
    VIEWS,
    ReceiptFilter,
    ReceiptLineRow,
    ReceiptRow,
    lines_of_receipts,
    receipt_rows,
    receipts,
)
from inventory.rules.receipt import LabelState
from inventory.services.messages import queue_receipt
from inventory.services.receipt_answers import answer_receipt
from inventory.services.receipt_lines import StatedLabel, StatedLine
from inventory.services.receipts import Delivery, Taken, cancel_receipt, record_receipt
from transport.queries.whole import whole_rows

ENDINGS = {"recadv": ("application/edifact", "edi"), "x12": ("application/edi-x12", "x12")}


class ReceiptQuery(serializers.Serializer[Any]):
    """Filters of the list of receipts."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    part_number = serializers.CharField(max_length=40, default="")
    number = serializers.CharField(max_length=35, default="", help_text="Receipt's or advice's.")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class ReceiptLabelInput(serializers.Serializer[Any]):
    """A label with something wrong about it."""

    plate = serializers.CharField(max_length=50, help_text="Licence plate or SSCC as scanned.")
    state = serializers.ChoiceField(choices=list(LabelState))


class ReceiptLineInput(serializers.Serializer[Any]):
    """What arrived of one advised line, or beside them all without a position."""

    position = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    part_number = serializers.CharField(
        max_length=40, default="", help_text="Yours or the supplier's; empty: the advised part."
    )
    received = serializers.DecimalField(max_digits=18, decimal_places=3, min_value=0)
    damaged = serializers.DecimalField(
        max_digits=18, decimal_places=3, min_value=0, default=Decimal(0)
    )
    unit = serializers.CharField(max_length=30, default="", help_text="Empty: that of the advice.")
    labels = ReceiptLabelInput(many=True, default=list)
    order_number = serializers.CharField(max_length=35, default="", allow_blank=True)
    delivery_note = serializers.CharField(max_length=35, default="", allow_blank=True)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)


class ReceiptInput(serializers.Serializer[Any]):
    """A delivery that arrived; without ``lines`` everything came as advised."""

    supplier = serializers.CharField(max_length=16, help_text="BPN")
    advice = serializers.UUIDField(required=False, allow_null=True)
    advice_number = serializers.CharField(max_length=35, default="", allow_blank=True)
    site = serializers.CharField(
        max_length=20, default="", allow_blank=True, help_text="Empty: where the advice goes."
    )
    received_at = serializers.DateTimeField()
    lines = ReceiptLineInput(many=True, required=False, allow_null=True)
    number = serializers.CharField(max_length=35, default="", allow_blank=True)
    delivery_note = serializers.CharField(max_length=35, default="", allow_blank=True)
    plate = serializers.CharField(max_length=20, default="", allow_blank=True)
    note = serializers.CharField(max_length=400, default="", allow_blank=True)
    sender_key = serializers.CharField(
        max_length=120, default="", allow_blank=True,
        help_text="Your key of this receipt: sent again, it changes nothing.",
    )  # fmt: skip


class ReceiptLineOutput(serializers.Serializer[Any]):
    """One line of a receipt; quantities in ``unit``."""

    position = serializers.IntegerField()
    part_number = serializers.CharField()
    supplier_part_number = serializers.CharField()
    advised = serializers.CharField(allow_null=True)
    received = serializers.CharField()
    damaged = serializers.CharField()
    unit = serializers.CharField()
    differences = serializers.ListField(child=serializers.ChoiceField(choices=Difference.choices))
    is_beyond = serializers.BooleanField()
    labels = ReceiptLabelInput(many=True)
    order_number = serializers.CharField()
    delivery_note = serializers.CharField()
    note = serializers.CharField()


class ReceiptAnswerOutput(serializers.Serializer[Any]):
    """What the supplier said."""

    verdict = serializers.ChoiceField(choices=ReceiptAnswer.Verdict.choices)
    note = serializers.CharField()
    answered_at = serializers.DateTimeField()


class ReceiptOutput(serializers.Serializer[Any]):
    """A receipt with its lines."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=GoodsReceipt.State.choices)
    customer = serializers.CharField(help_text="BPN")
    supplier = serializers.CharField(help_text="BPN")
    advice = serializers.UUIDField(allow_null=True)
    advice_number = serializers.CharField()
    delivery_note = serializers.CharField()
    received_at = serializers.DateTimeField()
    site = serializers.CharField()
    plate = serializers.CharField()
    is_different = serializers.BooleanField()
    is_beyond = serializers.BooleanField()
    source_grade = serializers.ChoiceField(choices=SourceGrade.choices)
    note = serializers.CharField()
    answer = ReceiptAnswerOutput(allow_null=True)
    lines = ReceiptLineOutput(many=True)
    version = serializers.IntegerField()


class ReceiptCancelInput(serializers.Serializer[Any]):
    """Why a receipt is taken back."""

    reason = serializers.CharField(max_length=200)


class ReceiptAnswerInput(serializers.Serializer[Any]):
    """What the supplier says to a receipt that differs; a dispute needs a note."""

    verdict = serializers.ChoiceField(choices=ReceiptAnswer.Verdict.choices)
    note = serializers.CharField(max_length=400, default="", allow_blank=True)


class ReceiptFormQuery(serializers.Serializer[Any]):
    """The form of a message."""

    form = serializers.ChoiceField(choices=list(RECEIPT_KINDS), default="recadv")


class ReceiptFormInput(serializers.Serializer[Any]):
    """The form to queue."""

    form = serializers.ChoiceField(choices=list(RECEIPT_KINDS))


class Receipts(MasterDataView):
    """Goods receipts of both sides: read them, or record one or a list of at most 500."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = ReceiptQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": ReceiptInput}
    replies: ClassVar[dict[str, Any]] = {"GET": ReceiptOutput, "POST": ReceiptOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first; a grant of some fields only opens no receipt."""
        asked = self.query()
        wanted = ReceiptFilter(
            view=asked["view"],
            part=asked["part_number"],
            number=asked["number"],
            partner_bpn=asked["partner"],
        )
        page = paginate(request, receipts(wanted))
        return Response(page.body(_bodies(receipt_rows(page.items))))

    @extend_schema(request=ReceiptInput)
    def post(self, request: Request) -> Response:
        """Take a delivery in; stock, counters and the supplier follow at once.

        The same ``sender_key`` again answers 200 and changes nothing.
        """
        return RECEIPTS.answer(request.data)


class OneReceipt(MasterDataView):
    """One receipt with its lines."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": ReceiptOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the receipt."""
        receipt = get_for_org(whole_rows(GoodsReceipt.objects.all()), pk=key)
        note_reads(GoodsReceipt, [receipt])
        return self.reply(_bodies(receipt_rows([receipt]))[0], etag_of(receipt))


class Cancellation(MasterDataView):
    """The end of a wrong receipt."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": ReceiptCancelInput}
    replies: ClassVar[dict[str, Any]] = {"POST": ReceiptOutput}

    @extend_schema(operation_id="goods_receipt_cancel")
    def post(self, request: Request, key: UUID) -> Response:
        """Take a receipt back by counter-entries; ``If-Match`` names the version that was read."""
        receipt = _own(key)
        require_match(request, receipt)
        gone = cancel_receipt(receipt.pk, reason=self.body()["reason"])
        return Response(_bodies(receipt_rows([gone]))[0], headers={"ETag": etag_of(gone)})


class Answer(MasterDataView):
    """What the supplier says to a receipt that differs from its advice."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": ReceiptAnswerInput}
    replies: ClassVar[dict[str, Any]] = {"POST": ReceiptOutput}

    @extend_schema(operation_id="goods_receipt_answer")
    def post(self, request: Request, key: UUID) -> Response:
        """Accept or dispute; once accepted, the counters follow what was received."""
        try:
            answer_receipt(key, **self.body())
        except GoodsReceipt.DoesNotExist:
            raise not_found() from None
        receipt = get_for_org(whole_rows(GoodsReceipt.objects.all()), pk=key)
        return Response(_bodies(receipt_rows([receipt]))[0])


class ReceiptMessage(MasterDataView):
    """A receipt as a message: to be read, or to be queued for the supplier's system."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = ReceiptFormQuery
    bodies: ClassVar[dict[str, Any]] = {"POST": ReceiptFormInput}
    replies: ClassVar[dict[str, Any]] = {"POST": OutboundOutput}

    @extend_schema(responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request, key: UUID) -> HttpResponse:
        """Return an own receipt as RECADV or X12 861; always the same bytes."""
        receipt = _own(key)
        form = self.query()["form"]
        note_reads(GoodsReceipt, [receipt])
        written = write_receipt(receipt_rows([receipt])[0], form)
        kind, ending = ENDINGS[form]
        response = HttpResponse(written.raw, content_type=kind)
        response["Content-Disposition"] = f'attachment; filename="receipt.{ending}"'
        return response

    def post(self, request: Request, key: UUID) -> Response:
        """Queue the receipt for the supplier, who is to acknowledge it in 24 hours."""
        _own(key)
        return Response(body_of(queue_receipt(key, form=self.body()["form"])), status=201)


def _own(key: UUID) -> GoodsReceipt:
    """Return an own receipt, locked; 404 for a customer's and a foreign one alike."""
    receipt: GoodsReceipt = get_for_org(
        GoodsReceipt.objects.select_for_update(of=("self",)), pk=key
    )
    if receipt.owner_id != acting_organisation_id():
        raise not_found()
    return receipt


def _take(rows: list[dict[str, Any]]) -> list[Verdict]:
    found: list[Verdict] = []
    for row in rows:
        try:
            with transaction.atomic():
                taken = record_receipt(_delivery(row))
        except Refused as refused:
            found.append(error_of(refused))
            continue
        found.append((201 if taken.is_new else 200, _reply(taken)))
    return found


def _delivery(told: dict[str, Any]) -> Delivery:
    lines = told.pop("lines", None)
    stated = None
    if lines is not None:
        stated = [
            StatedLine(
                **{name: value for name, value in line.items() if name != "labels"},
                labels=[StatedLabel(**label) for label in line["labels"]],
            )
            for line in lines
        ]
    return Delivery(
        **told,
        lines=stated,
        origin=GoodsReceipt.Origin.API.value,
        source_grade=SourceGrade.BOOKED.value,
    )


def _reply(taken: Taken) -> dict[str, Any]:
    return _bodies(receipt_rows([taken.receipt]))[0]


def _bodies(rows: list[ReceiptRow]) -> list[dict[str, Any]]:
    lines = lines_of_receipts([row.id for row in rows])
    return [_body(row, lines.get(row.id, [])) for row in rows]


def _body(row: ReceiptRow, lines: list[ReceiptLineRow]) -> dict[str, Any]:
    answer = row.answer
    return {
        "id": row.id,
        "number": row.number,
        "state": row.state,
        "customer": row.customer.bpn,
        "supplier": row.supplier.bpn,
        "advice": row.advice_id,
        "advice_number": row.advice_number,
        "delivery_note": row.delivery_note,
        "received_at": row.received_at,
        "site": row.site_code,
        "plate": row.plate,
        "is_different": row.is_different,
        "is_beyond": row.is_beyond,
        "source_grade": row.source_grade,
        "note": row.note,
        "answer": answer
        and {"verdict": answer.verdict, "note": answer.note, "answered_at": answer.answered_at},
        "lines": [shown(line, ReceiptLineOutput) for line in lines],
        "version": row.version,
    }


RECEIPTS = Statements(
    serializer=ReceiptInput,
    take=_take,
    one="a goods receipt",
    many="goods receipts",
    counted_as="recorded",
    refusal="Goods receipt not taken",
)
routes: list[URLPattern] = [
    path("goods-receipts", Receipts.as_view(), name="goods-receipts"),
    path("goods-receipts/<uuid:key>", OneReceipt.as_view(), name="goods-receipt"),
    path("goods-receipts/<uuid:key>/cancel", Cancellation.as_view(), name="goods-receipt-cancel"),
    path("goods-receipts/<uuid:key>/answer", Answer.as_view(), name="goods-receipt-answer"),
    path("goods-receipts/<uuid:key>/message", ReceiptMessage.as_view(),
         name="goods-receipt-message"),
]  # fmt: skip
