"""REST: the trace of a lot both ways, and holds on lots."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of, require_match
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import not_found
from collab.masterdata.api.base import MasterDataView
from collab.organisations.context import acting_organisation_id
from inventory.api.base import READ, WRITE
from inventory.models import LotHold
from inventory.models.genealogy import LONGEST_REASON
from inventory.models.tracking import LINK
from inventory.queries.genealogy import MOST_LEVELS
from inventory.queries.held import VIEWS, HoldRow, held_names, holds, partners_told, rows_of
from inventory.queries.lot_things import is_known, searched
from inventory.queries.lot_trace import LotTrace, TracedThing, Way, lot_trace
from inventory.services.hold_passing import pass_on
from inventory.services.lot_holds import hold_lot, release_lot

MOST_NAMED = 20_000


class TraceQuery(serializers.Serializer[Any]):
    """What is traced, and how far."""

    thing = serializers.CharField(
        max_length=LINK, help_text="EPC URN, Digital Link, SSCC or any other identifier."
    )
    levels = serializers.IntegerField(default=MOST_LEVELS, min_value=1, max_value=MOST_LEVELS)


class TracedThingOutput(serializers.Serializer[Any]):
    """One thing of a trace on its nearest level."""

    thing = serializers.CharField(help_text="Canonical identifier.")
    level = serializers.IntegerField()
    via = serializers.CharField(help_text="The thing it was reached from.")
    ways = serializers.IntegerField(help_text="Things it was reached from.")
    how = serializers.CharField(help_text="used, made, assembled or packed.")
    recorded_by = serializers.CharField(help_text="BPN")
    at = serializers.DateTimeField(allow_null=True)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6, allow_null=True)
    uom = serializers.CharField(help_text="Rec 20; empty: pieces.")
    part_number = serializers.CharField(help_text="Yours.")
    sites = serializers.ListField(child=serializers.CharField(), help_text="Codes.")
    is_vehicle = serializers.BooleanField()
    is_held = serializers.BooleanField()
    has_hidden = serializers.BooleanField(help_text="More follows that its owner keeps to itself.")


class TraceLinkOutput(serializers.Serializer[Any]):
    """One link between two things of a trace: ``material`` went into ``product``."""

    material = serializers.CharField()
    product = serializers.CharField()


class TraceWayOutput(serializers.Serializer[Any]):
    """One direction of a trace."""

    things = TracedThingOutput(many=True)
    links = TraceLinkOutput(many=True)
    is_cut = serializers.BooleanField(help_text="There is more than was asked for.")


class LotTraceOutput(serializers.Serializer[Any]):
    """A thing, what was made from it, and what it is made of."""

    thing = serializers.CharField()
    part_number = serializers.CharField()
    is_held = serializers.BooleanField()
    made_from_it = TraceWayOutput()
    made_of = TraceWayOutput()
    vehicles = serializers.ListField(child=serializers.CharField())


class LotHoldQuery(serializers.Serializer[Any]):
    """Filters of the list of holds."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")


class LotHoldInput(serializers.Serializer[Any]):
    """A lot to hold back."""

    lot = serializers.CharField(max_length=LINK, help_text="Any identifier that the trace takes.")
    scope = serializers.ChoiceField(choices=LotHold.Scope.choices, default=LotHold.Scope.MADE.value)
    reason = serializers.CharField(max_length=LONGEST_REASON)


class LotReleaseInput(serializers.Serializer[Any]):
    """Why a lot is released."""

    reason = serializers.CharField(max_length=LONGEST_REASON, default="", allow_blank=True)


class LotHoldOutput(serializers.Serializer[Any]):
    """A hold of yours, or one that a partner addressed to you."""

    id = serializers.UUIDField()
    number = serializers.IntegerField(help_text="Counted by owner and recipient.")
    owner = serializers.CharField(help_text="BPN of who holds.")
    lot = serializers.CharField(help_text="Empty where you do not know it.")
    scope = serializers.ChoiceField(choices=LotHold.Scope.choices)
    state = serializers.ChoiceField(choices=LotHold.State.choices)
    reason = serializers.CharField()
    released_reason = serializers.CharField()
    held_at = serializers.DateTimeField()
    released_at = serializers.DateTimeField(allow_null=True)
    things = serializers.IntegerField(help_text="Lots and units that it names.")
    version = serializers.IntegerField()


class OneLotHoldOutput(LotHoldOutput):
    """A hold with everything it names."""

    named = serializers.ListField(child=serializers.CharField())
    told = serializers.ListField(
        child=serializers.CharField(), help_text="BPNs of the partners told; of your own holds."
    )


class LotPassOnInput(serializers.Serializer[Any]):
    """What further partners are told; without a reason they are told the holder's."""

    reason = serializers.CharField(max_length=LONGEST_REASON, default="", allow_blank=True)


