"""What the EPCIS views share: versions, problem types, page tokens, answers as documents."""

# ruff: noqa: N815 - the standard's names of fields

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.epcis.contexts import PLAIN, Context, context_of
from collab.integration.epcis.faults import Wrong
from collab.integration.epcis.read import decode, encode
from collab.integration.epcis.write import Form, query_document, written
from collab.integration.inbox.envelopes import LARGEST
from collab.integration.problems import FieldError, Problem
from collab.integration.views import View
from collab.organisations.context import acting_organisation_id
from inventory.queries.epcis import EventRow
from inventory.rules.epcis_query import BadQuery

READ, WRITE, CAPTURE = "inventory:read", "inventory:write", "inventory:capture"
MOST_EVENTS: Final = 10_000  # in one captured document
LONGEST_URL: Final = 8_000
TOKEN_LIVES: Final = timedelta(hours=1)
USUAL_PAGE, MOST_PAGE = 30, 1_000
VERSIONS: Final = {
    "GS1-EPCIS-Version": "2.0.0",
    "GS1-EPCIS-Min": "2.0.0",
    "GS1-EPCIS-Max": "2.0.0",
    "GS1-CBV-Version": "2.0.0",
    "GS1-CBV-Min": "2.0.0",
    "GS1-CBV-Max": "2.0.0",
}
LIMITS: Final = {
    "GS1-EPCIS-Capture-Limit": str(MOST_EVENTS),
    "GS1-EPCIS-Capture-File-Size-Limit": str(LARGEST),
    "GS1-Vendor-Version": "1.0.0",
    "GS1-Extensions": "",
}
_KINDS: Final[Mapping[int, str]] = {
    400: "Validation",
    401: "Security",
    403: "Security",
    404: "NoSuchResource",
    406: "NotAcceptable",
    409: "ResourceAlreadyExists",
    413: "QueryTooLarge",
    414: "URITooLong",
    415: "UnsupportedMediaType",
}


def refusal(status: int, kind: str, title: str, detail: str = "", errors: Any = ()) -> Problem:
    """Return a problem of the standard's type ``epcisException:<kind>Exception``."""
    return Problem(status, title, detail, errors, kind=f"epcisException:{kind}Exception")


class PageQuery(serializers.Serializer[Any]):
    """Paging of the standard; the next page is named by the header `Link`."""

    perPage = serializers.IntegerField(required=False, help_text="1 to 1000, usually 30.")
    nextPageToken = serializers.CharField(required=False, help_text="From `Link`; expires.")


class EventDocument(serializers.Serializer[Any]):
    """An EPCIS query document; its form is the standard's, as are the events in it."""

    type = serializers.CharField()
    schemaVersion = serializers.CharField()
    creationDate = serializers.CharField()
    epcisBody = serializers.JSONField()


class EpcisView(View):
    """A view of the EPCIS interface: says its versions, refuses in the standard's terms."""

    scopes: ClassVar[dict[str, str]] = {"OPTIONS": READ}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse, after the caller is known, a version that is not served and an endless URL."""
        super().initial(request, *args, **kwargs)
        for name in ("GS1-EPCIS-Version", "GS1-CBV-Version"):
            asked = request.headers.get(name, "2.0")
            if not (asked == "2" or asked.startswith("2.0")):
                errors = [FieldError(name, "2.0.0", asked)]
                raise refusal(406, "NotAcceptable", "Version not served", "", errors)
        if len(request.get_full_path()) > LONGEST_URL:
            raise refusal(414, "URITooLong", "Address too long", "Keep a named query instead.")

    def options(  # type: ignore[override]  # a REST framework request, as in its own views
        self, request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        """Say which methods, versions and limits there are."""
        return Response(status=204, headers=LIMITS)

    def handle_exception(self, exc: Exception) -> Response:
        """Give every refusal its type in the standard."""
        if isinstance(exc, BadQuery):
            errors = [FieldError(exc.name, exc.expected, exc.value)]
            exc = refusal(400, "QueryParameter", "Query not as expected", "", errors)
        response = super().handle_exception(exc)
        data = response.data
        if isinstance(data, dict) and data.get("type") == "about:blank":
            kind = _KINDS.get(response.status_code, "Implementation")
            data["type"] = f"epcisException:{kind}Exception"
        return response

    def finalize_response(  # type: ignore[override]  # also plain responses, which DRF lets pass
        self, request: Request | HttpRequest, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Add the versions that are spoken."""
        found = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]
        for name, value in VERSIONS.items():
            found[name] = value
        return found


