"""REST: the messages that wait for partners' systems, their text, and what the receiver said."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.inbox import outbox
from collab.integration.inbox.outbox import AlreadyAnswered
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.integration.models.messages import OutboundMessage
from collab.integration.problems import FieldError, Problem
from collab.integration.views import View

READ, WRITE = "messages:read", "messages:write"
CONTENT_TYPES = {"edifact": "application/edifact", "x12": "application/edi-x12"}
ENDINGS = {"edifact": "edi", "x12": "x12"}


class OutboundQuery(serializers.Serializer[Any]):
    """Filters of the list."""

    state = serializers.ChoiceField(choices=OutboundMessage.State.choices, default="")
    receiver = serializers.CharField(max_length=16, default="", help_text="BPN")


class OutboundOutput(serializers.Serializer[Any]):
    """A message to a partner and where it stands."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=OutboundMessage.State.choices)
    kind = serializers.CharField()
    title = serializers.CharField(help_text="What it is about.")
    receiver = serializers.CharField(help_text="BPN")
    number = serializers.IntegerField(help_text="Control number, per receiver.")
    about = serializers.UUIDField(allow_null=True, help_text="The message that it answers.")
    wants_answer = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    fetched_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()
    version = serializers.IntegerField()


class VerdictInput(serializers.Serializer[Any]):
    """What the receiver said; a 997 or CONTRL that is handed in says it as well."""

    is_accepted = serializers.BooleanField()
    note = serializers.CharField(max_length=400, default="", allow_blank=True)


class OutboundMessages(View):
    """What waits for partners' systems, and what has gone."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = OutboundQuery
    replies: ClassVar[dict[str, Any]] = {"GET": OutboundOutput}
    lists: ClassVar[bool] = True

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        asked = self.query()
        rows = outbox.newest(state=asked["state"], receiver_bpn=asked["receiver"])
        page = paginate(request, rows)
        return Response(page.body([body_of(row) for row in page.items]))


class OneOutboundMessage(View):
    """One message to a partner."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": OutboundOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return where the message stands."""
        row = get_for_org(outbox.newest(), pk=key)
        return self.reply(body_of(row), etag_of(row))


class OutboundContent(View):
    """The text of a message, for the system that carries it to the partner."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}

    @extend_schema(responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request, key: UUID) -> HttpResponse:
        """Return the message byte for byte; it counts as fetched from the first time on."""
        get_for_org(outbox.newest(), pk=key)
        return file_of(outbox.fetch(key))


class Acknowledgement(View):
    """The receiver's verdict on a message."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": VerdictInput}
    replies: ClassVar[dict[str, Any]] = {"POST": OutboundOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def post(self, request: Request, key: UUID) -> Response:
        """Note that the receiver took the message or refused it; the same again is harmless."""
        told = self.body()
        row = get_for_org(outbox.newest(), pk=key)
        try:
            row = outbox.settle(row.pk, is_accepted=told["is_accepted"], note=told["note"])
        except AlreadyAnswered:
            errors = [FieldError("is_accepted", f"the verdict {row.state}", told["is_accepted"])]
            raise Problem(409, "Conflict", "The receiver said otherwise before.", errors) from None
        return Response(body_of(row), headers={"ETag": etag_of(row)})


def body_of(row: OutboundMessage) -> dict[str, Any]:
    """Return the JSON form of a message that goes out, without its text."""
    return {
        "id": row.pk,
        "state": row.state,
        "kind": row.kind,
        "title": row.title,
        "receiver": row.receiver.bpn,
        "number": row.number,
        "about": row.about_id,
        "wants_answer": row.wants_answer,
        "created_at": row.created_at,
        "fetched_at": row.fetched_at,
        "answered_at": row.answered_at,
        "note": row.note,
        "version": row.version,
    }


def file_of(row: OutboundMessage) -> HttpResponse:
    """Return a message as a file."""
    syntax = row.kind.partition(":")[0]
    response = HttpResponse(
        bytes(row.raw), content_type=CONTENT_TYPES.get(syntax, "application/json")
    )
    name = f"message-{row.number}.{ENDINGS.get(syntax, 'json')}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
