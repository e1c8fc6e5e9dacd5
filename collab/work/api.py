"""REST: the queue of exceptions and the steps one takes on them."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import matches, tag
from collab.integration.problems import FieldError, Problem, not_found
from collab.integration.views import View
from collab.work import queries
from collab.work.models import Alert
from collab.work.queries import VIEWS, ExceptionRow, QueueFilter
from collab.work.rules.handling import Action, StepNotAllowed
from collab.work.services import AlertNotVisible, handle

MOST = 200


class ExceptionQuery(serializers.Serializer[Any]):
    """Filters of the queue."""

    view = serializers.ChoiceField(choices=VIEWS, default="open")
    severity = serializers.ChoiceField(choices=Alert.Severity.choices, required=False)
    type = serializers.CharField(max_length=60, required=False)
    part_number = serializers.CharField(max_length=40, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=50)
    offset = serializers.IntegerField(min_value=0, max_value=100_000, default=0)


class StepInput(serializers.Serializer[Any]):
    """One step on an exception."""

    action = serializers.ChoiceField(choices=[(each.value, each.value) for each in Action])
    note = serializers.CharField(max_length=2000, default="", allow_blank=True)
    until = serializers.DateTimeField(required=False, allow_null=True, default=None)


class ExceptionOutput(serializers.Serializer[Any]):
    """An exception: what the caller's grants open, and the caller's own handling."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    owner = serializers.CharField(help_text="business partner number")
    owner_name = serializers.CharField()
    counterparty = serializers.CharField(required=False, help_text="business partner number")
    counterparty_name = serializers.CharField(required=False)
    state = serializers.CharField()
    is_open = serializers.BooleanField()
    assignee = serializers.CharField()
    snoozed_until = serializers.DateTimeField(allow_null=True)
    actions = serializers.ListField(child=serializers.CharField())
    severity = serializers.CharField(required=False)
    type = serializers.CharField(required=False)
    part_number = serializers.CharField(required=False)
    site_code = serializers.CharField(required=False)
    run_out_at = serializers.DateTimeField(required=False, allow_null=True)


class Exceptions(View):
    """The queue: earliest run-out first, then highest cost, then oldest."""

    scopes: ClassVar[dict[str, str]] = {"GET": "work:read"}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = ExceptionQuery

    def get(self, request: Request) -> Response:
        """Return exceptions by priority; ``next`` is the offset of the following page."""
        asked = self.query()
        limit, offset = asked["limit"], asked["offset"]
        wanted = QueueFilter(
            view=asked["view"],
            severity=asked.get("severity", ""),
            type=asked.get("type", ""),
            part=asked.get("part_number", ""),
        )
        rows = queries.exceptions(wanted, limit=limit + 1, offset=offset)
        following = offset + limit if len(rows) > limit else None
        return Response({"items": [body_of(row) for row in rows[:limit]], "next": following})


class OneException(View):
    """One exception."""

    scopes: ClassVar[dict[str, str]] = {"GET": "work:read"}
    replies: ClassVar[dict[str, Any]] = {"GET": ExceptionOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the exception with an entity tag of the caller's own handling."""
        row = _found(key)
        return self.reply(body_of(row), etag_of(row))


class ExceptionSteps(View):
    """What one does about an exception."""

    scopes: ClassVar[dict[str, str]] = {"POST": "work:write"}
    bodies: ClassVar[dict[str, Any]] = {"POST": StepInput}
    replies: ClassVar[dict[str, Any]] = {"POST": ExceptionOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def post(self, request: Request, key: UUID) -> Response:
        """Take one step; with ``If-Match`` only if nobody was faster."""
        asked = self.body()
        row = _found(key)
        if (given := request.headers.get("If-Match")) and not matches(given, etag_of(row)):
            raise Problem(412, detail="Somebody changed this meanwhile; read it again.")
        try:
            handle(key, Action(asked["action"]), note=asked["note"], until=asked["until"])
        except AlertNotVisible:
            raise not_found() from None
        except StepNotAllowed as reason:
            raise Problem(409, "Step not allowed", str(reason)) from None
        except ValueError as reason:
            field = "until" if asked["action"] == Action.SNOOZE else "note"
            text = str(reason).removeprefix("expected ").partition(", got ")[0]
            raise Problem(
                422, "Invalid input", str(reason), [FieldError(field, text, asked[field])]
            ) from None
        changed = _found(key)
        return self.reply(body_of(changed), etag_of(changed))


def body_of(row: ExceptionRow) -> dict[str, Any]:
    """Return an exception as the API shows it; what no grant opens is absent."""
    values = dict(row.values)
    if "counterparty" in values:
        values["counterparty_name"] = values["counterparty"]
        values["counterparty"] = row.counterparty_bpn
    return {
        "id": row.id,
        "title": row.title,
        "owner": row.owner_bpn,
        "owner_name": row.owner,
        "state": row.state,
        "is_open": row.is_open,
        "assignee": row.assignee,
        "snoozed_until": row.snoozed_until,
        "actions": list(row.actions),
        **values,
    }


def etag_of(row: ExceptionRow) -> str:
    """Return the entity tag of the viewer's own handling of an exception."""
    return tag("exception", row.id, row.state, row.version)


def _found(key: UUID) -> ExceptionRow:
    row = queries.exception(key)
    if row is None:
        raise not_found()
    return row
