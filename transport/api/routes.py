"""REST: fixed routes of an owner or carrier, a supplier's own stops, and answers to them."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.lists import paginate
from collab.integration.problems import not_found
from collab.masterdata.api.base import MasterDataView
from transport.api.base import READ
from transport.api.money import ADVISE
from transport.models import RouteAnswer, RouteTemplate
from transport.queries.routes import VIEWS, RouteRow, RouteStopRow, own_stops, route_rows, stop_rows
from transport.queries.routes import routes as visible_routes
from transport.services.places import shown
from transport.services.route_answers import answer_route

KINDS = ("route", "stop")


class RouteQuery(serializers.Serializer[Any]):
    """Filters of the list."""

    kind = serializers.ChoiceField(
        choices=KINDS,
        default="route",
        help_text="route: routes you arrange or drive; stop: stops at your places",
    )
    view = serializers.ChoiceField(choices=list(VIEWS), default="current")


class RouteOutput(serializers.Serializer[Any]):
    """A route with all stops, or one stop of it; minutes count from 00:00 at the place."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=KINDS)
    number = serializers.CharField()
    owner = serializers.CharField(help_text="BPN")
    carrier = serializers.CharField(help_text="BPN; empty for a stop and for the own fleet")
    state = serializers.CharField()
    weekdays = serializers.ListField(child=serializers.IntegerField(), help_text="ISO, 1 = Monday")
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)
    stops = serializers.ListField(child=serializers.DictField())


class RouteAnswerInput(serializers.Serializer[Any]):
    """What you say to a route or stop; a change wanted needs a word about it."""

    verdict = serializers.ChoiceField(choices=RouteAnswer.Verdict.choices)
    wish = serializers.CharField(max_length=400, default="", allow_blank=True)


class RouteAnswerOutput(serializers.Serializer[Any]):
    """Your answer as it was taken."""

    id = serializers.UUIDField()
    verdict = serializers.CharField()
    wish = serializers.CharField()
    is_new = serializers.BooleanField()


class FixedRoutes(MasterDataView):
    """Fixed routes and stops that you may see."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    lists: ClassVar[bool] = True
    filters: ClassVar[Any] = RouteQuery
    replies: ClassVar[dict[str, Any]] = {"GET": RouteOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        asked = self.query()
        if asked["kind"] == "stop":
            stops = paginate(request, own_stops().order_by())
            return Response(stops.body([_stop(row) for row in stop_rows(stops.items)]))
        page = paginate(request, visible_routes(asked["view"]).order_by())
        return Response(page.body([_route(row) for row in route_rows(page.items)]))


class FixedRouteAnswer(MasterDataView):
    """Your answer to a route you are to drive, or to a stop at your place."""

    scopes: ClassVar[dict[str, str]] = {"POST": ADVISE}
    bodies: ClassVar[dict[str, Any]] = {"POST": RouteAnswerInput}
    replies: ClassVar[dict[str, Any]] = {"POST": RouteAnswerOutput}

    def post(self, _request: Request, key: UUID) -> Response:
        """Accept, or wish a change; the same again changes nothing."""
        try:
            made, is_new = answer_route(key, as_of=timezone.now(), **self.body())
        except RouteTemplate.DoesNotExist:
            raise not_found() from None
        body = {"id": made.pk, "verdict": made.verdict, "wish": made.wish, "is_new": is_new}
        return Response(body, status=201 if is_new else 200)


def _route(row: RouteRow) -> dict[str, Any]:
    stops = [
        {**{name: each[name] for name in ("purpose", "arrive", "depart", "window", "figures")},
         "place": shown(each["place"])}
        for each in row.stops
    ]  # fmt: skip
    return {
        "id": row.id, "kind": "route", "number": row.number, "owner": row.owner.bpn,
        "carrier": row.carrier.bpn, "state": row.state, "weekdays": row.weekdays,
        "valid_from": row.valid_from, "valid_to": row.valid_to, "stops": stops,
    }  # fmt: skip


def _stop(row: RouteStopRow) -> dict[str, Any]:
    stop = {
        "purpose": "pickup", "place": shown(row.place), "arrive": row.arrive_minute,
        "depart": row.depart_minute, "window": row.window, "figures": row.figures,
    }  # fmt: skip
    return {
        "id": row.id, "kind": "stop", "number": row.route_number, "owner": row.owner.bpn,
        "carrier": "", "state": row.state, "weekdays": row.weekdays,
        "valid_from": row.valid_from, "valid_to": None, "stops": [stop],
    }  # fmt: skip


routes: list[URLPattern] = [
    path("fixed-routes", FixedRoutes.as_view(), name="fixed-routes"),
    path("fixed-routes/<uuid:key>/answer", FixedRouteAnswer.as_view(), name="fixed-route-answer"),
]
