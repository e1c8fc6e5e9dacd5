"""REST: releases to commit, commits by week, the customer's verdict."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of, tag
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import Problem
from collab.masterdata.api.base import MasterDataView
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, names_of
from forecasting.api.plan_base import COMMIT, READ, WRITE, quantity, renamed, weekly
from forecasting.models import Commit, CommitReview, DeliverySchedule
from forecasting.queries.commits import (
    VIEWS,
    CommitFilter,
    TaskRow,
    task_rows,
    tasks,
    visible_commit,
)
from forecasting.queries.positions import Position, position_of
from forecasting.services.commit_reviews import review_commit
from forecasting.services.commits import (
    REASONS,
    Answered,
    CommitAnswer,
    CommitCell,
    commit_as_is,
    commit_many,
)

MOST_SERIES = 500


class TaskQuery(serializers.Serializer[Any]):
    """Filters of the list of releases to commit."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    part_number = serializers.CharField(
        max_length=40, default="", help_text="The beginning of either partner's number."
    )
    site = serializers.CharField(max_length=20, default="")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class CommitTasks(MasterDataView):
    """Releases that suppliers answer until a day."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = TaskQuery
    lists: ClassVar[bool] = True

    def get(self, request: Request) -> Response:
        """Return a page, newest first; hidden fields are absent."""
        asked = self.query()
        wanted = CommitFilter(
            view=asked["view"],
            part=asked["part_number"],
            site=asked["site"],
            partner_bpn=asked["partner"],
        )
        page = paginate(request, tasks(wanted))
        return Response(page.body([_task(row) for row in task_rows(page.items)]))


class CellInput(serializers.Serializer[Any]):
    """One week, or several together."""

    week = serializers.DateField(help_text="A Monday of the current release.")
    quantity = quantity(allow_null=True, help_text="Null takes the commit of the week back.")
    weeks = serializers.IntegerField(
        min_value=1, max_value=104, default=1, help_text="More than one: a sum over these weeks."
    )
    reason = serializers.ChoiceField(
        choices=list(REASONS), default="", allow_blank=True,
        help_text="Needed below the forecast.",
    )  # fmt: skip


class CommitAnswerInput(serializers.Serializer[Any]):
    """What a supplier commits for one series."""

    series = serializers.UUIDField()
    cells = CellInput(many=True, default=list)
    as_is = serializers.BooleanField(
        default=False, help_text="Commit the forecast in all weeks that nothing was given for."
    )
    upside = serializers.DictField(child=quantity(), default=dict, help_text="Monday → quantity")
    on_hand = quantity(required=False, allow_null=True)
    note = serializers.CharField(max_length=400, default="", allow_blank=True)
    version = serializers.IntegerField(
        min_value=1, required=False, allow_null=True, help_text="Of the position you have read."
    )


class AnswersInput(serializers.Serializer[Any]):
    """Answers for up to 500 series."""

    commits = serializers.ListField(child=CommitAnswerInput(), max_length=MOST_SERIES)


class ProblemOutput(serializers.Serializer[Any]):
    """Why a cell was not taken."""

    field = serializers.CharField()
    expected = serializers.CharField()
    value = serializers.CharField()


class ResultOutput(serializers.Serializer[Any]):
    """What became of one answer; a refused one is not taken at all."""

    series = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["applied", "unchanged", "conflict", "refused"])
    version = serializers.IntegerField(allow_null=True)
    problems = ProblemOutput(many=True)


class ResultsOutput(serializers.Serializer[Any]):
    """What became of each answer, in order."""

    results = ResultOutput(many=True)


class CommitQuery(serializers.Serializer[Any]):
    """Filters of the list of commits."""

    series = serializers.UUIDField(required=False)
    current = serializers.BooleanField(default=True)


class Commits(MasterDataView):
    """What suppliers commit, one version a row."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": COMMIT}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = CommitQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": AnswersInput}
    replies: ClassVar[dict[str, Any]] = {"POST": ResultsOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def get(self, request: Request) -> Response:
        """Return a page of commits, newest first; hidden fields are absent."""
        asked = self.query()
        rows = Commit.objects.all()
        if asked["current"]:
            rows = rows.filter(is_current=True)
        if "series" in asked:
            rows = rows.filter(series_id=asked["series"])
        page = paginate(request, rows)
        return Response(page.body([_commit(row) for row in page.items]))

    def post(self, request: Request) -> Response:
        """Commit for some series: each is taken whole or not at all."""
        answers = [_answer(each) for each in self.body()["commits"]]
        return _results(commit_many(answers, origin=Commit.Origin.API.value))


class AsIsInput(serializers.Serializer[Any]):
    """The series whose forecast is committed as it is."""

    series = serializers.ListField(child=serializers.UUIDField(), max_length=MOST_SERIES)


class CommitsAsIs(MasterDataView):
    """Commit forecasts as they are, in one call."""

    scopes: ClassVar[dict[str, str]] = {"POST": COMMIT}
    bodies: ClassVar[dict[str, Any]] = {"POST": AsIsInput}
    replies: ClassVar[dict[str, Any]] = {"POST": ResultsOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def post(self, request: Request) -> Response:
        """Commit where nothing was given yet."""
        return _results(commit_as_is(self.body()["series"]))


class OneCommit(MasterDataView):
    """One version of a commit."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the commit; hidden fields are absent."""
        row = get_for_org(Commit, pk=key)
        note_reads(Commit, [row])
        return self.reply(_commit(row), tag("Commit", row.pk, row.number))


class ReviewInput(serializers.Serializer[Any]):
    """The customer's verdict."""

    verdict = serializers.ChoiceField(choices=CommitReview.Verdict.choices)
    note = serializers.CharField(max_length=400, default="", allow_blank=True)


class ReviewOutput(serializers.Serializer[Any]):
    """What a customer says to a commit."""

    commit = serializers.UUIDField()
    verdict = serializers.CharField()
    note = serializers.CharField()
    reviewed_at = serializers.DateTimeField()


class CommitReviews(MasterDataView):
    """Accept a commit with its gaps, or ask for another."""

    scopes: ClassVar[dict[str, str]] = {"PUT": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": ReviewInput}
    replies: ClassVar[dict[str, Any]] = {"PUT": ReviewOutput}

    def put(self, request: Request, key: UUID) -> Response:
        """Say it; saying the same again changes nothing."""
        get_for_org(Commit, pk=key, counterparty_id=acting_organisation_id())
        review, _has_changed = review_commit(key, **self.body())
        return Response(
            {
                "commit": review.commit_id,
                "verdict": review.verdict,
                "note": review.note,
                "reviewed_at": review.reviewed_at,
            },
            headers={"ETag": etag_of(review)},
        )


class OnePosition(MasterDataView):
    """Where one series stands: release, commit, consensus week by week."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the position of a series that has a release; hidden figures are null."""
        position = position_of(key)
        if position is None:
            raise Problem(404)
        note_reads(DeliverySchedule, list(DeliverySchedule.objects.filter(pk=position.schedule_id)))
        return self.reply(_position(position), tag("Position", key, position.version))


def _task(row: TaskRow) -> dict[str, Any]:
    body: dict[str, Any] = {"id": row.id, "series": row.series_id, "release": row.schedule_id}
    body |= {"supplier": row.supplier.bpn, "is_overdue": row.is_overdue, "version": row.version}
    if row.customer.bpn:
        body["customer"] = row.customer.bpn
    return body | renamed(row.values)


def _commit(row: Commit) -> dict[str, Any]:
    names = names_of({row.owner_id, row.counterparty_id})
    body = {
        "id": row.pk,
        "series": row.series_id,
        "release": row.schedule_id,
        "supplier": names.get(row.owner_id, NOBODY).bpn,
        "is_current": row.is_current,
    }
    return body | renamed(visible_commit(row))


def _position(position: Position) -> dict[str, Any]:
    names = names_of({position.customer_id, position.supplier_id})
    columns = {
        "forecast": position.forecast,
        "previous_forecast": position.previous_forecast,
        "commit": position.committed,
        "previous_commit": position.previous_committed,
        "consensus": position.consensus,
        "upside": position.upside,
    }
    weeks = weekly(position.first_week, columns)
    for week, state in zip(weeks, position.states, strict=True):
        week["state"] = state
        week["reason"] = position.reasons.get(week["week"].isoformat(), "")
    return {
        "series": position.series_id,
        "customer": names.get(position.customer_id, NOBODY).bpn,
        "supplier": names.get(position.supplier_id, NOBODY).bpn,
        "part_number": position.part_number,
        "supplier_part_number": position.supplier_part_number,
        "site": position.site_code,
        "unit": position.unit,
        "release": position.schedule_id,
        "release_number": position.schedule_number,
        "version": position.version,
        "weeks": weeks,
        "buckets": [
            {"week": each.first, "weeks": each.weeks, "quantity": str(each.quantity)}
            for each in position.buckets
        ],
    }


def _answer(said: dict[str, Any]) -> CommitAnswer:
    upside = {}
    for text, value in said["upside"].items():
        try:
            upside[serializers.DateField().to_internal_value(text)] = value
        except serializers.ValidationError:
            raise Refused("upside", "Mondays as ISO dates", text) from None
    return CommitAnswer(
        series_id=said["series"],
        cells=[CommitCell(**cell) for cell in said["cells"]],
        is_as_is=said["as_is"],
        upside=upside,
        on_hand=said.get("on_hand"),
        note=said["note"],
        version=said.get("version"),
    )


def _results(results: list[Answered]) -> Response:
    return Response(
        {
            "results": [
                {
                    "series": each.series_id,
                    "state": each.state,
                    "version": each.position.version if each.position else None,
                    "problems": [
                        {"field": one.field, "expected": one.expected, "value": one.value}
                        for one in each.problems
                    ],
                }
                for each in results
            ]
        }
    )


routes: list[URLPattern] = [
    path("commit-tasks", CommitTasks.as_view(), name="commit-tasks"),
    path("commits", Commits.as_view(), name="commits"),
    path("commits/as-is", CommitsAsIs.as_view(), name="commits-as-is"),
    path("commits/<uuid:key>", OneCommit.as_view(), name="commit"),
    path("commits/<uuid:key>/review", CommitReviews.as_view(), name="commit-review"),
    path("commit-positions/<uuid:key>", OnePosition.as_view(), name="commit-position"),
]
