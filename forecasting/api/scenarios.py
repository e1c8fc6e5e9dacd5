"""REST: scenarios, what they change, and offers of them to suppliers."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.masterdata.api.base import MasterDataView, partner_by_bpn
from forecasting.models import Scenario, ScenarioAnswer, ScenarioOffer
from forecasting.queries.scenarios import OfferRow, offer_rows, scenario_row
from forecasting.rules.scenario import KINDS
from forecasting.services.scenarios import (
    MOST_CHANGES,
    PlanOfSeries,
    answer_offer,
    change_scenario,
    discard_scenario,
    offer_scenario,
    open_scenario,
    outcome_of,
    promote_scenario,
)

READ, WRITE = "forecasting:read", "forecasting:write"


class ScenarioChangeFields(serializers.Serializer[Any]):
    """One changed input; weeks from ``first`` to ``last``, both Mondays included."""

    kind = serializers.ChoiceField(choices=[(kind, kind) for kind in KINDS])
    first = serializers.DateField()
    last = serializers.DateField()
    value = serializers.DecimalField(max_digits=18, decimal_places=3)
    parts = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, default=list, max_length=2_000
    )


class ScenarioInput(serializers.Serializer[Any]):
    """A scenario to be."""

    name = serializers.CharField(max_length=120)
    changes = ScenarioChangeFields(many=True, required=False, default=list)


class ScenarioChange(serializers.Serializer[Any]):
    """All changes of a scenario; they replace those before."""

    changes = serializers.ListField(child=ScenarioChangeFields(), max_length=MOST_CHANGES)


class ScenarioOutput(serializers.Serializer[Any]):
    """A scenario."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=Scenario.State.choices)
    changes = ScenarioChangeFields(many=True)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class ScenarioOutcomeOutput(serializers.Serializer[Any]):
    """What a scenario does to one series; quantities in base units, cost in minor units."""

    series = serializers.UUIDField()
    part_number = serializers.CharField()
    first_week = serializers.DateField()
    before = serializers.ListField(child=serializers.CharField(allow_null=True))
    after = serializers.ListField(child=serializers.CharField(allow_null=True))
    change = serializers.CharField()
    cost_minor = serializers.IntegerField(allow_null=True)


class ScenarioOutcomeList(serializers.Serializer[Any]):
    """All series that a scenario changes."""

    items = ScenarioOutcomeOutput(many=True)


class ScenarioDecisionInput(serializers.Serializer[Any]):
    """Promote or discard; or offer to the supplier with this BPN."""

    decision = serializers.ChoiceField(choices=["promote", "discard", "offer"])
    supplier = serializers.CharField(max_length=16, required=False, default="", allow_blank=True)


class ScenarioOfferOutput(serializers.Serializer[Any]):
    """A scenario's totals of one series as its supplier sees them; hidden values are null."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    part_number = serializers.CharField(allow_null=True)
    site = serializers.CharField(allow_null=True)
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)
    is_withdrawn = serializers.BooleanField()
    offered_at = serializers.DateTimeField()
    verdict = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)


class ScenarioAnswerInput(serializers.Serializer[Any]):
    """The supplier's answer."""

    verdict = serializers.ChoiceField(choices=ScenarioAnswer.Verdict.choices)
    note = serializers.CharField(max_length=400, required=False, default="", allow_blank=True)


