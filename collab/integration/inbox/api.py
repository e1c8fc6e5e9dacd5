"""REST: hand a message in as it is, and read what became of it."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.catenax.models import MODELS
from collab.integration.inbox.envelopes import LARGEST
from collab.integration.inbox.receiving import TooLarge, receive
from collab.integration.inbox.senders import may_be_named
from collab.integration.models.messages import InboundMessage
from collab.integration.problems import FieldError, Problem, not_found
from collab.integration.views import View
from collab.organisations.models import Organisation

_TYPES = ("application/edifact", "application/edi-x12", "application/json", "text/plain")
_SENDER = OpenApiParameter(
    "sender",
    description="BPN of the sender, where the message itself does not name one: your own, or that"
    " of an active partner with a profile. It gives no right to state anything in its name.",
)
_KIND = OpenApiParameter(
    "kind",
    description="Name of the aspect model, where the properties of the document do not tell it.",
    enum=sorted(MODELS),
)


class MessageQuery(serializers.Serializer[Any]):
    """What the message itself does not say."""

    sender = serializers.CharField(max_length=16, required=False, allow_blank=True)
    kind = serializers.ChoiceField(choices=sorted(MODELS), required=False)


class Problems(serializers.Serializer[Any]):
    """One thing that is not as expected, with its place."""

    code = serializers.CharField()
    place = serializers.CharField()
    expected = serializers.CharField()
    found = serializers.CharField()
    message = serializers.CharField()
    segment = serializers.IntegerField()
    line = serializers.CharField()
    is_warning = serializers.BooleanField()


class MessageOutput(serializers.Serializer[Any]):
    """A received message and its report."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=InboundMessage.State.choices)
    syntax = serializers.CharField()
    kind = serializers.CharField()
    sender = serializers.CharField(help_text="BPN of the sender, empty while it is unknown.")
    sender_identifier = serializers.CharField()
    reference = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    received_at = serializers.DateTimeField()
    handled_at = serializers.DateTimeField(allow_null=True)
    applied = serializers.IntegerField()
    held = serializers.IntegerField()
    repetitions = serializers.IntegerField()
    problems = Problems(many=True)


class Messages(View):
    """The door for EDIFACT, X12 and Catena-X messages."""

    scopes: ClassVar[dict[str, str]] = {"POST": "messages:write"}
    replies: ClassVar[dict[str, Any]] = {"POST": MessageOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 202}
    further: ClassVar[dict[str, dict[int, Any]]] = {"POST": {200: MessageOutput}}  # repeated
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = MessageQuery

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Read the body up to this door's own limit, which is above that of other requests."""
        if request.method == "POST" and getattr(request, "acting", None) is not None:
            request._body = request.read(LARGEST + 1)
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(
        request=dict.fromkeys(_TYPES, OpenApiTypes.BINARY),
        responses={200: MessageOutput, 202: MessageOutput},
        parameters=[_SENDER, _KIND],
    )
    def post(self, request: Request) -> Response:
        """Keep a message of at most 15 MiB as it is; it is applied right after.

        The answer is the report so far. A message that was refused or repeated is answered
        likewise: look at `state` and `problems`, and ask again until it is no longer `received`.
        """
        asked = self.query()
        raw = request._request.body
        if not raw:
            raise Problem(400, "Invalid input", "", [FieldError("", "a message in the body", "")])
        try:
            message, is_new = receive(
                raw=raw, kind=asked.get("kind", ""), sender=_organisation(asked.get("sender", ""))
            )
        except TooLarge as refused:
            raise Problem(413, detail=f"A message is at most {LARGEST} bytes.") from refused
        where = reverse("api:message", args=[message.pk])
        status = 202 if is_new else 200
        return Response(body_of(message), status=status, headers={"Location": where})


class OneMessage(View):
    """One received message."""

    scopes: ClassVar[dict[str, str]] = {"GET": "messages:read"}
    replies: ClassVar[dict[str, Any]] = {"GET": MessageOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return what became of the message, line by line."""
        rows = InboundMessage.objects.select_related("sender").defer("raw")
        message = rows.filter(pk=key).first()
        if message is None:
            raise not_found()
        return Response(body_of(message))


def body_of(message: InboundMessage) -> dict[str, Any]:
    """Return the JSON form of a message and its report."""
    return {
        "id": message.pk,
        "state": message.state,
        "syntax": message.syntax,
        "kind": message.kind,
        "sender": message.sender.bpn if message.sender is not None else "",
        "sender_identifier": message.sender_identifier,
        "reference": message.reference,
        "size": message.size,
        "sha256": message.sha256,
        "received_at": message.received_at,
        "handled_at": message.handled_at,
        "applied": message.applied,
        "held": message.held,
        "repetitions": message.repetitions,
        "problems": message.problems,
    }


def _organisation(bpn: str) -> Organisation | None:
    """Return the organisation that a caller names as the sender; empty names nobody."""
    if not bpn:
        return None
    found: Organisation | None = Organisation.objects.filter(bpn=bpn).first()
    if found is None or not may_be_named(found):
        errors = [FieldError("sender", "your own BPN, or that of an active partner", bpn)]
        raise Problem(400, "Invalid input", "Some values are not as expected.", errors)
    return found
