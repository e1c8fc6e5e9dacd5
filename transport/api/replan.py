"""REST: a running day planned again, and the stops of a load changed by hand."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lookups import get_for_org
from collab.integration.problems import not_found
from collab.masterdata.api.base import MasterDataView
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from transport.api.base import READ, WRITE
from transport.api.loads import LoadOutput, whole
from transport.models import Load, Replan, Stop, TransportOrder
from transport.queries.replans import replans_of, view_of
from transport.services.loads import StopPlan, change_stops
from transport.services.places import place_named
from transport.services.replan import accept_replan, ask_replan, reject_replan
from transport.services.replan_asked import LEAST_SECONDS, MOST_MINUTES, MOST_PALLETS, Asked
from transport.services.replan_asked import MOST_SECONDS as LONGEST


class LateLoadInput(serializers.Serializer[Any]):
    """A load and minutes."""

    load = serializers.CharField(max_length=35, help_text="Number of a load of the plant's day.")
    minutes = serializers.IntegerField(min_value=0, max_value=MOST_MINUTES)


class LoadStopInput(serializers.Serializer[Any]):
    """A stop of a load."""

    load = serializers.CharField(max_length=35, help_text="Number of a load of the plant's day.")
    stop = serializers.IntegerField(min_value=1, max_value=99, help_text="Sequence.")


class VolumeInput(LoadStopInput):
    """What a supplier will hand over instead."""

    pallets = serializers.IntegerField(min_value=1, max_value=MOST_PALLETS)


class ReplanInput(serializers.Serializer[Any]):
    """What happened; what tracking knows need not be said."""

    delays = LateLoadInput(many=True, default=list, help_text="Minutes behind the plan.")
    broken = LateLoadInput(
        many=True, default=list, help_text="No more pick-ups; drives on in so many minutes."
    )
    cancelled = LoadStopInput(many=True, default=list, help_text="Nothing is handed over there.")
    volumes = VolumeInput(many=True, default=list)
    orders = serializers.ListField(
        child=serializers.UUIDField(), max_length=20, default=list,
        help_text="Open transport orders to fetch today as well.",
    )  # fmt: skip
    alone = serializers.BooleanField(default=False, help_text="Other loads stay as they are.")
    seconds = serializers.IntegerField(min_value=LEAST_SECONDS, max_value=LONGEST, default=6)


class ReplanFigure(serializers.Serializer[Any]):
    """Cost, km, kg_co2e, late_min or missed, without and with the re-plan."""

    name = serializers.CharField()
    before = serializers.FloatField()
    after = serializers.FloatField()


class ReplanStop(serializers.Serializer[Any]):
    """A stop before and after; clock times of the plant, lateness there in minutes."""

    stop = serializers.CharField(help_text="<load number>/<sequence>, or an order's number.")
    supplier = serializers.CharField()
    told = serializers.CharField()
    without = serializers.CharField()
    replanned = serializers.CharField()
    load_before = serializers.CharField()
    load_after = serializers.CharField()
    change = serializers.ChoiceField(
        choices=["same", "later", "earlier", "truck", "new", "direct", "dropped"]
    )
    fixed_because = serializers.ChoiceField(
        choices=["", "driven", "ahead", "promised"], allow_blank=True
    )
    is_missed = serializers.BooleanField()
    late_before = serializers.IntegerField()
    late_after = serializers.IntegerField()
    cost = serializers.FloatField(allow_null=True)


class ReplanOutput(serializers.Serializer[Any]):
    """A re-plan; figures and stops are empty until it is solved."""

    id = serializers.UUIDField()
    load = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Replan.State.choices)
    job = serializers.UUIDField(allow_null=True)
    as_of = serializers.DateTimeField()
    currency = serializers.CharField()
    figures = ReplanFigure(many=True)
    stops = ReplanStop(many=True)
    conflicts = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    solved_at = serializers.DateTimeField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class ReplanList(serializers.Serializer[Any]):
    """The re-plans of a load, newest first; at most 20."""

    replans = ReplanOutput(many=True)


class ReplanAccepted(serializers.Serializer[Any]):
    """The loads that drive under the new plan."""

    loads = serializers.ListField(child=serializers.CharField())


class StopChangeInput(serializers.Serializer[Any]):
    """One stop of the new plan; goods are named by the number of their transport order."""

    purpose = serializers.ChoiceField(choices=Stop.Purpose.choices)
    place = serializers.CharField(max_length=60, help_text="<BPN>/<site code>")
    window_from = serializers.DateTimeField()
    window_until = serializers.DateTimeField()
    planned_arrival = serializers.DateTimeField()
    planned_departure = serializers.DateTimeField()
    dock = serializers.CharField(max_length=20, default="", allow_blank=True)
    on = serializers.ListField(child=serializers.CharField(max_length=35), default=list)
    off = serializers.ListField(child=serializers.CharField(max_length=35), default=list)
    is_frozen = serializers.BooleanField(default=False)


class StopsInput(serializers.Serializer[Any]):
    """The whole plan: stops that are driven first, as they are."""

    stops = StopChangeInput(many=True, min_length=2, max_length=60)  # type: ignore[call-arg]


class LoadReplans(MasterDataView):
    """Planning the rest of a load's day again."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": ReplanInput}
    replies: ClassVar[dict[str, Any]] = {"GET": ReplanList, "POST": ReplanOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 202}

    def get(self, request: Request, key: UUID) -> Response:
        """Return what was proposed for this load's day."""
        get_for_org(Load, pk=key)
        return Response({"replans": [_shown(each) for each in replans_of(key)]})

    def post(self, request: Request, key: UUID) -> Response:
        """Start planning; the answer is a proposal that changes nothing before it is accepted."""
        told = self.body()
        asked = Asked(
            delays={each["load"]: each["minutes"] for each in told["delays"]},
            broken={each["load"]: each["minutes"] for each in told["broken"]},
            cancelled=[f"{each['load']}/{each['stop']}" for each in told["cancelled"]],
            volumes={f"{each['load']}/{each['stop']}": each["pallets"] for each in told["volumes"]},
            orders=told["orders"],
            is_alone=told["alone"],
            seconds=told["seconds"],
        )
        try:
            row = ask_replan(key, asked, as_of=timezone.now())
        except Load.DoesNotExist:
            raise not_found() from None
        return Response(_shown(row), status=202, headers={"ETag": etag_of(row)})


