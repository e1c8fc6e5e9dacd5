"""REST: safety stock over tiers: placements, their answers and variants."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.masterdata.api.base import MasterDataView
from inventory.api.base import READ, WRITE
from inventory.models import BufferPlacement
from inventory.queries.buffers import placement_row, placements
from inventory.services.placements import (
    LEAST_SECONDS,
    MOST_SECONDS,
    discard_placement,
    new_placement,
    placement_of_document,
    solve_placement,
    stop_placement,
    vary_placement,
)


class PlacementQuery(serializers.Serializer[Any]):
    """Filters of the list of placements."""

    name = serializers.CharField(max_length=80, default="", help_text="A part of it.")


class PlacementBody(serializers.Serializer[Any]):
    """A new placement: of your active policies, of a network of your own, or a variant."""

    name = serializers.CharField(max_length=80, default="", allow_blank=True)
    seconds = serializers.IntegerField(
        min_value=LEAST_SECONDS, max_value=MOST_SECONDS, default=20, help_text="For the solver."
    )
    network = serializers.JSONField(
        required=False, help_text="As `engine safety-stock` reads it; without one: your policies."
    )
    variant_of = serializers.UUIDField(required=False, help_text="A placement of yours.")
    fixed = serializers.DictField(
        child=serializers.IntegerField(allow_null=True, min_value=0),
        required=False,
        help_text="Of a variant: service time [days] by stage; null sets it free.",
    )


class PlacementOutput(serializers.Serializer[Any]):
    """A placement; money in its currency, times in days."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=BufferPlacement.State.choices)
    variant_of = serializers.UUIDField(allow_null=True)
    job = serializers.UUIDField(allow_null=True)
    currency = serializers.CharField()
    fixed = serializers.JSONField()
    network = serializers.JSONField()
    result = serializers.JSONField(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField())
    solved_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class PlacementItem(serializers.Serializer[Any]):
    """A placement of the list."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=BufferPlacement.State.choices)
    stages = serializers.IntegerField()
    cost = serializers.FloatField(allow_null=True)
    bound = serializers.FloatField(allow_null=True)
    cost_decoupled = serializers.FloatField(allow_null=True)
    currency = serializers.CharField()
    version = serializers.IntegerField()


class PlacementAct(serializers.Serializer[Any]):
    """What to do with a placement."""

    do = serializers.ChoiceField(choices=["solve", "stop", "discard"])


class Placements(MasterDataView):
    """Where chains keep their safety stock."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = PlacementQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": PlacementBody}
    replies: ClassVar[dict[str, Any]] = {"GET": PlacementItem, "POST": PlacementOutput}

    def get(self, request: Request) -> Response:
        """Return a page of placements, newest first."""
        page = paginate(request, placements(text=self.query()["name"]))
        return Response(page.body([_item(row) for row in page.items]))

    def post(self, request: Request) -> Response:
        """Make a placement and have it solved as a job."""
        told = self.body()
        if "variant_of" in told:
            get_for_org(BufferPlacement, pk=told["variant_of"])
            row = vary_placement(told["variant_of"], told.get("fixed", {}), name=told["name"])
        elif "network" in told:
            name = told["name"] or "API"
            row = placement_of_document(told["network"], name=name, seconds=told["seconds"])
        else:
            row = new_placement(as_of=timezone.now(), name=told["name"], seconds=told["seconds"])
        return _answer(solve_placement(row.pk), 202)


class OnePlacement(MasterDataView):
    """One placement."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": PlacementAct}
    replies: ClassVar[dict[str, Any]] = {"GET": PlacementOutput, "PATCH": PlacementOutput}
    versioned: ClassVar[frozenset[str]] = frozenset({"PATCH"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the placement with its network and its answer."""
        return _answer(get_for_org(BufferPlacement, pk=key), 200)

    def patch(self, request: Request, key: UUID) -> Response:
        """Solve it again, stop the solver, or throw it away."""
        self.locked(BufferPlacement, key)
        wish = self.body()["do"]
        if wish == "solve":
            solve_placement(key)
        elif wish == "stop":
            stop_placement(key)
        else:
            discard_placement(key)
        return _answer(get_for_org(BufferPlacement, pk=key), 200)


def _item(row: BufferPlacement) -> dict[str, Any]:
    told = placement_row(row)
    return {
        "id": told.id,
        "name": told.name,
        "state": told.state,
        "stages": told.stages,
        "cost": told.cost,
        "bound": told.bound,
        "cost_decoupled": told.everywhere,
        "currency": told.currency,
        "version": told.version,
    }


def _answer(row: BufferPlacement, status: int) -> Response:
    body = {
        "id": row.pk,
        "name": row.name,
        "state": row.state,
        "variant_of": row.parent_id,
        "job": row.job_id,
        "currency": row.currency,
        "fixed": row.fixed,
        "network": row.problem,
        "result": row.result,
        "notes": row.notes,
        "solved_at": row.solved_at,
        "version": row.version,
    }
    return Response(body, status=status, headers={"ETag": etag_of(row)})


routes: list[URLPattern] = [
    path("buffer-placements", Placements.as_view(), name="buffer-placements"),
    path("buffer-placements/<uuid:key>", OnePlacement.as_view(), name="buffer-placement"),
]
