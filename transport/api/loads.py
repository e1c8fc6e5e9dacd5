"""REST: loads with their stops and life cycle."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import not_found
from collab.masterdata.api.base import MasterDataView
from collab.masterdata.refusals import Refused
from transport.api.base import READ, WRITE, PlaceOutput, as_shown
from transport.models import Load, LoadState, Mode, Stop, VehicleType
from transport.queries.loads import VIEWS, LoadFilter, LoadRow, load_rows, loads, stops_of
from transport.services.building import build_load
from transport.services.loads import move_load
from transport.services.places import shown


class LoadQuery(serializers.Serializer[Any]):
    """Filters of the list of loads."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN of carrier or owner.")
    number = serializers.CharField(max_length=35, default="", help_text="Its beginning.")
    mode = serializers.ChoiceField(choices=Mode.choices, default="", allow_blank=True)


class LoadInput(serializers.Serializer[Any]):
    """Waiting orders that go on one vehicle."""

    orders = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=40)
    vehicle_type = serializers.CharField(max_length=20, help_text="Code of a vehicle type.")
    mode = serializers.ChoiceField(choices=Mode.choices, default="", allow_blank=True)
    is_planned = serializers.BooleanField(
        default=False, help_text="Tell partners at once; else it is a draft that only you see."
    )


class StateInput(serializers.Serializer[Any]):
    """What happened to a load."""

    state = serializers.ChoiceField(choices=LoadState.choices)
    happened_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    stop = serializers.IntegerField(min_value=1, max_value=99, required=False, allow_null=True)
    reason = serializers.CharField(max_length=400, default="", allow_blank=True)


class StopOutput(serializers.Serializer[Any]):
    """One halt of a load."""

    sequence = serializers.IntegerField()
    purpose = serializers.ChoiceField(choices=Stop.Purpose.choices)
    place = PlaceOutput()
    dock = serializers.CharField()
    window_from = serializers.DateTimeField()
    window_until = serializers.DateTimeField()
    planned_arrival = serializers.DateTimeField()
    planned_departure = serializers.DateTimeField()
    slot_from = serializers.DateTimeField(allow_null=True)
    slot_until = serializers.DateTimeField(allow_null=True)
    arrived_at = serializers.DateTimeField(allow_null=True)
    departed_at = serializers.DateTimeField(allow_null=True)
    expected = serializers.DateTimeField()
    leg_km = serializers.CharField(allow_null=True)
    is_frozen = serializers.BooleanField()
    on = serializers.ListField(child=serializers.CharField(), help_text="Shipment numbers.")
    off = serializers.ListField(child=serializers.CharField(), help_text="Shipment numbers.")


class LoadOutput(serializers.Serializer[Any]):
    """A load; fields that no grant opens are absent, what it costs is its owner's alone."""

    id = serializers.UUIDField()
    owner = serializers.CharField(help_text="BPN of who arranges it.")
    carrier = serializers.CharField(required=False, help_text="BPN")
    version = serializers.IntegerField()
    number = serializers.CharField(required=False)
    state = serializers.CharField(required=False)
    mode = serializers.CharField(required=False)
    vehicle_type = serializers.CharField(required=False)
    capacity = serializers.JSONField(required=False)
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField(required=False)
    distance_km = serializers.CharField(required=False, allow_null=True)
    empty_km = serializers.CharField(required=False, allow_null=True)
    fill = serializers.CharField(required=False, allow_null=True)
    limiting = serializers.CharField(required=False)
    emissions_kg = serializers.CharField(required=False, allow_null=True)
    plate = serializers.CharField(required=False)
    trailer = serializers.CharField(required=False)
    cancelled_reason = serializers.CharField(required=False)
    progress = serializers.CharField(required=False)
    next_stop = serializers.IntegerField(required=False, allow_null=True)
    plan_version = serializers.IntegerField(required=False)
    expected_cost_minor = serializers.IntegerField(required=False, allow_null=True)
    currency = serializers.CharField(required=False)
    stops = StopOutput(many=True, required=False)


class Loads(MasterDataView):
    """Loads that one arranges or carries."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = LoadQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": LoadInput}
    replies: ClassVar[dict[str, Any]] = {"GET": LoadOutput, "POST": LoadOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first; fields that no grant opens are absent."""
        asked = self.query()
        wanted = LoadFilter(
            view=asked["view"],
            text=asked["number"],
            partner_bpn=asked["partner"],
            mode=asked["mode"],
        )
        page = paginate(request, loads(wanted))
        return Response(page.body([body_of(row) for row in load_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """Put waiting orders on one vehicle."""
        asked = self.body()
        vehicle = VehicleType.objects.filter(code=asked["vehicle_type"], is_active=True).first()
        if vehicle is None:
            raise Refused(
                "vehicle_type", "the code of a vehicle type of yours", asked["vehicle_type"]
            )
        load = build_load(
            asked["orders"],
            vehicle,
            mode=asked["mode"],
            state=LoadState.PLANNED if asked["is_planned"] else LoadState.DRAFT,
        )
        return Response(whole(load), status=201, headers={"ETag": etag_of(load)})


class OneLoad(MasterDataView):
    """One load."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": LoadOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the load with its stops."""
        load = get_for_org(Load, pk=key)
        note_reads(Load, [load])
        return self.reply(whole(load), etag_of(load))


class LoadStates(MasterDataView):
    """Where a load of one's own stands; carriers report instead."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": StateInput}
    replies: ClassVar[dict[str, Any]] = {"POST": LoadOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}
    versioned = frozenset({"POST"})

    def post(self, request: Request, key: UUID) -> Response:
        """Move a load on as its planner, or as the plant that unloads it."""
        self.locked(Load, key)
        asked = self.body()
        facts = {"reason": asked["reason"]} if asked["reason"] else {}
        if asked.get("stop"):
            facts["stop"] = asked["stop"]
        at_plant = asked["state"] in {LoadState.ARRIVED, LoadState.UNLOADED, "proof_of_delivery"}
        try:
            load = move_load(
                key,
                asked["state"],
                by="plant" if at_plant else "planner",
                happened_at=asked["happened_at"] or timezone.now(),
                facts=facts,
            )
        except Load.DoesNotExist:
            raise not_found() from None
        return Response(whole(load), headers={"ETag": etag_of(load)})


def body_of(row: LoadRow) -> dict[str, Any]:
    """Return a load as the API shows it: key, owner and what the grants open."""
    shown_fields = set(LoadOutput().get_fields())
    body: dict[str, Any] = {"id": row.id, "owner": row.owner.bpn, "version": row.version}
    body |= {name: value for name, value in as_shown(row.values).items() if name in shown_fields}
    if row.carrier.bpn:
        body["carrier"] = row.carrier.bpn
    return body


def whole(load: Load) -> dict[str, Any]:
    """Return a load with its stops as the API shows it."""
    (row,) = load_rows([load])
    stops = [
        {name: getattr(stop, name) for name in list(StopOutput().get_fields()) if name != "place"}
        | {"place": shown(dict(stop.place))}
        for stop in stops_of(load.pk)
    ]
    return {**body_of(row), "stops": stops}


routes: list[URLPattern] = [
    path("loads", Loads.as_view(), name="loads"),
    path("loads/<uuid:key>", OneLoad.as_view(), name="load"),
    path("loads/<uuid:key>/state", LoadStates.as_view(), name="load-state"),
]
