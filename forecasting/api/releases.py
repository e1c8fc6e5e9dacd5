"""REST: delivery schedules, and what suppliers answer."""

from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of, tag
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import not_found
from collab.masterdata.api.base import MasterDataView
from forecasting.models import (
    Category,
    Commitment,
    DeliverySchedule,
    ReleaseAnswer,
)
from forecasting.queries.releases import (
    VIEWS,
    LineRow,
    ScheduleFilter,
    ScheduleRow,
    lines_of_schedule,
    schedule_rows,
    schedules,
)
from forecasting.services.answers import LineAnswer, accept, acknowledge, answer_release
from forecasting.services.documents import GoAhead
from forecasting.services.intake import StatedLine, StatedSchedule, take_schedule

READ, WRITE, COMMIT = "forecasting:read", "forecasting:write", "forecasting:commit"
MOST = 5_000
RENAMED = {"site_code": "site"}


class ScheduleQuery(serializers.Serializer[Any]):
    """Filters of the list of schedules."""

    view = serializers.ChoiceField(choices=VIEWS, default="current")
    part_number = serializers.CharField(max_length=40, default="")
    site = serializers.CharField(max_length=20, default="")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")
    series = serializers.UUIDField(required=False)
    batch = serializers.UUIDField(required=False)


class LineInput(serializers.Serializer[Any]):
    """One line: a discrete quantity due on a day, or between two days."""

    commitment = serializers.ChoiceField(choices=Commitment.choices)
    due_from = serializers.DateField()
    due_until = serializers.DateField(required=False, allow_null=True, default=None)
    quantity = serializers.DecimalField(max_digits=24, decimal_places=9, min_value=0)


class GoAheadInput(serializers.Serializer[Any]):
    """A cumulative quantity you answer for, until a day."""

    quantity = serializers.DecimalField(max_digits=24, decimal_places=9, min_value=0)
    until = serializers.DateField()


class ScheduleInput(serializers.Serializer[Any]):
    """A whole delivery schedule of one part; it replaces the last one wholly."""

    supplier = serializers.CharField(max_length=16, help_text="BPN of your supplier.")
    part_number = serializers.CharField(max_length=40)
    site = serializers.CharField(max_length=20, default="", allow_blank=True)
    category = serializers.ChoiceField(choices=Category.choices, default=Category.DEFAULT.value)
    unit = serializers.CharField(max_length=30, default="", allow_blank=True)
    document_number = serializers.CharField(max_length=35, default="", allow_blank=True)
    previous_document_number = serializers.CharField(max_length=35, default="", allow_blank=True)
    issued_at = serializers.DateTimeField()
    unloading_point = serializers.CharField(max_length=25, default="", allow_blank=True)
    received_cumulative = serializers.DecimalField(
        max_digits=24, decimal_places=9, min_value=0, required=False, allow_null=True, default=None
    )
    received_since = serializers.DateField(required=False, allow_null=True, default=None)
    in_transit = serializers.DecimalField(
        max_digits=24, decimal_places=9, min_value=0, required=False, allow_null=True, default=None
    )
    production_go_ahead = GoAheadInput(required=False, allow_null=True, default=None)
    material_go_ahead = GoAheadInput(required=False, allow_null=True, default=None)
    lines = LineInput(many=True, min_length=1, max_length=1_000)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=400, default="", allow_blank=True)
    source_key = serializers.CharField(
        max_length=120,
        default="",
        allow_blank=True,
        help_text="Your key of this statement: sent again, it changes nothing.",
    )


class TakenOutput(serializers.Serializer[Any]):
    """What became of a stated schedule: published, or held as a draft, or of no effect."""

    schedule = serializers.UUIDField(allow_null=True)
    draft = serializers.UUIDField(allow_null=True)
    state = serializers.CharField()
    place = serializers.CharField(help_text="first, next, gap, equal or old in the sequence.")


class AnswerLine(serializers.Serializer[Any]):
    """The answer to one line."""

    position = serializers.IntegerField(min_value=1, max_value=32_767)
    verdict = serializers.ChoiceField(choices=["accepted", "rejected"])
    reason = serializers.CharField(max_length=200, default="", allow_blank=True)


class ReleaseAnswerInput(serializers.Serializer[Any]):
    """What you say to a release; lines overrule the verdict of the whole."""

    verdict = serializers.ChoiceField(choices=["acknowledged", "accepted", "rejected"])
    lines = AnswerLine(  # type: ignore[call-arg]
        many=True, required=False, default=list, max_length=1_000
    )
    note = serializers.CharField(max_length=400, default="", allow_blank=True)


class ReleaseAnswerOutput(serializers.Serializer[Any]):
    """Your answer as it stands."""

    id = serializers.UUIDField()
    schedule = serializers.UUIDField()
    verdict = serializers.CharField()
    lines = serializers.DictField()
    note = serializers.CharField()
    answered_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class ReleaseAnswersInput(serializers.Serializer[Any]):
    """Many releases answered alike, as they are."""

    verdict = serializers.ChoiceField(choices=["acknowledged", "accepted"])
    schedules = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST)


class AnsweredOutput(serializers.Serializer[Any]):
    """How many answers that changed."""

    answered = serializers.IntegerField()


