"""REST: a release or a capacity group in the form that partners' systems read."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from django.urls import URLPattern, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.inbox.outbox_api import OutboundOutput, body_of
from collab.integration.lists import note_reads
from collab.integration.lookups import get_for_org
from collab.integration.problems import FieldError, Problem, not_found
from collab.masterdata.api.base import MasterDataView
from forecasting.api.plan_base import READ, WRITE
from forecasting.models import CapacityGroup, DeliverySchedule
from forecasting.queries.capacity import group_rows
from forecasting.queries.outgoing import (
    FORMS,
    NotSayable,
    Written,
    write_capacity,
    write_schedule,
)
from forecasting.queries.releases import lines_of_schedule, schedule_rows
from forecasting.services.outgoing import send_schedule

CONTENT_TYPES = {"edifact": "application/edifact", "x12": "application/edi-x12"}
ENDINGS = {"edifact": "edi", "x12": "x12"}


class FormQuery(serializers.Serializer[Any]):
    """The form wanted."""

    form = serializers.ChoiceField(
        choices=FORMS,
        help_text="DELFOR D.04A, 830 of 004010, or the aspect week_based_material_demand 3.0.1.",
    )


class FormInput(FormQuery):
    """In which form a release is to go out."""


class ScheduleMessage(MasterDataView):
    """A release as a message: to be read, or to be queued for the supplier's system."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = FormQuery
    bodies: ClassVar[dict[str, Any]] = {"POST": FormInput}
    replies: ClassVar[dict[str, Any]] = {"POST": OutboundOutput}

    @extend_schema(responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request, key: UUID) -> HttpResponse:
        """Return the release in that form; the same release is always the same bytes.

        409 where the form cannot say it, naming what is missing or not shared.
        """
        schedule = get_for_org(DeliverySchedule, pk=key)
        form = self.query()["form"]
        note_reads(DeliverySchedule, [schedule])
        row = schedule_rows([schedule])[0]
        try:
            written = write_schedule(row, lines_of_schedule(row), form)
        except NotSayable as reason:
            raise conflict(reason) from None
        return file_of(written, f"release-{row.document_number or row.release}")

    def post(self, request: Request, key: UUID) -> Response:
        """Queue the release in the outbox for the supplier, who is to acknowledge it in 24 hours.

        Only the release that counts, and only by its customer.
        """
        try:
            get_for_org(DeliverySchedule, pk=key)  # before the body: a foreign key is not there
            made = send_schedule(key, form=self.body()["form"])
        except DeliverySchedule.DoesNotExist:
            raise not_found() from None
        return Response(body_of(made), status=201)


class CapacityMessage(MasterDataView):
    """A capacity group as the aspect week_based_capacity_group 3.0.1."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}

    @extend_schema(responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request, key: UUID) -> HttpResponse:
        """Return the group; 409 where the form cannot say it."""
        group = get_for_org(CapacityGroup, pk=key)
        note_reads(CapacityGroup, [group])
        try:
            written = write_capacity(group_rows([group])[0])
        except NotSayable as reason:
            raise conflict(reason) from None
        return file_of(written, f"capacity-{group.pk}")


def conflict(reason: NotSayable) -> Problem:
    """Return what the API answers for what a form cannot say."""
    errors = [FieldError(reason.field, reason.expected, reason.found)]
    return Problem(409, "Conflict", "This form cannot say it.", errors)


def file_of(written: Written, name: str) -> HttpResponse:
    """Return a message as a file."""
    syntax = written.kind.partition(":")[0]
    kind = CONTENT_TYPES.get(syntax, "application/json")
    response = HttpResponse(written.raw, content_type=kind)
    safe = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name)[:60]
    ending = ENDINGS.get(syntax, "json")
    response["Content-Disposition"] = f'attachment; filename="{safe}.{ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


routes: list[URLPattern] = [
    path(
        "delivery-schedules/<uuid:key>/message",
        ScheduleMessage.as_view(),
        name="delivery-schedule-message",
    ),
    path("capacity-groups/<uuid:key>/message", CapacityMessage.as_view(), name="capacity-message"),
]
