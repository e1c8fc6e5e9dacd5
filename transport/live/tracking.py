"""Vehicles on open screens: a point for maps, and the row of the list of loads under way."""

from collections.abc import Sequence
from uuid import UUID

from django.template.loader import render_to_string

from collab.live.joining import join
from collab.live.topics import Frame
from collab.organisations.context import acting_organisation
from transport.events import LOAD_TOPIC, SHIPMENT_TOPIC, TRACKING_TOPIC
from transport.models import CarrierReport, Load
from transport.queries.tracking import active_loads, points_of, points_of_shipments, tracked
from transport.queries.tracking_words import worded

ROW = "transport/partials/tracking_row.html"


def render_loads(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per visible load under way, and the end of those that are over."""
    wanted = list(keys)
    tenant = acting_organisation().slug
    points = {point[0]: point for point in points_of(wanted)}
    rows = worded(tracked(active_loads().filter(pk__in=wanted)))
    frames = [
        Frame(
            element_id=row.tracked.element_id,
            html=render_to_string(ROW, {"row": row, "tenant": tenant}),
            data={"point": point} if (point := points.get(str(row.tracked.id))) else {},
        )
        for row in rows
    ]
    under_way = {row.tracked.id for row in rows}
    known = Load.objects.filter(pk__in=wanted).values_list("pk", flat=True)
    return frames + [
        Frame(element_id=f"tracked-{key}", is_gone=True, data={"gone": str(key)})
        for key in known
        if key not in under_way
    ]


def render_shipments(keys: Sequence[UUID]) -> list[Frame]:
    """Return the point of each shipment that the viewer does not arrange itself."""
    return [Frame(data={"point": point}) for point in points_of_shipments(list(keys))]


def render_reports(keys: Sequence[UUID]) -> list[Frame]:
    """Tell screens of a load that its carrier reported something; they fetch it themselves."""
    rows = CarrierReport.objects.filter(pk__in=list(keys)).values_list("load_id", "code")
    return [Frame(data={"load": str(load_id), "code": code}) for load_id, code in rows]


def register_topics() -> None:
    """Draw vehicles beside what others draw on the same topics."""
    join(LOAD_TOPIC, render_loads)
    join(SHIPMENT_TOPIC, render_shipments)
    join(TRACKING_TOPIC, render_reports)
