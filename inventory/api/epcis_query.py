"""REST: queries for tracking events (EPCIS 2.0), and what can be asked for at the top level."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.epcis.contexts import STANDARD_URL, Context
from collab.integration.epcis.vocabulary import is_uri
from collab.integration.problems import not_found
from inventory.api.epcis_base import (
    CAPTURE,
    READ,
    EpcisView,
    EventDocument,
    after_of,
    document,
    fingerprint,
    form_of,
    key_of,
    link_next,
    page_size,
    page_token,
    prefixes_of,
    read_token,
    refusal,
)
from inventory.api.epcis_capture import EventIdOutput, EventsDoor
from inventory.queries import epcis
from inventory.rules.epcis_query import RECORD_TIME, read_query

PAGING: Final = frozenset({"perPage", "nextPageToken"})
_QUERY = OpenApiParameter(
    "EQ_bizStep",
    OpenApiTypes.STR,
    description="Any parameter of the EPCIS 2.0 query language: eventType, GE_eventTime, "
    "EQ_action, MATCH_anyEPC and so on; `|` stands between several values.",
)
_PAGING = [
    OpenApiParameter("perPage", OpenApiTypes.INT, description="1 to 1000, usually 30."),
    OpenApiParameter("nextPageToken", OpenApiTypes.STR, description="From `Link`; expires."),
]


class Events(EventsDoor):
    """Tracking events: query them, or hand a single one in."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": CAPTURE, "OPTIONS": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": EventDocument, "POST": EventIdOutput}
    rate_per_minute: ClassVar[int] = 6_000

    @extend_schema(parameters=[_QUERY, *_PAGING], responses=EventDocument)
    def get(self, request: Request) -> HttpResponseBase:
        """Return the events that the parameters ask for as an EPCIS query document.

        Only events that are the caller's or shared with it whole are found. `Link` names the
        next page; the header `GS1-EPC-Format` says how identifiers are spelt, and
        `GS1-Extensions` declares prefixes for parameters on extension fields.
        """
        return answer(request, asked(request), prefixes_of(request))


class OneEvent(EpcisView):
    """The event of an ID."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "OPTIONS": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": EventDocument}

    def get(self, request: Request, event_id: str) -> HttpResponseBase:
        """Return the event, and the declaration that it was wrong where there is one."""
        rows = epcis.event_named(event_id) if is_uri(event_id) else []
        if not rows:
            raise not_found()
        return document(rows, form_of(request))


class Values(serializers.Serializer[Any]):
    """A top-level resource: the values there are in the events that the caller may see."""

    type = serializers.CharField()
    member = serializers.ListField(child=serializers.CharField())


class TopLevel(EpcisView):
    """A top-level resource: event types, EPCs, business steps, places, dispositions."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "OPTIONS": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": Values}

    @extend_schema(parameters=_PAGING)
    def get(self, request: Request, resource: str) -> HttpResponseBase:
        """List the values in the visible events in alphabetical order."""
        size = page_size(request)
        token = request.query_params.get("nextPageToken")
        after = read_token(token, resource, 1)[0] if token else ""
        _parameter, values = _RESOURCES[resource]
        found = values(after=after, limit=size + 1)
        body = {"@context": [STANDARD_URL], "type": "Collection", "member": found[:size]}
        response = Response(body)
        if len(found) > size:
            link_next(request, response, page_token(resource, [found[size - 1]]))
        return response


class OneValue(EpcisView):
    """One value of a top-level resource: what can be asked about it."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "OPTIONS": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": Values}

    def get(self, request: Request, resource: str, value: str) -> Response:
        """Name the events of a value; 404 if no visible event has it."""
        parameter, _values = _RESOURCES[resource]
        context = prefixes_of(request)
        if not epcis.events(read_query({parameter: [value]}, context), limit=1):
            raise not_found()
        return Response({"@context": [STANDARD_URL], "type": "Collection", "member": ["events"]})


class EventsOfValue(EpcisView):
    """The events of one value of a top-level resource."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "OPTIONS": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": EventDocument}

    @extend_schema(parameters=[_QUERY, *_PAGING], responses=EventDocument)
    def get(self, request: Request, resource: str, value: str) -> HttpResponseBase:
        """Return the events of a value that the further parameters ask for."""
        parameter, _values = _RESOURCES[resource]
        parameters = asked(request) | {parameter: [value]}
        return answer(request, parameters, prefixes_of(request))


class PageTokens(EpcisView):
    """Tokens of further pages."""

    scopes: ClassVar[dict[str, str]] = {"DELETE": READ, "OPTIONS": READ}

    @extend_schema(exclude=True)  # the standard's way to say that it is not offered
    def delete(self, request: Request, token: str) -> Response:
        """Refuse: tokens hold their own state and expire by themselves within the hour."""
        raise refusal(501, "Implementation", "Not served", "Tokens expire by themselves.")


def asked(request: Request) -> dict[str, Any]:
    """Return the query's parameters, paging left out; a repeated one has several values."""
    return {
        name: "|".join(values)
        for name, values in request._request.GET.lists()
        if name not in PAGING
    }


def answer(
    request: Request,
    parameters: Mapping[str, Any],
    context: Context,
    *,
    name: str = "SimpleEventQuery",
) -> HttpResponseBase:
    """Return one page of the events that a query finds, and where the next one is."""
    query = read_query(parameters, context)
    if query.most is not None and epcis.count_up_to(query, query.most) > query.most:
        detail = f"It finds more than {query.most} events."
        raise refusal(413, "QueryTooLarge", "Query too large", detail)
    size, of = page_size(request), fingerprint({**parameters, "name": name})
    now = timezone.now()
    left, after = query.limit, None
    if token := request.query_params.get("nextPageToken"):
        limit, begun, *key = read_token(token, of, 4)
        left, now, after = (
            int(limit) if limit else None,
            parse_datetime(begun) or now,
            after_of(key),
        )
    wanted = size if left is None else min(size, left)
    rows = epcis.events(query, limit=wanted + 1, after=after, recorded_before=now)
    page = rows[:wanted]
    response = document(page, form_of(request), name=name)
    rest = "" if left is None else str(left - len(page))
    if len(rows) > wanted and rest != "0":
        key = key_of(page[-1], by_record=query.order_by == RECORD_TIME)
        link_next(request, response, page_token(of, [rest, now.isoformat(), *key]))
    return response


def _column(field: str) -> Callable[..., list[str]]:
    def values(*, after: str, limit: int) -> list[str]:
        return epcis.values_of(field, after=after, limit=limit)

    return values


_RESOURCES: Final[Mapping[str, tuple[str, Callable[..., list[str]]]]] = {
    "eventTypes": ("eventType", _column("kind")),
    "epcs": ("MATCH_anyEPC", epcis.things_seen),
    "bizSteps": ("EQ_bizStep", _column("biz_step")),
    "bizLocations": ("EQ_bizLocation", _column("biz_location")),
    "readPoints": ("EQ_readPoint", _column("read_point")),
    "dispositions": ("EQ_disposition", _column("disposition")),
}
RESOURCES: Final = tuple(_RESOURCES)