def prefixes_of(request: Request) -> Context:
    """Return the prefixes that the header ``GS1-Extensions`` declares: ``own=https://…, …``."""
    declared: dict[str, str] = {}
    for part in filter(None, request.headers.get("GS1-Extensions", "").split(",")):
        prefix, sign, namespace = part.partition("=")
        if not sign:
            errors = [FieldError("GS1-Extensions", "prefix=namespace", part)]
            raise refusal(400, "Validation", "Header not as expected", "", errors)
        declared[prefix.strip()] = namespace.strip()
    try:
        return context_of(declared) if declared else PLAIN
    except Wrong as wrong:
        errors = [FieldError("GS1-Extensions", wrong.fault.expected, wrong.fault.value)]
        raise refusal(400, "Validation", "Header not as expected", "", errors) from None


def form_of(request: Request) -> Form:
    """Return how the caller wants identifiers spelt."""
    asked = request.headers.get("GS1-EPC-Format", Form.LINK.value)
    if asked not in set(Form):
        errors = [FieldError("GS1-EPC-Format", f"one of {', '.join(Form)}", asked)]
        raise refusal(406, "NotAcceptable", "Format not served", "", errors)
    return Form(asked)


def page_size(request: Request) -> int:
    """Return how many entries a page is to hold."""
    text = request.query_params.get("perPage", str(USUAL_PAGE))
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_PAGE):
        raise BadQuery("perPage", f"a number from 1 to {MOST_PAGE}", text)
    return int(text)


def document(rows: list[EventRow], form: Form, *, name: str = "SimpleEventQuery") -> HttpResponse:
    """Return events as a query document."""
    made = query_document(
        [
            written(
                decode(row.body.encode()),
                event_id=row.event_id,
                recorded_at=row.recorded_at,
                form=form,
            )
            for row in rows
        ],
        created_at=timezone.now(),
        query_name=name,
    )
    response = HttpResponse(encode(made), content_type="application/json")
    response["GS1-EPC-Format"] = form.value
    return response


def fingerprint(parameters: Mapping[str, Any]) -> str:
    """Return what a page token must agree with: the query it continues."""
    return hashlib.sha256(repr(sorted(parameters.items())).encode()).hexdigest()[:16]


def page_token(of: str, values: list[str]) -> str:
    """Return a token for the next page of a query: it expires, and serves this organisation."""
    return signing.dumps([of, *values], salt=_salt(), compress=True)


def read_token(text: str, of: str, count: int) -> list[str]:
    """Return the values of a page token of the query ``of``."""
    try:
        found = signing.loads(text, salt=_salt(), max_age=TOKEN_LIVES)
    except signing.BadSignature:
        raise BadQuery("nextPageToken", "the token of an earlier page, not expired", text) from None
    if len(found) != count + 1 or found[0] != of:
        raise BadQuery("nextPageToken", "the token of a page of this query", text)
    values: list[str] = found[1:]
    return values


def key_of(row: EventRow, *, by_record: bool) -> list[str]:
    """Return order value and key of an event as text."""
    at = row.recorded_at if by_record else row.happened_at
    return [at.isoformat(), str(row.id)]


def after_of(values: list[str]) -> tuple[datetime, UUID]:
    """Return what ``key_of`` made text of."""
    return datetime.fromisoformat(values[0]), UUID(values[1])


def link_next(request: Request, response: HttpResponseBase, token: str) -> None:
    """Name the next page in the answer's headers."""
    asked = request._request.GET.copy()
    asked["nextPageToken"] = token
    where = request.build_absolute_uri(f"{request.path}?{asked.urlencode()}")
    response["Link"] = f'<{where}>; rel="next"'
    response["GS1-Next-Page-Token-Expires"] = (timezone.now() + TOKEN_LIVES).isoformat()


def _salt() -> str:
    return f"epcis|{acting_organisation_id()}"
