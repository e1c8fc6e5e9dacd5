"""REST: positions of vehicles in batches, and what was set aside."""

from typing import Any, ClassVar

import msgspec
from django.urls import URLPattern, path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.lists import paginate
from collab.integration.problems import FieldError, Problem
from collab.integration.views import View
from transport.models import Position, SetAside
from transport.services.positions import MOST, PositionReport, Verdict, record_positions

READ, ADVISE = "transport:read", "transport:advise"
MALFORMED = "malformed"


class PositionInput(serializers.Serializer[Any]):
    """One position of a load or of a device; send up to 1,000 as a list."""

    load = serializers.CharField(
        max_length=40, required=False, help_text="Number or id of an active load of yours."
    )
    device = serializers.CharField(
        max_length=40, required=False, help_text="Plate or unit; enough where no load is named."
    )
    latitude = serializers.FloatField(help_text="Degrees, WGS 84.")
    longitude = serializers.FloatField(help_text="Degrees, WGS 84.")
    recorded_at = serializers.DateTimeField(help_text="With its zone.")
    speed_kmh = serializers.FloatField(min_value=0, max_value=300, required=False, allow_null=True)
    heading = serializers.FloatField(min_value=0, max_value=360, required=False, allow_null=True)
    key = serializers.CharField(
        max_length=120, required=False, help_text="Yours; else device and time make one."
    )


class PositionVerdict(serializers.Serializer[Any]):
    """What became of one report that was not simply recorded."""

    row = serializers.IntegerField(help_text="Place in the list, from 0.")
    status = serializers.ChoiceField(choices=["known", "set_aside", "malformed"])
    cause = serializers.CharField(help_text="Code; empty for a known one.")
    reason = serializers.CharField()


class PositionsOutput(serializers.Serializer[Any]):
    """What became of a batch; ``rows`` names all but the recorded ones."""

    recorded = serializers.IntegerField()
    known = serializers.IntegerField()
    set_aside = serializers.IntegerField()
    rows = PositionVerdict(many=True)


class PositionRow(serializers.Serializer[Any]):
    """One stored position."""

    id = serializers.UUIDField()
    load_id = serializers.UUIDField()
    device = serializers.CharField()
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    speed_kmh = serializers.FloatField(allow_null=True)
    heading = serializers.FloatField(allow_null=True)
    recorded_at = serializers.DateTimeField()


class PositionQuery(serializers.Serializer[Any]):
    """Filters of the list of positions."""

    load = serializers.UUIDField(required=False, help_text="Id of a load.")


class SetAsideRow(serializers.Serializer[Any]):
    """How many reports of a device were set aside on a day, and why."""

    id = serializers.UUIDField()
    device = serializers.CharField()
    reason = serializers.CharField()
    on = serializers.DateField()
    reports = serializers.IntegerField()
    example = serializers.JSONField()
    last_at = serializers.DateTimeField()


class Positions(View):
    """Report where vehicles are; read the positions that you may see, newest first.

    A report that cannot be believed is set aside and counted; the answer says why, report by
    report. The same report twice is stored once.
    """

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": ADVISE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = PositionQuery
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": PositionInput}
    replies: ClassVar[dict[str, Any]] = {"GET": PositionRow, "POST": PositionsOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 207}

    def get(self, request: Request) -> Response:
        """Return a page of positions."""
        rows = Position.objects.all()
        if load := self.query().get("load"):
            rows = rows.filter(load_id=load)
        page = paginate(request, rows, order="-recorded_at")
        return Response(page.body(PositionRow(page.items, many=True).data))

    @extend_schema(request=PositionInput(many=True))
    def post(self, request: Request) -> Response:
        """Take a batch."""
        data = request.data
        rows = data if isinstance(data, list) else [data]
        if not 1 <= len(rows) <= MOST:
            errors = [FieldError("", f"1 to {MOST} positions", len(rows))]
            raise Problem(400, "Invalid input", "The list has a wrong length.", errors)
        reports, answers = _read(rows)
        verdicts = record_positions(list(reports.values()), received_at=timezone.now())
        for place, verdict in zip(reports, verdicts, strict=True):
            if verdict.status != "recorded":
                answers.append(_answer(place, verdict))
        known = sum(verdict.status == "known" for verdict in verdicts)
        recorded = sum(verdict.status == "recorded" for verdict in verdicts)
        body = {
            "recorded": recorded,
            "known": known,
            "set_aside": len(rows) - recorded - known,
            "rows": sorted(answers, key=lambda each: int(each["row"])),
        }
        return Response(body, status=207)


class SetAsides(View):
    """Position reports that were set aside, counted by device, reason and day."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    lists = True
    replies: ClassVar[dict[str, Any]] = {"GET": SetAsideRow}

    def get(self, request: Request) -> Response:
        """Return a page of counts, newest first."""
        self.query()
        page = paginate(request, SetAside.objects.all(), order="-last_at")
        return Response(page.body(SetAsideRow(page.items, many=True).data))


def _read(rows: list[Any]) -> tuple[dict[int, PositionReport], list[dict[str, Any]]]:
    """Return the readable reports by their place, and an answer for each of the others."""
    reports: dict[int, PositionReport] = {}
    answers: list[dict[str, Any]] = []
    for place, row in enumerate(rows):
        try:
            report = msgspec.convert(row, PositionReport)
            if not (report.load or report.device):
                raise msgspec.ValidationError("Expected a load or a device")
            reports[place] = report
        except msgspec.ValidationError as error:
            answers.append(
                {"row": place, "status": MALFORMED, "cause": MALFORMED, "reason": str(error)}
            )
    return reports, answers


def _answer(place: int, verdict: Verdict) -> dict[str, Any]:
    return {
        "row": place,
        "status": verdict.status,
        "cause": verdict.cause,
        "reason": verdict.reason,
    }


routes: list[URLPattern] = [
    path("positions", Positions.as_view(), name="positions"),
    path("positions/set-aside", SetAsides.as_view(), name="positions-set-aside"),
]
