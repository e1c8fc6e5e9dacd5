"""REST: working calendars and the days that differ."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.masterdata import services
from collab.masterdata.api.base import (
    READ,
    VERSIONED,
    WRITE,
    MasterDataView,
    partner_by_bpn,
)
from collab.masterdata.models import WorkingCalendar
from collab.masterdata.queries.calendars import CalendarRow, calendar_rows
from collab.masterdata.refusals import Refused
from collab.masterdata.services import DayOff
from collab.organisations.models import Site


class ExceptionBody(serializers.Serializer[Any]):
    """A day that differs from the week."""

    on = serializers.DateField()
    name = serializers.CharField(max_length=80)
    is_working = serializers.BooleanField(default=False)


class CalendarBody(serializers.Serializer[Any]):
    """The body of a calendar: of a site, of one of its docks, or of a partner."""

    name = serializers.CharField(max_length=80)
    site = serializers.CharField(
        max_length=20, required=False, allow_null=True, help_text="Code of an own site."
    )
    dock = serializers.CharField(max_length=20, required=False, allow_blank=True)
    partner = serializers.CharField(max_length=16, required=False, allow_null=True, help_text="BPN")
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7), required=False, max_length=7
    )
    opens_at = serializers.TimeField(required=False, allow_null=True)
    closes_at = serializers.TimeField(required=False, allow_null=True)
    exceptions = ExceptionBody(many=True, required=False)


class CalendarOutput(serializers.Serializer[Any]):
    """A working calendar."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    site = serializers.CharField(allow_null=True)
    dock = serializers.CharField(allow_blank=True)
    partner = serializers.CharField(allow_null=True)
    weekdays = serializers.ListField(child=serializers.IntegerField())
    opens_at = serializers.TimeField(allow_null=True)
    closes_at = serializers.TimeField(allow_null=True)
    exceptions = ExceptionBody(many=True)
    version = serializers.IntegerField()


class Calendars(MasterDataView):
    """Working calendars."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": CalendarBody}
    replies: ClassVar[dict[str, Any]] = {"GET": CalendarOutput, "POST": CalendarOutput}

    def get(self, request: Request) -> Response:
        """List calendars by name."""
        self.query()
        rows = WorkingCalendar.objects.select_related("site", "partner")
        page = paginate(request, rows, order="name")
        return Response(page.body([shown(row) for row in calendar_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """Create a calendar with its exceptions."""
        body = _understood(self.body())
        days = [DayOff(**day) for day in body.pop("exceptions", [])]
        return _answer(services.create_calendar(exceptions=days, **body), status=201)


class OneCalendar(MasterDataView):
    """One working calendar."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": CalendarBody}
    replies: ClassVar[dict[str, Any]] = {"GET": CalendarOutput, "PATCH": CalendarOutput}
    versioned = VERSIONED

    def get(self, request: Request, calendar_id: UUID) -> Response:
        """Return the calendar with all its exceptions."""
        calendar = get_for_org(WorkingCalendar, pk=calendar_id)
        return self.reply(shown(calendar_rows([calendar])[0]), etag_of(calendar))

    def patch(self, request: Request, calendar_id: UUID) -> Response:
        """Change the calendar; ``exceptions`` replaces all of them."""
        calendar = self.locked(WorkingCalendar, calendar_id)
        body = _understood(self.body(partial=True))
        days = body.pop("exceptions", None)
        if body:
            calendar = services.update_calendar(calendar_id, **body)
        if days is not None:
            calendar = services.set_exceptions(calendar_id, [DayOff(**day) for day in days])
        return _answer(calendar)

    def delete(self, request: Request, calendar_id: UUID) -> Response:
        """Delete the calendar."""
        self.locked(WorkingCalendar, calendar_id)
        services.remove_calendar(calendar_id)
        return Response(status=204)


def shown(row: CalendarRow) -> dict[str, Any]:
    """Return the calendar as the API shows it."""
    return {
        "id": row.id,
        "name": row.name,
        "site": row.site_code or None,
        "dock": row.dock,
        "partner": row.partner_bpn or None,
        "weekdays": list(row.weekdays),
        "opens_at": row.opens_at,
        "closes_at": row.closes_at,
        "exceptions": [
            {"on": day.on, "name": day.name, "is_working": day.is_working} for day in row.exceptions
        ],
        "version": row.version,
    }


def _understood(body: dict[str, Any]) -> dict[str, Any]:
    if (code := body.get("site")) is not None:
        body["site"] = Site.objects.filter(code=code).first()
        if body["site"] is None:
            raise Refused("site", "the code of a site of yours", code)
    if (bpn := body.get("partner")) is not None:
        body["partner"] = partner_by_bpn(bpn)
    return body


def _answer(calendar: WorkingCalendar, status: int = 200) -> Response:
    body = shown(calendar_rows([calendar])[0])
    return Response(body, status=status, headers={"ETag": etag_of(calendar)})
