"""REST: dispatch advices, their corrections and labels, and packs by their licence plate."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID, uuid4

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
from collab.integration.problems import FieldError, Problem, not_found
from collab.masterdata.api.base import MasterDataView
from collab.organisations.context import acting_organisation_id
from transport.api.advice_bodies import (
    AdviceBody,
    AdviceInput,
    AdviceOutput,
    PackOutput,
    shown,
    shown_unit,
)
from transport.labels.pdf import labels_pdf
from transport.models import DispatchAdvice, HandlingUnit
from transport.queries.advice_messages import FORMS, write_advice
from transport.queries.advices import (
    VIEWS,
    AdviceFilter,
    advice_rows,
    advices,
    unit_rows,
    units_with_plate,
)
from transport.queries.labels import labels_of, part_of
from transport.queries.whole import whole_rows
from transport.rules.handling_units import Content, Unit
from transport.rules.label import Size
from transport.rules.licence_plate import normalised
from transport.services.advice_messages import queue_advice
from transport.services.advices import cancel_advice, correct_advice, send_advice
from transport.services.consignments import Consignment, NotSendable, StatedLine
from transport.services.places import partner_named, place_named
from transport.services.plates import give_plates

READ, ADVISE = "transport:read", "transport:advise"
ENDINGS = {"desadv": ("application/edifact", "edi"), "x12": ("application/edi-x12", "x12")}


class AdviceQuery(serializers.Serializer[Any]):
    """Filters of the list of advices."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    part_number = serializers.CharField(max_length=40, default="")
    number = serializers.CharField(max_length=35, default="")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class LabelQuery(serializers.Serializer[Any]):
    """The size of the labels [mm]."""

    size = serializers.ChoiceField(choices=[each.value for each in Size], default=Size.LARGE.value)
    part = serializers.IntegerField(
        min_value=1, max_value=99, default=1, help_text="Which file: each has at most 500 labels."
    )


class AdviceFormQuery(serializers.Serializer[Any]):
    """The form wanted."""

    form = serializers.ChoiceField(choices=FORMS, help_text="DESADV D.07A, or 856 of 004010.")


class AdviceFormInput(AdviceFormQuery):
    """In which form an advice is to go out."""


class PlateQuery(serializers.Serializer[Any]):
    """A licence plate as it was scanned, with its data identifier or without."""

    plate = serializers.CharField(max_length=60)


class Advices(MasterDataView):
    """Dispatch advices sent and received; POST sends one."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": ADVISE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = AdviceQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": AdviceInput}
    replies: ClassVar[dict[str, Any]] = {"GET": AdviceOutput, "POST": AdviceBody}

    def get(self, request: Request) -> Response:
        """Return a page, newest first; a grant of some fields only opens no advice."""
        asked = self.query()
        wanted = AdviceFilter(
            view=asked["view"],
            part=asked["part_number"],
            number=asked["number"],
            partner_bpn=asked["partner"],
        )
        page = paginate(request, advices(wanted))
        return Response(page.body([shown(row) for row in advice_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """Send an advice; the customer sees it at once. The same ``source_key`` again is the same.

        Packs without a licence plate get one. 422 names every reason that speaks against it.
        """
        told = _consignment(self.body())
        try:
            sent = send_advice(told)
        except NotSendable as refused:
            raise _unsendable(refused) from None
        return _reply(sent.advice, status=201 if sent.is_new else 200)


class OneAdvice(MasterDataView):
    """One advice with its lines and packs."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": AdviceBody}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the advice."""
        advice = get_for_org(whole_rows(DispatchAdvice.objects.all()), pk=key)
        note_reads(DispatchAdvice, [advice])
        return self.reply(_body(advice), etag_of(advice))


class Correction(MasterDataView):
    """A new revision in place of an advice."""

    scopes: ClassVar[dict[str, str]] = {"POST": ADVISE}
    bodies: ClassVar[dict[str, Any]] = {"POST": AdviceInput}
    replies: ClassVar[dict[str, Any]] = {"POST": AdviceBody}

    def post(self, request: Request, key: UUID) -> Response:
        """Replace an advice that is on its way; ``If-Match`` names the version that was read."""
        old = _own(key)
        require_match(request, old)
        told = replace(_consignment(self.body()), number=old.number)
        try:
            sent = correct_advice(old.pk, told)
        except NotSendable as refused:
            raise _unsendable(refused) from None
        return _reply(sent.advice, status=201)


class Cancellation(MasterDataView):
    """The end of an advice before the goods have arrived."""

    scopes: ClassVar[dict[str, str]] = {"POST": ADVISE}
    replies: ClassVar[dict[str, Any]] = {"POST": AdviceBody}

    @extend_schema(request=None, operation_id="dispatch_advice_cancel")
    def post(self, request: Request, key: UUID) -> Response:
        """Take an advice back; ``If-Match`` names the version that was read."""
        advice = _own(key)
        require_match(request, advice)
        return _reply(cancel_advice(advice.pk), status=200)


class Labels(MasterDataView):
    """The labels of an advice's packs."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = LabelQuery

    @extend_schema(responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request, key: UUID) -> HttpResponse:
        """Return the labels as PDF, sheets of A4; 404 for an advice that tells no packs."""
        advice = get_for_org(whole_rows(DispatchAdvice.objects.all()), pk=key)
        note_reads(DispatchAdvice, [advice])
        asked = self.query()
        found = part_of(labels_of(advice_rows([advice])[0]), asked["part"])
        if not found:
            raise not_found()
        raw = labels_pdf(found, Size(asked["size"]), title=advice.number)
        return _file(raw, "application/pdf", f"labels-{advice.number}", "pdf")


