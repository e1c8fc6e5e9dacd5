"""Fixed routes of a plant: which ones hold, and what partners were told of their stops."""

from datetime import date

from django.db.models import Q

from collab.organisations.context import acting_organisation_id
from transport.models import RouteStop, RouteTemplate

LIVE = (RouteTemplate.State.PROPOSED, RouteTemplate.State.ACCEPTED, RouteTemplate.State.ACTIVE)


def routes_of_plant(plant_code: str, on: date) -> list[RouteTemplate]:
    """Return the own routes to a site (its code) that hold on a day or begin later."""
    return list(
        RouteTemplate.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=on),
            owner_id=acting_organisation_id(),
            plant_code=plant_code,
            state__in=LIVE,
        ).order_by("number")
    )


def published_stops(plant_code: str, on: date) -> dict[tuple[str, int], int]:
    """Return when vehicles come to suppliers by place and weekday, in minutes of the plant's day.

    Of two visits on a day the first counts.
    """
    found: dict[tuple[str, int], int] = {}
    for route in routes_of_plant(plant_code, on):
        for stop in route.stops:
            if stop["purpose"] != "pickup":
                continue
            for day in route.weekdays:
                key = (stop["place"]["code"], day)
                found[key] = min(stop["start"], found.get(key, stop["start"]))
    return found


def stops_of(route: RouteTemplate) -> list[RouteStop]:
    """Return the suppliers' stops on a route in their order."""
    return list(
        RouteStop.objects.filter(owner_id=route.owner_id, route_id=route.pk).order_by("sequence")
    )
