"""REST: comments on plans, own thresholds, requests for newer figures."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.masterdata.api.base import MasterDataView
from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, names_of
from forecasting.api.plan_base import READ, WRITE
from forecasting.models import PlanComment, PlanWatch, UpdateRequest
from forecasting.queries.comments import CommentRow, comment_rows
from forecasting.services.comments import CommentInput, comment, delete_comment, edit_comment
from forecasting.services.update_requests import ask_update
from forecasting.services.watches import WatchInput, remove_watch, set_watch

MOST_WEEKS = 104


class CommentQuery(serializers.Serializer[Any]):
    """Filters of the list of comments."""

    object = serializers.UUIDField(required=False, help_text="A series or a capacity group.")


class CommentChange(serializers.Serializer[Any]):
    """What is said."""

    text = serializers.CharField(max_length=5000)
    type = serializers.ChoiceField(choices=PlanComment.Type.choices, required=False)
    weeks = serializers.ListField(
        child=serializers.DateField(), required=False, max_length=MOST_WEEKS
    )


class CommentBody(CommentChange):
    """A comment on a series or a group."""

    object_kind = serializers.ChoiceField(choices=PlanComment.ObjectKind.choices)
    object = serializers.UUIDField()
    external_id = serializers.CharField(max_length=80, default="", allow_blank=True)


class PlanComments(MasterDataView):
    """What both sides say about weeks of a plan."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = CommentQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": CommentBody}

    def get(self, request: Request) -> Response:
        """Return a page, newest first; hidden fields are absent."""
        asked = self.query()
        rows = PlanComment.objects.all()
        if "object" in asked:
            rows = rows.filter(object_id=asked["object"])
        page = paginate(request, rows)
        return Response(page.body([_comment(row) for row in comment_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """Say something; the same external_id edits what was said."""
        said = self.body()
        row, is_new = comment(
            CommentInput(
                object_kind=said["object_kind"],
                object_id=said["object"],
                text=said["text"],
                type=said.get("type", PlanComment.Type.DEFAULT.value),
                weeks=said.get("weeks", ()),
                external_id=said["external_id"],
            )
        )
        return _answer(row, 201 if is_new else 200)


class OnePlanComment(MasterDataView):
    """One comment; only its author changes it."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": CommentChange}
    versioned = frozenset({"PATCH", "DELETE"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the comment; hidden fields are absent."""
        row = get_for_org(PlanComment, pk=key)
        return self.reply(_comment(comment_rows([row])[0]), etag_of(row))

    def patch(self, request: Request, key: UUID) -> Response:
        """Change it; what it said before stays in its history."""
        row = self._own(key)
        said = self.body(partial=True)
        changed = edit_comment(
            key, text=said.get("text", row.text), type=said.get("type"), weeks=said.get("weeks")
        )
        return _answer(changed, 200)

    def delete(self, request: Request, key: UUID) -> Response:
        """Take it back with its history."""
        self._own(key)
        delete_comment(key)
        return Response(status=204)

    def _own(self, key: UUID) -> PlanComment:
        get_for_org(PlanComment, pk=key, owner_id=acting_organisation_id())
        return self.locked(PlanComment, key)


class WatchBody(serializers.Serializer[Any]):
    """An own threshold: fires on a rise by ``limit``, on a fall if it is negative."""

    name = serializers.CharField(max_length=80)
    scope = serializers.ChoiceField(choices=PlanWatch.Scope.choices)
    limit = serializers.DecimalField(max_digits=18, decimal_places=6)
    is_relative = serializers.BooleanField(default=True, help_text="0.1 is 10 % of the old figure.")
    object_ids = serializers.ListField(child=serializers.UUIDField(), default=list, max_length=1000)
    is_active = serializers.BooleanField(default=True)


class WatchOutput(WatchBody):
    """A threshold."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()


class PlanWatches(MasterDataView):
    """One's own thresholds on changes of demand and capacity; nobody else sees them."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": WatchBody}
    replies: ClassVar[dict[str, Any]] = {"GET": WatchOutput, "POST": WatchOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        self.query()
        page = paginate(request, PlanWatch.objects.all())
        return Response(page.body([_watch(row) for row in page.items]))

    def post(self, request: Request) -> Response:
        """Add a threshold."""
        row = set_watch(WatchInput(**self.body()))
        return Response(_watch(row), status=201, headers={"ETag": etag_of(row)})


class OnePlanWatch(MasterDataView):
    """One threshold."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PUT": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": WatchBody}
    replies: ClassVar[dict[str, Any]] = {"GET": WatchOutput, "PUT": WatchOutput}
    versioned = frozenset({"PUT", "DELETE"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the threshold."""
        row = get_for_org(PlanWatch, pk=key)
        return self.reply(_watch(row), etag_of(row))

    def put(self, request: Request, key: UUID) -> Response:
        """Replace the threshold."""
        self.locked(PlanWatch, key)
        row = set_watch(WatchInput(**self.body()), watch_id=key)
        return Response(_watch(row), headers={"ETag": etag_of(row)})

    def delete(self, request: Request, key: UUID) -> Response:
        """Take it away with the exceptions it raised."""
        self.locked(PlanWatch, key)
        remove_watch(key)
        return Response(status=204)


class UpdateBody(serializers.Serializer[Any]):
    """Whom to ask for what; no kind at all asks for everything."""

    partner = serializers.CharField(max_length=16, help_text="BPN")
    asked = serializers.DictField(
        default=dict, help_text="series, groups, comments → list of {id, changed_at}"
    )


class UpdateOutput(serializers.Serializer[Any]):
    """A request for newer figures with its answer."""

    id = serializers.UUIDField()
    partner = serializers.CharField()
    asked_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    answer = serializers.DictField(allow_null=True)


class UpdateRequests(MasterDataView):
    """Ask a partner for figures that changed since; answered at once from those that stand."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": UpdateBody}
    replies: ClassVar[dict[str, Any]] = {"GET": UpdateOutput, "POST": UpdateOutput}

    def get(self, request: Request) -> Response:
        """Return a page of one's own requests, newest first."""
        self.query()
        own = UpdateRequest.objects.filter(owner_id=acting_organisation_id())
        page = paginate(request, own)
        return Response(page.body([_update(row) for row in page.items]))

    def post(self, request: Request) -> Response:
        """Ask."""
        return Response(_update(ask_update(**self.body())), status=201)


def _comment(row: CommentRow) -> dict[str, Any]:
    body: dict[str, Any] = {"id": row.id, "owner": row.owner.bpn, "version": row.version}
    return body | {
        "object" if name == "object_id" else name: value for name, value in row.values.items()
    }


def _answer(row: PlanComment, status: int) -> Response:
    body = _comment(comment_rows([row])[0])
    return Response(body, status=status, headers={"ETag": etag_of(row)})


def _watch(row: PlanWatch) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "scope": row.scope,
        "limit": f"{row.limit.normalize():f}",
        "is_relative": row.is_relative,
        "object_ids": row.object_ids,
        "is_active": row.is_active,
        "version": row.version,
    }


def _update(row: UpdateRequest) -> dict[str, Any]:
    return {
        "id": row.pk,
        "partner": names_of([row.counterparty_id]).get(row.counterparty_id, NOBODY).bpn,
        "asked_at": row.asked_at,
        "answered_at": row.answered_at,
        "answer": row.answer,
    }


routes: list[URLPattern] = [
    path("plan-comments", PlanComments.as_view(), name="plan-comments"),
    path("plan-comments/<uuid:key>", OnePlanComment.as_view(), name="plan-comment"),
    path("plan-watches", PlanWatches.as_view(), name="plan-watches"),
    path("plan-watches/<uuid:key>", OnePlanWatch.as_view(), name="plan-watch"),
    path("update-requests", UpdateRequests.as_view(), name="update-requests"),
]
