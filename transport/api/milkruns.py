"""REST: milk-run scenarios; money in their currency, a week's figures."""

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
from collab.integration.problems import FieldError, Problem
from collab.masterdata.api.base import MasterDataView, partner_by_bpn
from transport.api.base import READ, WRITE
from transport.models import MilkRunScenario
from transport.queries.scenarios import VIEWS, scenario_row, scenarios
from transport.services.places import partner_named, shown
from transport.services.routes import publish_scenario
from transport.services.scenarios import (
    LEAST_SECONDS,
    MOST_SECONDS,
    DataMissing,
    ScenarioPlan,
    new_scenario,
    solve_scenario,
    vary,
)


class MilkRunQuery(serializers.Serializer[Any]):
    """Filters of the list."""

    view = serializers.ChoiceField(choices=list(VIEWS), default="current")
    plant = serializers.CharField(max_length=20, default="", help_text="Site code")


class MilkRunInput(serializers.Serializer[Any]):
    """A week to plan; with ``variant_of`` a variant of another scenario under other ``options``."""

    plant = serializers.CharField(max_length=20, required=False, help_text="Site code")
    first_week = serializers.DateField(required=False, help_text="A Monday")
    name = serializers.CharField(max_length=80, default="", allow_blank=True)
    suppliers = serializers.ListField(
        child=serializers.CharField(max_length=16),
        max_length=500,
        default=list,
        help_text="BPNs; none: all with goods in the week",
    )
    seconds = serializers.IntegerField(
        min_value=LEAST_SECONDS, max_value=MOST_SECONDS, default=60, help_text="Wall time"
    )
    co2_price_minor = serializers.IntegerField(
        min_value=0, max_value=1_000_000, default=10_000, help_text="Per tonne of CO2e"
    )
    variant_of = serializers.UUIDField(required=False)
    options = serializers.DictField(
        required=False,
        help_text="pinned, forbidden_pairs, patterns, frequencies, min_frequencies, docks",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for plant and week unless it is a variant."""
        if "variant_of" not in attrs and not {"plant", "first_week"} <= attrs.keys():
            raise serializers.ValidationError({"plant": "Plant and first_week, or variant_of."})
        return attrs


class MilkRunOutput(serializers.Serializer[Any]):
    """A scenario; figures are null until it is solved. ``plan`` is the engine's answer."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    plant = serializers.CharField(help_text="Site code")
    first_week = serializers.DateField()
    state = serializers.CharField()
    variant_of = serializers.UUIDField(allow_null=True)
    job = serializers.UUIDField(allow_null=True)
    currency = serializers.CharField()
    co2_price_minor = serializers.IntegerField()
    cost = serializers.FloatField(allow_null=True)
    direct_cost = serializers.FloatField(allow_null=True)
    km = serializers.FloatField(allow_null=True)
    kg_co2e = serializers.FloatField(allow_null=True)
    vehicle_days = serializers.IntegerField(allow_null=True)
    solved_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class MilkRunDetail(MilkRunOutput):
    """A scenario with its plan, what it assumed, why suppliers are where they are."""

    places = serializers.DictField()
    notes = serializers.ListField(child=serializers.CharField())
    options = serializers.DictField()
    plan = serializers.DictField(allow_null=True)
    explanation = serializers.DictField()
    sweep = serializers.ListField(child=serializers.DictField())
    conflicts = serializers.ListField(child=serializers.DictField())


class MilkRunPublishInput(serializers.Serializer[Any]):
    """From when the plan holds, and who drives it."""

    valid_from = serializers.DateField()
    carrier = serializers.CharField(
        max_length=16, default="", allow_blank=True, help_text="BPN; empty: the own fleet"
    )


class MilkRunPublishedOutput(serializers.Serializer[Any]):
    """The fixed routes that hold from then on."""

    routes = serializers.ListField(child=serializers.CharField())


class Scenarios(MasterDataView):
    """Milk-run scenarios of the acting organisation."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists: ClassVar[bool] = True
    filters: ClassVar[Any] = MilkRunQuery
    bodies: ClassVar[dict[str, Any]] = {"POST": MilkRunInput}
    replies: ClassVar[dict[str, Any]] = {"GET": MilkRunOutput, "POST": MilkRunOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        asked = self.query()
        page = paginate(request, scenarios(asked["view"], asked["plant"]))
        return Response(page.body([_shown(each) for each in page.items]))

    def post(self, request: Request) -> Response:
        """Make a scenario from the week's data, or a variant; 409 names what is missing."""
        told = self.body()
        if "variant_of" in told:
            parent = get_for_org(MilkRunScenario, pk=told["variant_of"])
            row = vary(
                parent.pk,
                told.get("options", parent.options),
                name=told["name"],
                co2_price_minor=told["co2_price_minor"],
                seconds=told["seconds"],
            )
        else:
            row = self._new(told)
        return Response(_shown(row), status=201, headers={"ETag": etag_of(row)})

    @staticmethod
    def _new(told: dict[str, Any]) -> MilkRunScenario:
        plan = ScenarioPlan(
            plant=told["plant"],
            first_week=told["first_week"],
            name=told["name"],
            supplier_ids=[partner_by_bpn(bpn).pk for bpn in told["suppliers"]],
            seconds=told["seconds"],
            co2_price_minor=told["co2_price_minor"],
        )
        try:
            row = new_scenario(plan, as_of=timezone.now())
        except DataMissing as missing:
            errors = [FieldError("suppliers", each.what, each.supplier) for each in missing.lacks]
            raise Problem(409, "Data missing", "The week cannot be planned.", errors) from None
        return vary(row.pk, told["options"]) if "options" in told else row


class Scenario(MasterDataView):
    """One scenario with its plan."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": MilkRunDetail}

    def get(self, _request: Request, key: UUID) -> Response:
        """Return it with everything the studio shows."""
        row = get_for_org(MilkRunScenario, pk=key)
        places = row.problem["x_places"]
        more = {
            "places": {code: shown(place) for code, place in places.items()},
            "notes": row.problem["x_notes"],
            "options": row.options,
            "plan": row.plan,
            "explanation": row.explanation,
            "sweep": row.sweep,
            "conflicts": row.conflicts,
        }
        return Response(_shown(row) | more, headers={"ETag": etag_of(row)})


class ScenarioSolve(MasterDataView):
    """Solving a scenario: a job."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    replies: ClassVar[dict[str, Any]] = {"POST": MilkRunOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 202}

    def post(self, _request: Request, key: UUID) -> Response:
        """Start the job; one that runs already stays."""
        get_for_org(MilkRunScenario, pk=key)
        row = solve_scenario(key)
        return Response(_shown(row), status=202, headers={"ETag": etag_of(row)})


class ScenarioPublish(MasterDataView):
    """Publishing a scenario as fixed routes."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": MilkRunPublishInput}
    replies: ClassVar[dict[str, Any]] = {"POST": MilkRunPublishedOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}
    versioned = frozenset({"POST"})

    def post(self, request: Request, key: UUID) -> Response:
        """Make the plan the plant's fixed routes; the same again changes nothing."""
        self.locked(MilkRunScenario, key)
        told = self.body()
        carrier = partner_named(told["carrier"], field="carrier") if told["carrier"] else 0
        made = publish_scenario(
            key, valid_from=told["valid_from"], as_of=timezone.now(), carrier_id=carrier
        )
        row = get_for_org(MilkRunScenario, pk=key)
        return Response(
            {"routes": [each.number for each in made]}, headers={"ETag": etag_of(row)}
        )  # fmt: skip


def _shown(scenario: MilkRunScenario) -> dict[str, Any]:
    row = scenario_row(scenario)
    return {
        "id": row.id,
        "name": row.name,
        "plant": row.plant_code,
        "first_week": row.first_week,
        "state": row.state,
        "variant_of": row.parent_id,
        "job": row.job_id,
        "currency": row.currency,
        "co2_price_minor": scenario.co2_price_minor,
        "cost": row.cost,
        "direct_cost": row.direct_cost,
        "km": row.km,
        "kg_co2e": row.kg,
        "vehicle_days": row.trucks,
        "solved_at": row.solved_at,
        "version": row.version,
    }


routes: list[URLPattern] = [
    path("milk-run-scenarios", Scenarios.as_view(), name="milk-run-scenarios"),
    path("milk-run-scenarios/<uuid:key>", Scenario.as_view(), name="milk-run-scenario"),
    path("milk-run-scenarios/<uuid:key>/solve", ScenarioSolve.as_view(), name="milk-run-solve"),
    path(
        "milk-run-scenarios/<uuid:key>/publish", ScenarioPublish.as_view(), name="milk-run-publish"
    ),
]