class Scenarios(MasterDataView):
    """The own scenarios, newest first; POST opens one."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": ScenarioInput}
    replies: ClassVar[dict[str, Any]] = {"GET": ScenarioOutput, "POST": ScenarioOutput}
    lists: ClassVar[bool] = True
    statuses: ClassVar[dict[str, int]] = {"POST": 201}

    def get(self, request: Request) -> Response:
        """Return a page of scenarios."""
        self.query()
        page = paginate(request, Scenario.objects.all())
        return Response(page.body([body_of(each) for each in page.items]))

    def post(self, request: Request) -> Response:
        """Open a scenario, with changes or without."""
        asked = self.body()
        found = open_scenario(name=asked["name"])
        if asked["changes"]:
            found = change_scenario(found.pk, asked["changes"])
        location = reverse("api:scenario", args=[found.pk])
        return Response(body_of(found), status=201, headers={"Location": location})


class OneScenario(MasterDataView):
    """One scenario."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": ScenarioChange}
    replies: ClassVar[dict[str, Any]] = {"GET": ScenarioOutput, "PATCH": ScenarioOutput}
    versioned: ClassVar[frozenset[str]] = frozenset({"PATCH"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the scenario."""
        found = get_for_org(Scenario, pk=key)
        return self.reply(body_of(found), etag_of(found))

    def patch(self, request: Request, key: UUID) -> Response:
        """Replace its changes."""
        self.locked(Scenario, key)
        found = change_scenario(key, self.body()["changes"])
        return self.reply(body_of(found), etag_of(found))


class ScenarioOutcome(MasterDataView):
    """A scenario beside the plan that stands."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": ScenarioOutcomeList}

    def get(self, request: Request, key: UUID) -> Response:
        """Return every series that the scenario changes, by part number."""
        found = get_for_org(Scenario, pk=key)
        return Response({"items": [outcome_body(each) for each in outcome_of(found)]})


class ScenarioDecision(MasterDataView):
    """The decision about a scenario."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": ScenarioDecisionInput}
    replies: ClassVar[dict[str, Any]] = {"POST": ScenarioOutput}
    versioned: ClassVar[frozenset[str]] = frozenset({"POST"})

    def post(self, request: Request, key: UUID) -> Response:
        """Promote, discard or offer; the same decision again changes nothing."""
        asked = self.body()
        found = self.locked(Scenario, key)
        if asked["decision"] == "promote":
            found = promote_scenario(key)
        elif asked["decision"] == "discard":
            found = discard_scenario(key)
        else:
            offer_scenario(key, supplier_id=partner_by_bpn(asked["supplier"]).pk)
        return self.reply(body_of(found), etag_of(found))


class ScenarioOffers(MasterDataView):
    """Offers of scenarios, made by the caller or to it, newest first."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": ScenarioOfferOutput}
    lists: ClassVar[bool] = True

    def get(self, request: Request) -> Response:
        """Return a page of offers."""
        self.query()
        page = paginate(request, ScenarioOffer.objects.all())
        return Response(page.body([offer_body(each) for each in offer_rows(page.items)]))


class OfferAnswer(MasterDataView):
    """The supplier's answer to an offer."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": ScenarioAnswerInput}
    replies: ClassVar[dict[str, Any]] = {"POST": ScenarioOfferOutput}

    def post(self, request: Request, key: UUID) -> Response:
        """Accept or abort; the last answer counts."""
        offer = get_for_org(ScenarioOffer, pk=key)
        answer_offer(offer.pk, **self.body())
        (row,) = offer_rows([offer])
        return Response(offer_body(row))


def body_of(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as the API shows it."""
    row = scenario_row(scenario)
    shown = ("id", "name", "state", "changes", "created_at", "decided_at", "version")
    return {name: getattr(row, name) for name in shown}


def outcome_body(plan: PlanOfSeries) -> dict[str, Any]:
    """Return what a scenario does to a series as the API shows it."""
    return {
        "series": plan.series.pk,
        "part_number": plan.series.part_number,
        "first_week": plan.first_week,
        "before": [None if each is None else str(each) for each in plan.before],
        "after": [None if each is None else str(each) for each in plan.after],
        "change": str(plan.difference.change),
        "cost_minor": plan.difference.cost_minor,
    }


def offer_body(row: OfferRow) -> dict[str, Any]:
    """Return an offer as the API shows it."""
    return {
        "id": row.id,
        "name": row.name,
        "part_number": row.part_number,
        "site": row.site_code,
        "before": None if row.before is None else str(row.before),
        "after": None if row.after is None else str(row.after),
        "is_withdrawn": row.is_withdrawn,
        "offered_at": row.offered_at,
        "verdict": row.verdict,
        "note": row.note,
    }


routes: list[URLPattern] = [
    path("scenarios", Scenarios.as_view(), name="scenarios"),
    path("scenarios/<uuid:key>", OneScenario.as_view(), name="scenario"),
    path("scenarios/<uuid:key>/outcome", ScenarioOutcome.as_view(), name="scenario-outcome"),
    path("scenarios/<uuid:key>/decision", ScenarioDecision.as_view(), name="scenario-decision"),
    path("scenario-offers", ScenarioOffers.as_view(), name="scenario-offers"),
    path("scenario-offers/<uuid:key>/answer", OfferAnswer.as_view(), name="scenario-answer"),
]
