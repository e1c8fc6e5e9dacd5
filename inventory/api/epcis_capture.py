"""REST: capture of tracking events (EPCIS 2.0)."""

# ruff: noqa: N815 - the standard's names of fields

from typing import Any, ClassVar, Final
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.epcis.faults import Fault, NotReadable
from collab.integration.epcis.hashing import event_hash
from collab.integration.epcis.read import DOCUMENT, Document
from collab.integration.epcis.read_xml import read_any
from collab.integration.inbox.envelopes import LARGEST
from collab.integration.lookups import get_for_org
from collab.integration.problems import CONTENT_TYPE, FieldError
from inventory.api.epcis_base import (
    CAPTURE,
    LIMITS,
    MOST_EVENTS,
    READ,
    EpcisView,
    PageQuery,
    link_next,
    page_size,
    page_token,
    read_token,
    refusal,
)
from inventory.models import CaptureJob
from inventory.services.captures import EXISTS, capture, keep_unreadable

BEHAVIOUR: Final = "GS1-Capture-Error-Behaviour"
_TYPES = frozenset({"application/json", "application/ld+json", "application/xml", "text/xml"})


class CaptureError(serializers.Serializer[Any]):
    """One event that was not taken: its place in the document from 0, and why."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    index = serializers.IntegerField(allow_null=True)
    path = serializers.CharField()
    expected = serializers.CharField()
    value = serializers.CharField()


class CaptureOutput(serializers.Serializer[Any]):
    """A capture job. Running and success: working; running alone: rolling back."""

    captureID = serializers.UUIDField()
    createdAt = serializers.DateTimeField()
    finishedAt = serializers.DateTimeField(allow_null=True)
    running = serializers.BooleanField()
    success = serializers.BooleanField()
    captureErrorBehaviour = serializers.ChoiceField(choices=CaptureJob.Behaviour.choices)
    errors = CaptureError(many=True)  # type: ignore[assignment]
    events = serializers.IntegerField()
    recorded = serializers.IntegerField()
    known = serializers.IntegerField(help_text="Taken before with the same content.")
    messageID = serializers.UUIDField(help_text="The document as it was kept.")


class EventIdOutput(serializers.Serializer[Any]):
    """The ID under which an event is known: the sender's, or its hash."""

    eventID = serializers.CharField()


class _Door(EpcisView):
    """A door that takes documents as bytes; what cannot be read is kept with the reason."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Read the body up to this door's own limit, which is above that of other requests."""
        if request.method == "POST" and getattr(request, "acting", None) is not None:
            request._body = request.read(LARGEST + 1)
        return super().dispatch(request, *args, **kwargs)

    def finalize_response(  # type: ignore[override]  # as in EpcisView
        self, request: Request | HttpRequest, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Keep what could not be read, outside the savepoint that the refusal rolls back."""
        found = super().finalize_response(request, response, *args, **kwargs)
        if (unreadable := getattr(self, "_unreadable", None)) is not None:
            keep_unreadable(*unreadable)
            found.keeps_transaction = True  # type: ignore[attr-defined]
        return found

    def read(self, request: Request) -> tuple[bytes, Document]:
        """Return the body and the document it is."""
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        if kind not in _TYPES:
            expected = [FieldError("Content-Type", " or ".join(sorted(_TYPES)), kind)]
            raise refusal(415, "UnsupportedMediaType", "Type not taken", "", expected)
        raw = request._request.body
        if len(raw) > LARGEST:
            raise _too_large(f"A document has at most {LARGEST} bytes.")
        try:
            document = read_any(raw, kinds=[DOCUMENT])
        except NotReadable as unreadable:
            self._unreadable = (raw, unreadable.faults)
            raise _invalid(unreadable.faults) from None
        if len(document.events) > MOST_EVENTS:
            raise _too_large(f"A document has at most {MOST_EVENTS} events.")
        return raw, document


class Captures(_Door):
    """Documents of tracking events: hand one in, list the jobs that took them."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": CAPTURE, "OPTIONS": READ}
    replies: ClassVar[dict[str, Any]] = {
        "GET": CaptureOutput(many=True),
        "POST": CaptureOutput,
    }
    statuses: ClassVar[dict[str, int]] = {"POST": 202}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = PageQuery
    rate_per_minute: ClassVar[int] = 6_000

    @extend_schema(
        request={"application/json": OpenApiTypes.OBJECT, "application/xml": OpenApiTypes.BINARY},
        responses={202: CaptureOutput},
    )
    def post(self, request: Request) -> Response:
        """Take an EPCIS 2.0 document, JSON or XML, or a bare event; answer with the job.

        Small documents are finished when the answer comes. The header
        `GS1-Capture-Error-Behaviour` is `rollback` (nothing is kept if one event is refused) or
        `proceed`. An event that is known with the same content is no error.
        """
        behaviour = request.headers.get(BEHAVIOUR, CaptureJob.Behaviour.ROLLBACK.value)
        if behaviour not in CaptureJob.Behaviour.values:
            errors = [FieldError(BEHAVIOUR, "rollback or proceed", behaviour)]
            raise refusal(400, "Validation", "Header not as expected", "", errors)
        raw, document = self.read(request)
        job = capture(raw, document, behaviour=behaviour)
        where = reverse("api:epcis-capture", args=[job.pk])
        headers = {"Location": where, BEHAVIOUR: behaviour, **LIMITS}
        return Response(body_of(job), status=202, headers=headers)

    def get(self, request: Request) -> Response:
        """List the organisation's capture jobs, newest first; `Link` names the next page."""
        size = page_size(request)
        jobs = CaptureJob.objects.order_by("-id")
        if token := request.query_params.get("nextPageToken"):
            jobs = jobs.filter(id__lt=UUID(read_token(token, "capture", 1)[0]))
        found = list(jobs[: size + 1])
        response = Response([body_of(job) for job in found[:size]])
        if len(found) > size:
            link_next(request, response, page_token("capture", [str(found[size - 1].pk)]))
        return response