class AdviceMessage(MasterDataView):
    """An advice as a message: to be read, or to be queued for the customer's system."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": ADVISE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = AdviceFormQuery
    bodies: ClassVar[dict[str, Any]] = {"POST": AdviceFormInput}
    replies: ClassVar[dict[str, Any]] = {"POST": OutboundOutput}

    @extend_schema(responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request, key: UUID) -> HttpResponse:
        """Return the advice in that form; the same advice is always the same bytes."""
        advice = get_for_org(whole_rows(DispatchAdvice.objects.all()), pk=key)
        form = self.query()["form"]
        note_reads(DispatchAdvice, [advice])
        written = write_advice(advice_rows([advice])[0], form)
        return _file(written.raw, ENDINGS[form][0], f"advice-{advice.number}", ENDINGS[form][1])

    def post(self, request: Request, key: UUID) -> Response:
        """Queue the advice in the outbox for the customer, who is to acknowledge it in 24 hours."""
        _own(key)  # before the body: a foreign key is not there
        return Response(body_of(queue_advice(key, form=self.body()["form"])), status=201)


class Units(MasterDataView):
    """Packs on the way or received, found by what is scanned."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = PlateQuery
    lists: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": PackOutput}

    def get(self, request: Request) -> Response:
        """Return the packs with that plate; two issuers never give the same one."""
        page = paginate(request, units_with_plate(self.query()["plate"]))
        return Response(page.body([shown_unit(row) for row in unit_rows(page.items)]))


def _own(key: UUID) -> DispatchAdvice:
    """Return an own advice, locked; 404 for a customer's and a foreign one alike."""
    advice: DispatchAdvice = get_for_org(
        DispatchAdvice.objects.select_for_update(of=("self",)), pk=key
    )
    if advice.owner_id != acting_organisation_id():
        raise not_found()
    return advice


def _reply(advice: DispatchAdvice, *, status: int) -> Response:
    return Response(_body(advice), status=status, headers={"ETag": etag_of(advice)})


def _body(advice: DispatchAdvice) -> dict[str, Any]:
    rows = whole_rows(HandlingUnit.objects.filter(advice_id=advice.pk)).order_by("position")
    row = advice_rows([advice])[0]
    return shown(row, whole=True) | {"units": [shown_unit(unit) for unit in unit_rows(rows)]}


def _consignment(told: dict[str, Any]) -> Consignment:
    customer_id = partner_named(told["customer"], field="customer")
    number = told["number"]
    bare = sum(1 for unit in told["units"] if not unit["licence_plate"])
    plates = iter(give_plates(bare))
    return Consignment(
        customer_id=customer_id,
        ship_from=place_named(told["ship_from"], field="ship_from"),
        ship_to=place_named(told["ship_to"], field="ship_to"),
        lines=[StatedLine(**{"schedule_line_id": None, **line}) for line in told["lines"]],
        units=[_unit(unit, plates) for unit in told["units"]],
        gross_kg=Decimal(told["gross_weight_kg"]),
        net_kg=Decimal(told["net_weight_kg"]),
        despatched_at=told["despatched_at"],
        expected_at=told["expected_at"],
        source_key=told["source_key"] or f"api:{number or uuid4()}:{customer_id}",
        number=number,
        dock=told["dock"],
        shipment_number=told["shipment_number"],
        transport_document=told["transport_document"],
        carrier_name=told["carrier_name"],
        plate=told["plate"],
        origin="api",
    )


def _unit(told: dict[str, Any], plates: Iterator[str]) -> Unit:
    """Return a pack; one without a plate takes the next of ``plates``."""
    return Unit(
        key=told["key"],
        parent=told["inside"],
        pack_type=told["pack_type"],
        plate=normalised(told["licence_plate"]) or next(plates),
        contents=tuple(Content(each["line"], each["quantity"]) for each in told["contents"]),
        gross_kg=told["gross_weight_kg"],
        lot=told["lot"],
        asset=told["returnable_asset"],
    )


def _unsendable(refused: NotSendable) -> Problem:
    errors = [FieldError(each.field, each.expected, each.value) for each in refused.problems[:100]]
    return Problem(422, "Advice refused", "Nothing was sent.", errors)


def _file(raw: bytes, kind: str, name: str, ending: str) -> HttpResponse:
    response = HttpResponse(raw, content_type=kind)
    safe = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name)[:60]
    response["Content-Disposition"] = f'attachment; filename="{safe}.{ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


routes: list[URLPattern] = [
    path("dispatch-advices", Advices.as_view(), name="dispatch-advices"),
    path("dispatch-advices/<uuid:key>", OneAdvice.as_view(), name="dispatch-advice"),
    path(
        "dispatch-advices/<uuid:key>/correction",
        Correction.as_view(),
        name="dispatch-advice-correction",
    ),
    path(
        "dispatch-advices/<uuid:key>/cancellation",
        Cancellation.as_view(),
        name="dispatch-advice-cancellation",
    ),
    path("dispatch-advices/<uuid:key>/labels", Labels.as_view(), name="dispatch-advice-labels"),
    path(
        "dispatch-advices/<uuid:key>/message",
        AdviceMessage.as_view(),
        name="dispatch-advice-message",
    ),
    path("handling-units", Units.as_view(), name="handling-units"),
]