class LotTraceView(MasterDataView):
    """The trace of one thing."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = TraceQuery
    names_one: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": LotTraceOutput}

    @extend_schema(operation_id="lot_trace")
    def get(self, request: Request) -> Response:
        """Return both directions over all levels and owners that you may see."""
        asked = self.query()
        thing = searched(asked["thing"])
        if not is_known(thing):
            raise not_found()
        return Response(_trace(lot_trace(thing, levels=asked["levels"])))


class LotHolds(MasterDataView):
    """Holds on lots: read them, or hold one."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = LotHoldQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": LotHoldInput}
    replies: ClassVar[dict[str, Any]] = {"GET": LotHoldOutput, "POST": OneLotHoldOutput}

    def get(self, request: Request) -> Response:
        """Return a page, latest change first."""
        page = paginate(request, holds(self.query()["view"]), order="-changed_at")
        return Response(page.body([_hold(row) for row in rows_of(page.items)]))

    def post(self, request: Request) -> Response:
        """Hold a lot at all granted sites at once; again while it is held adds what is new."""
        told = self.body()
        made = hold_lot(searched(told["lot"]), reason=told["reason"], scope=told["scope"])
        return Response(_one(made[0]), status=201)


class OneLotHold(MasterDataView):
    """One hold."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": OneLotHoldOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the hold with what it names."""
        hold = get_for_org(holds(), pk=key)
        note_reads(LotHold, [hold])
        return self.reply(_one(hold), etag_of(hold))


class LotRelease(MasterDataView):
    """The end of a hold."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": LotReleaseInput}
    replies: ClassVar[dict[str, Any]] = {"POST": OneLotHoldOutput}

    @extend_schema(operation_id="lot_hold_release")
    def post(self, request: Request, key: UUID) -> Response:
        """Release an own hold everywhere at once. Needs ``If-Match``."""
        hold = get_for_org(holds(), pk=key)
        if hold.owner_id != acting_organisation_id():
            raise not_found()
        require_match(request, hold)
        release_lot(hold.pk, reason=self.body()["reason"])
        hold.refresh_from_db()
        return self.reply(_one(hold), etag_of(hold))


def _trace(found: LotTrace) -> dict[str, Any]:
    root = found.root
    return {
        "thing": root.thing,
        "part_number": root.part_number,
        "is_held": root.is_held,
        "made_from_it": _way(found.into, is_into=True),
        "made_of": _way(found.made_of, is_into=False),
        "vehicles": [each.thing for each in found.vehicles],
    }


def _way(way: Way, *, is_into: bool) -> dict[str, Any]:
    ends = ("material", "product") if is_into else ("product", "material")
    return {
        "things": [_thing(row) for row in way.others],
        "links": [dict(zip(ends, pair, strict=True)) for pair in way.found.pairs],
        "is_cut": way.found.is_cut,
    }


def _thing(row: TracedThing) -> dict[str, Any]:
    names = TracedThingOutput().get_fields()
    told = {name: getattr(row, name) for name in names if name not in {"recorded_by", "sites"}}
    codes = [place.code for place, _amount in row.places]
    return told | {"recorded_by": row.recorded_by.bpn, "sites": codes}


class LotPassOn(MasterDataView):
    """A partner's hold, passed on to those who have the goods now."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": LotPassOnInput}
    replies: ClassVar[dict[str, Any]] = {"POST": OneLotHoldOutput}

    @extend_schema(operation_id="lot_hold_pass_on")
    def post(self, request: Request, key: UUID) -> Response:
        """Hold onward what a partner's hold covers here; the same hold again is the same one.

        Your hold grows and is released with the partner's.
        """
        hold = get_for_org(holds("standing"), pk=key)
        if hold.owner_id == acting_organisation_id():
            raise not_found()
        made = pass_on(hold.pk, reason=self.body()["reason"])
        return Response(_one(made[0]), status=201)


def _hold(row: HoldRow) -> dict[str, Any]:
    names = LotHoldOutput().get_fields()
    told = {name: getattr(row, name) for name in names if name != "owner"}
    return told | {"owner": row.owner.bpn}


def _one(hold: LotHold) -> dict[str, Any]:
    (row,) = rows_of([hold])
    told = [name.bpn for name, _count in partners_told(row.id)] if row.is_own else []
    return _hold(row) | {"named": held_names(row.id, limit=MOST_NAMED), "told": told}


routes: list[URLPattern] = [
    path("lot-trace", LotTraceView.as_view(), name="lot-trace"),
    path("lot-holds", LotHolds.as_view(), name="lot-holds"),
    path("lot-holds/<uuid:key>", OneLotHold.as_view(), name="lot-hold"),
    path("lot-holds/<uuid:key>/pass-on", LotPassOn.as_view(), name="lot-hold-pass-on"),
    path("lot-holds/<uuid:key>/release", LotRelease.as_view(), name="lot-hold-release"),
]