class OneCapture(EpcisView):
    """One capture job."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "OPTIONS": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": CaptureOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return what became of the document, event by event."""
        return Response(body_of(get_for_org(CaptureJob, pk=key)))


class EventsDoor(_Door):
    """Single tracking events: hand one in."""

    def post(self, request: Request) -> Response:
        """Take one bare event; 201 also if it is known with the same content."""
        raw, document = self.read(request)
        if len(document.events) != 1 or document.created_at is not None:
            raise refusal(400, "Validation", "Not one event", "Hand documents in at /capture.")
        if document.refusals:
            self._unreadable = (raw, document.refusals[0].faults)
            raise _invalid(document.refusals[0].faults)
        job = capture(raw, document, behaviour=CaptureJob.Behaviour.ROLLBACK)
        if job.errors:
            error = job.errors[0]
            self._unreadable = (raw, (Fault(error["path"], error["expected"], error["value"]),))
            return _not_taken(error)
        event_id = event_id_of(document)
        where = reverse("api:epcis-event", args=[quote(event_id, safe="")])
        return Response({"eventID": event_id}, status=201, headers={"Location": where})


def event_id_of(document: Document) -> str:
    """Return the ID under which a document's only event is known."""
    (captured,) = document.captured
    return captured.facts.event_id or event_hash(captured.facts)


def body_of(job: CaptureJob) -> dict[str, Any]:
    """Return the JSON form of a job."""
    return {
        "captureID": job.pk,
        "createdAt": job.created_at,
        "finishedAt": job.finished_at,
        "running": job.is_running,
        "success": job.is_success,
        "captureErrorBehaviour": job.behaviour,
        "errors": job.errors,
        "events": job.events,
        "recorded": job.recorded,
        "known": job.known,
        "messageID": job.message_id,
    }


def _invalid(faults: tuple[Fault, ...]) -> Exception:
    errors = [FieldError(fault.path, fault.expected, fault.value) for fault in faults]
    return refusal(400, "Validation", "Not an EPCIS document", "It is kept as it came.", errors)


def _too_large(detail: str) -> Exception:
    return refusal(413, "CaptureLimitExceeded", "Document too large", detail)


def _not_taken(error: dict[str, Any]) -> Response:
    """Return the refusal of the only event; the job stays, with the same reason."""
    status = 409 if error["type"] == EXISTS else 400
    errors = [FieldError(error["path"], error["expected"], error["value"])]
    kind = error["type"].removeprefix("epcisException:").removesuffix("Exception")
    problem = refusal(status, kind, error["title"], "", errors)
    return Response(problem.body(), status=status, content_type=CONTENT_TYPE)
