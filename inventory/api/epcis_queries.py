"""REST: named queries for tracking events (EPCIS 2.0)."""

# ruff: noqa: N815 - the standard's names of fields

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.epcis.contexts import PLAIN, Context, context_of
from collab.integration.epcis.faults import Wrong
from collab.integration.problems import FieldError, not_found
from inventory.api.epcis_base import READ, WRITE, EpcisView, EventDocument, refusal
from inventory.api.epcis_query import answer
from inventory.models import NamedQuery
from inventory.rules.epcis_query import BadQuery, read_query

MOST_QUERIES: Final = 500
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,79}")


class QueryInput(serializers.Serializer[Any]):
    """A query under a name, in the parameters of the standard."""

    name = serializers.CharField(max_length=80)
    query = serializers.JSONField(help_text='As {"EQ_bizStep": ["shipping"]}.')


class QueryOutput(QueryInput):
    """A kept query."""

    createdAt = serializers.DateTimeField()


class NamedQueries(EpcisView):
    """Named queries of the organisation."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE, "OPTIONS": READ}
    bodies: ClassVar[dict[str, Any]] = {"POST": QueryInput}
    replies: ClassVar[dict[str, Any]] = {"GET": QueryOutput(many=True), "POST": QueryOutput}

    def get(self, request: Request) -> Response:
        """List the named queries by name."""
        return Response([body_of(row) for row in NamedQuery.objects.order_by("name")])

    @extend_schema(responses={201: QueryOutput})
    def post(self, request: Request) -> Response:
        """Keep a query under a name of its own."""
        data = self.body()
        if not _NAME.fullmatch(data["name"]):
            expected = "letters, digits and ._~- , 80 at most"
            errors = [FieldError("name", expected, data["name"])]
            raise refusal(400, "Validation", "Name not as expected", "", errors)
        parameters = data["query"]
        if not isinstance(parameters, dict):
            raise BadQuery("query", "an object of parameters", parameters)
        query_of(parameters)
        if NamedQuery.objects.filter(name=data["name"]).exists():
            raise refusal(409, "ResourceAlreadyExists", "Name in use", "Choose another name.")
        if NamedQuery.objects.count() >= MOST_QUERIES:
            raise refusal(413, "QueryTooLarge", "Too many queries", f"At most {MOST_QUERIES}.")
        row = NamedQuery.objects.create(
            name=data["name"], parameters=parameters, created_at=timezone.now()
        )
        where = reverse("api:epcis-query", args=[row.name])
        return Response(body_of(row), status=201, headers={"Location": where})


class OneNamedQuery(EpcisView):
    """One named query."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "DELETE": WRITE, "OPTIONS": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": QueryOutput}

    def get(self, request: Request, name: str) -> Response:
        """Return the query."""
        return Response(body_of(query_named(name)))

    def delete(self, request: Request, name: str) -> Response:
        """Forget the query and end its subscriptions."""
        query_named(name).delete()
        return Response(status=204)


class EventsOfNamedQuery(EpcisView):
    """The events that a named query finds now."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "OPTIONS": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": EventDocument}

    def get(self, request: Request, name: str) -> HttpResponseBase:
        """Return one page of the events; `Link` names the next one."""
        row = query_named(name)
        return answer(request, *parts_of(row.parameters), name=row.name)


def query_named(name: str) -> NamedQuery:
    """Return the organisation's query of a name, or raise the 404 of the standard."""
    row = NamedQuery.objects.filter(name=name).first() if _NAME.fullmatch(name) else None
    if row is None:
        raise refusal(404, "NoSuchName", "No such query", not_found().detail)
    return row


def parts_of(parameters: Mapping[str, Any]) -> tuple[dict[str, Any], Context]:
    """Return a kept query's parameters and the prefixes that its ``@context`` declares."""
    rest = {name: value for name, value in parameters.items() if name != "@context"}
    try:
        context = context_of(parameters["@context"]) if "@context" in parameters else PLAIN
    except Wrong as wrong:
        raise BadQuery("@context", wrong.fault.expected, wrong.fault.value) from None
    return rest, context


def query_of(parameters: Mapping[str, Any]) -> Any:
    """Return the query that kept parameters mean; ``BadQuery`` if they mean none."""
    return read_query(*parts_of(parameters))


def body_of(row: NamedQuery) -> dict[str, Any]:
    """Return the JSON form of a named query."""
    return {"name": row.name, "query": row.parameters, "createdAt": row.created_at}