class DeliverySchedules(MasterDataView):
    """Delivery schedules sent and received; POST states one from your system."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = ScheduleQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": ScheduleInput}
    replies: ClassVar[dict[str, Any]] = {"POST": TakenOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first; fields that no grant opens are absent."""
        asked = self.query()
        wanted = ScheduleFilter(
            view=asked["view"],
            part=asked["part_number"],
            site=asked["site"],
            partner_bpn=asked["partner"],
            series=asked.get("series"),
            batch=asked.get("batch"),
        )
        page = paginate(request, schedules(wanted))
        return Response(page.body([shown(row) for row in schedule_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """State a schedule: published at once, or held where it deviates beyond its tolerance."""
        told = self.body()
        taken = take_schedule(
            StatedSchedule(
                **{
                    **told,
                    "lines": [StatedLine(**line) for line in told["lines"]],
                    "production_go_ahead": _go_ahead(told["production_go_ahead"]),
                    "material_go_ahead": _go_ahead(told["material_go_ahead"]),
                }
            )
        )
        body = {
            "schedule": taken.schedule.pk if taken.schedule else None,
            "draft": taken.draft.pk if taken.draft else None,
            "state": taken.draft.state if taken.draft else "ignored",
            "place": taken.place,
        }
        return Response(body, status=201 if taken.schedule and taken.draft else 200)


class OneDeliverySchedule(MasterDataView):
    """One delivery schedule with its lines."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the schedule; hidden fields are absent."""
        schedule = get_for_org(DeliverySchedule, pk=key)
        note_reads(DeliverySchedule, [schedule])
        row = schedule_rows([schedule])[0]
        body = shown(row) | {"lines": [line_body(line) for line in lines_of_schedule(row)]}
        stamp = row.answer.answered_at if row.answer else ""
        return self.reply(body, tag("schedule", key, row.is_current, stamp))


class OneAnswer(MasterDataView):
    """Your answer to one release."""

    scopes: ClassVar[dict[str, str]] = {"POST": COMMIT}
    bodies: ClassVar[dict[str, Any]] = {"POST": ReleaseAnswerInput}
    replies: ClassVar[dict[str, Any]] = {"POST": ReleaseAnswerOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def post(self, request: Request, key: UUID) -> Response:
        """Acknowledge, accept or reject, whole or by line; frozen after the response time."""
        told = self.body()
        lines = {
            each["position"]: LineAnswer(verdict=each["verdict"], reason=each["reason"])
            for each in told["lines"]
        }
        try:
            answer = answer_release(key, verdict=told["verdict"], lines=lines, note=told["note"])
        except DeliverySchedule.DoesNotExist:
            raise not_found() from None
        return Response(answer_body(answer), headers={"ETag": etag_of(answer)})


class Answers(MasterDataView):
    """Many releases answered alike."""

    scopes: ClassVar[dict[str, str]] = {"POST": COMMIT}
    bodies: ClassVar[dict[str, Any]] = {"POST": ReleaseAnswersInput}
    replies: ClassVar[dict[str, Any]] = {"POST": AnsweredOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def post(self, request: Request) -> Response:
        """Acknowledge or accept releases made to you; others are left alone."""
        told = self.body()
        act = accept if told["verdict"] == "accepted" else acknowledge
        return Response({"answered": act(told["schedules"])})


def shown(row: ScheduleRow) -> dict[str, Any]:
    """Return a schedule as the API shows it: key, owner and what the grants open."""
    body: dict[str, Any] = {
        "id": row.id,
        "series": row.series_id,
        "batch": row.batch_id,
        "customer": row.customer.bpn,
        "release": row.release,
        "is_current": row.is_current,
    }
    body |= {
        RENAMED.get(name, name): value
        for name, value in row.values.items()
        if name not in {"counterparty", "lines"}
    }
    if row.supplier.bpn:
        body["supplier"] = row.supplier.bpn
    if row.answer is not None:
        body["answer"] = {"verdict": row.answer.verdict, "note": row.answer.note}
    return body


def line_body(line: LineRow) -> dict[str, Any]:
    """Return a line as the API shows it."""
    return {
        "position": line.position,
        "commitment": line.commitment,
        "due_from": line.due_from,
        "due_until": line.due_until,
        "quantity": line.quantity,
        "cumulative": line.cumulative,
        "verdict": line.verdict,
        "reason": line.reason,
        "advised": line.advised,
    }


def answer_body(answer: ReleaseAnswer) -> dict[str, Any]:
    """Return an answer as the API shows it."""
    return {
        "id": answer.pk,
        "schedule": answer.schedule_id,
        "verdict": answer.verdict,
        "lines": answer.lines,
        "note": answer.note,
        "answered_at": answer.answered_at,
        "version": answer.version,
    }


def _go_ahead(told: dict[str, Any] | None) -> GoAhead | None:
    if told is None:
        return None
    until: date = told["until"]
    return GoAhead(quantity=told["quantity"], until=until)


routes: list[URLPattern] = [
    path("delivery-schedules", DeliverySchedules.as_view(), name="delivery-schedules"),
    path("delivery-schedules/answers", Answers.as_view(), name="release-answers"),
    path("delivery-schedules/<uuid:key>", OneDeliverySchedule.as_view(), name="delivery-schedule"),
    path("delivery-schedules/<uuid:key>/answer", OneAnswer.as_view(), name="release-answer"),
]
