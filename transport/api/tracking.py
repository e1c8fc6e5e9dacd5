"""REST: what carriers report beside positions, and links for drivers."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.lists import paginate
from collab.integration.problems import FieldError, not_found
from collab.integration.statements import Statements, Verdict
from collab.integration.views import View
from collab.masterdata.refusals import Refused
from transport.models import CarrierReport, TrackingLink
from transport.services.carrier_reports import Statement, report
from transport.services.links import NewLink, NotFollowed, open_driver_link, revoke_driver_link

READ, ADVISE = "transport:read", "transport:advise"


class ReportInput(serializers.Serializer[Any]):
    """A milestone, document, sensor reading or expected arrival of one load."""

    load = serializers.CharField(max_length=40, help_text="Number or id of an active load.")
    kind = serializers.ChoiceField(choices=CarrierReport.Kind.choices)
    code = serializers.CharField(max_length=30, help_text="arrived, loaded, departed, unloaded …")
    happened_at = serializers.DateTimeField(help_text="With its zone.")
    stop = serializers.IntegerField(
        min_value=1, max_value=99, required=False, allow_null=True, help_text="Else the next one."
    )
    facts = serializers.DictField(
        child=serializers.CharField(max_length=200), required=False, help_text="At most 20 values."
    )
    key = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)

    def validate_facts(self, value: dict[str, str]) -> dict[str, str]:
        """Refuse more than 20 values."""
        if len(value) > 20:
            raise serializers.ValidationError("at most 20 values")
        return value


class ReportOutput(serializers.Serializer[Any]):
    """A stored report."""

    id = serializers.UUIDField()
    load_id = serializers.UUIDField()
    load_number = serializers.CharField()
    kind = serializers.CharField()
    code = serializers.CharField()
    stop_sequence = serializers.IntegerField(allow_null=True)
    facts = serializers.JSONField()
    happened_at = serializers.DateTimeField()


class ReportQuery(serializers.Serializer[Any]):
    """Filters of the list of reports."""

    load = serializers.UUIDField(required=False, help_text="Id of a load.")
    kind = serializers.ChoiceField(choices=CarrierReport.Kind.choices, required=False)


class LinkInput(serializers.Serializer[Any]):
    """Whose driver is to get a link."""

    load = serializers.UUIDField(help_text="Id of an active load.")


class LinkOutput(serializers.Serializer[Any]):
    """How a load is followed."""

    id = serializers.UUIDField()
    load_id = serializers.UUIDField()
    load_number = serializers.CharField()
    means = serializers.CharField()
    device = serializers.CharField()
    active_from = serializers.DateTimeField()
    active_until = serializers.DateTimeField()
    consented_at = serializers.DateTimeField(allow_null=True)
    stopped_at = serializers.DateTimeField(allow_null=True)


class NewLinkOutput(LinkOutput):
    """A driver's link; its address is told here and never again."""

    url = serializers.CharField()


class CarrierReports(View):
    """Report milestones, documents, sensor readings and expected arrivals; read them."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": ADVISE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = ReportQuery
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": ReportInput}
    replies: ClassVar[dict[str, Any]] = {"GET": ReportOutput, "POST": ReportOutput}

    def get(self, request: Request) -> Response:
        """Return a page of reports, newest first."""
        asked = self.query()
        rows = CarrierReport.objects.all()
        if "load" in asked:
            rows = rows.filter(load_id=asked["load"])
        if "kind" in asked:
            rows = rows.filter(kind=asked["kind"])
        page = paginate(request, rows, order="-happened_at")
        return Response(page.body(ReportOutput(page.items, many=True).data))

    def post(self, request: Request) -> Response:
        """Take one report, or a list of at most 500 that is answered row by row."""
        return REPORTS.answer(request.data)


def _take(rows: list[dict[str, Any]]) -> Sequence[Verdict]:
    return [_taken(row) for row in rows]


def _taken(row: dict[str, Any]) -> Verdict:
    try:
        stated = report(Statement(**row), now=timezone.now())
    except Refused as refused:
        return FieldError(refused.field, refused.expected, refused.value)
    return (201 if stated.is_new else 200), dict(ReportOutput(stated.report).data)


REPORTS = Statements(
    serializer=ReportInput,
    take=_take,
    one="a report",
    many="reports",
    counted_as="recorded",
    refusal="Report not taken",
)


class TrackingLinks(View):
    """How your loads are followed; make a link for a driver."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": ADVISE}
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": LinkInput}
    replies: ClassVar[dict[str, Any]] = {"GET": LinkOutput, "POST": NewLinkOutput}

    def get(self, request: Request) -> Response:
        """Return a page of links, newest first."""
        self.query()
        page = paginate(request, TrackingLink.objects.all(), order="-created_at")
        return Response(page.body(LinkOutput(page.items, many=True).data))

    def post(self, request: Request) -> Response:
        """Make a driver's link; an older one of the same load opens nothing any more."""
        try:
            made = open_driver_link(self.body()["load"], now=timezone.now())
        except NotFollowed:
            raise not_found() from None
        shown = dict(LinkOutput(made.link).data)
        response = Response({**shown, "url": address_of(made)}, status=201)
        response.replay_data = {**shown, "url": ""}  # type: ignore[attr-defined]  # told once
        return response


class OneTrackingLink(View):
    """One driver's link."""

    scopes: ClassVar[dict[str, str]] = {"DELETE": ADVISE}
    statuses: ClassVar[dict[str, int]] = {"DELETE": 204}

    def delete(self, request: Request, link_id: UUID) -> Response:
        """Revoke the link: its address opens nothing from now on."""
        try:
            revoke_driver_link(link_id, now=timezone.now())
        except NotFollowed:
            raise not_found() from None
        return Response(status=204)


def address_of(made: NewLink) -> str:
    """Return the whole address of a driver's link."""
    base: str = settings.ENVIRONMENT.base_url
    return base.rstrip("/") + reverse("driver", args=[made.token])


routes: list[URLPattern] = [
    path("carrier-reports", CarrierReports.as_view(), name="carrier-reports"),
    path("tracking-links", TrackingLinks.as_view(), name="tracking-links"),
    path("tracking-links/<uuid:link_id>", OneTrackingLink.as_view(), name="tracking-link"),
]