class OneReplan(MasterDataView):
    """One re-plan."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": ReplanOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the proposal as far as it is."""
        row = get_for_org(Replan, pk=key)
        return self.reply(_shown(row), etag_of(row))


class ReplanAccept(MasterDataView):
    """Accepting a proposal."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    replies: ClassVar[dict[str, Any]] = {"POST": ReplanAccepted}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}
    versioned = frozenset({"POST"})

    def post(self, request: Request, key: UUID) -> Response:
        """Change the loads as proposed; 400 says why a proposal holds no more."""
        self.locked(Replan, key)
        loads = accept_replan(key, as_of=timezone.now())
        row = get_for_org(Replan, pk=key)
        return Response(
            {"loads": [each.number for each in loads]}, headers={"ETag": etag_of(row)}
        )  # fmt: skip


class ReplanReject(MasterDataView):
    """Declining a proposal."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    replies: ClassVar[dict[str, Any]] = {"POST": ReplanOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}
    versioned = frozenset({"POST"})

    def post(self, request: Request, key: UUID) -> Response:
        """Leave the day as it is; one that is still being solved is stopped."""
        self.locked(Replan, key)
        row = reject_replan(key)
        return Response(_shown(row), headers={"ETag": etag_of(row)})


class LoadStops(MasterDataView):
    """The stops of a load."""

    scopes: ClassVar[dict[str, str]] = {"PUT": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": StopsInput}
    replies: ClassVar[dict[str, Any]] = {"PUT": LoadOutput}
    versioned = frozenset({"PUT"})

    def put(self, request: Request, key: UUID) -> Response:
        """Replace the stops that are not driven; partners whose stop changes are told."""
        self.locked(Load, key)
        told = self.body()["stops"]
        orders = _orders([name for each in told for name in (*each["on"], *each["off"])])
        try:
            load = change_stops(key, [_plan(each, orders) for each in told])
        except Load.DoesNotExist:
            raise not_found() from None
        return Response(whole(load), headers={"ETag": etag_of(load)})


def _plan(told: dict[str, Any], orders: dict[str, UUID]) -> StopPlan:
    return StopPlan(
        **{
            **told,
            "place": place_named(told["place"]),
            "on": [orders[name] for name in told["on"]],
            "off": [orders[name] for name in told["off"]],
        }
    )


def _orders(numbers: list[str]) -> dict[str, UUID]:
    """Return own orders by number; raise ``Refused`` for a number that is none of them."""
    rows = TransportOrder.objects.filter(owner_id=acting_organisation_id(), number__in=numbers)
    found = dict(rows.values_list("number", "pk"))
    for name in numbers:
        if name not in found:
            raise Refused("stops", "numbers of transport orders of yours", name)
    return found


def _shown(row: Replan) -> dict[str, Any]:
    solved = view_of(row) if row.answer else None
    halts = row.day["halts"]
    return {
        "id": row.pk,
        "load": row.load_id,
        "state": row.state,
        "job": row.job_id,
        "as_of": row.as_of,
        "currency": row.currency,
        "figures": [
            {"name": each.name, "before": each.before, "after": each.after}
            for each in (solved.figures if solved else ())
        ],
        "stops": [
            {
                "stop": each.key,
                "supplier": each.name,
                "told": each.told,
                "without": each.held,
                "replanned": each.now,
                "load_before": each.truck_before,
                "load_after": each.truck_after,
                "change": each.change,
                "fixed_because": halts[each.key]["why_fixed"] if each.why_fixed else "",
                "is_missed": each.is_missed,
                "late_before": each.late_before,
                "late_after": each.late_after,
                "cost": each.cost,
            }
            for each in (solved.stops if solved else ())
        ],
        "conflicts": [each["stops"] for each in row.conflicts],
        "solved_at": row.solved_at,
        "settled_at": row.settled_at,
        "version": row.version,
    }


routes: list[URLPattern] = [
    path("loads/<uuid:key>/replans", LoadReplans.as_view(), name="load-replans"),
    path("loads/<uuid:key>/stops", LoadStops.as_view(), name="load-stops"),
    path("replans/<uuid:key>", OneReplan.as_view(), name="replan"),
    path("replans/<uuid:key>/accept", ReplanAccept.as_view(), name="replan-accept"),
    path("replans/<uuid:key>/reject", ReplanReject.as_view(), name="replan-reject"),
]
