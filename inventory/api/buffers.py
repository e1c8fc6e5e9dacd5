"""REST: safety stock: policies, suggestions and what is decided about them."""

from dataclasses import replace
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
from collab.masterdata.api.base import VERSIONED, MasterDataView
from inventory.api.base import READ, WRITE
from inventory.models import BufferPolicy, BufferSuggestion
from inventory.queries.buffers import (
    VIEWS,
    SuggestionFilter,
    policies,
    suggestion_row,
    suggestion_rows,
    suggestions,
)
from inventory.services.buffer_policies import (
    PolicyFigures,
    change_policy,
    remove_policy,
    set_policy,
)
from inventory.services.buffers import accept, dismiss, suggest
from inventory.services.portfolio import suggest_for_fill

NAMES = tuple(PolicyFigures.__dataclass_fields__)


def _decimal(digits: int, places: int, text: str = "") -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=digits, decimal_places=places, min_value=0, required=False, allow_null=True,
        help_text=text,
    )  # fmt: skip


class BufferPolicyChange(serializers.Serializer[Any]):
    """The figures of a policy; null is measured, or no bound."""

    method = serializers.ChoiceField(choices=BufferPolicy.Method.choices, required=False)
    service_level = serializers.DecimalField(
        max_digits=6, decimal_places=5, min_value=0, max_value=1, required=False,
        help_text="Share of replenishment cycles without a shortage, 0.5 to 0.99999.",
    )  # fmt: skip
    lead_days = _decimal(7, 3)
    lead_sigma_days = _decimal(7, 3)
    processing_days = _decimal(7, 3)
    daily_demand = _decimal(18, 3, "Base units per day.")
    daily_sigma = _decimal(18, 3, "Base units per day.")
    minimum_quantity = _decimal(18, 3)
    maximum_quantity = _decimal(18, 3)
    minimum_days = _decimal(7, 3)
    maximum_days = _decimal(7, 3)
    hard_days = _decimal(7, 3, "Safety lead time that is always kept.")
    soft_days = _decimal(7, 3, "Safety lead time that is given up before anything runs short.")
    pack_size = _decimal(18, 3)
    unit_cost = _decimal(14, 4)
    currency = serializers.CharField(max_length=3, required=False)
    is_active = serializers.BooleanField(required=False)


class BufferPolicyBody(BufferPolicyChange):
    """The body of a policy; partner, part and site say which one."""

    counterparty = serializers.CharField(max_length=16, help_text="BPN of the partner.")
    part_number = serializers.CharField(max_length=40, help_text="Your number, or the partner's.")
    site = serializers.CharField(max_length=20, help_text="Code of your site.")


class BufferPolicyOutput(BufferPolicyBody):
    """A policy."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()


class BufferPolicyQuery(serializers.Serializer[Any]):
    """Filters of the list of policies."""

    part_number = serializers.CharField(max_length=40, default="", help_text="Its beginning.")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class SuggestionQuery(serializers.Serializer[Any]):
    """Filters of the list of suggestions."""

    view = serializers.ChoiceField(choices=list(VIEWS), default="open")
    part_number = serializers.CharField(max_length=40, default="", help_text="Its beginning.")
    site = serializers.CharField(max_length=20, default="")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class SuggestionOutput(serializers.Serializer[Any]):
    """Safety stock as the figures ask for it; quantities in base units as exact decimals."""

    id = serializers.UUIDField()
    policy = serializers.UUIDField()
    part_number = serializers.CharField()
    site = serializers.CharField()
    partner = serializers.CharField(help_text="BPN")
    state = serializers.ChoiceField(choices=BufferSuggestion.State.choices)
    service_level = serializers.CharField()
    safety_stock = serializers.CharField()
    reorder_point = serializers.CharField()
    target = serializers.CharField()
    minimum_days = serializers.CharField(allow_null=True)
    order_quantity = serializers.CharField()
    available = serializers.CharField(allow_null=True)
    before = serializers.CharField(allow_null=True)
    lead_share = serializers.CharField(help_text="Share of the variance from the lead time.")
    cost_change = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    figures = serializers.JSONField()
    decided_stock = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()


class DecisionBody(serializers.Serializer[Any]):
    """What the planner makes of a suggestion."""

    decision = serializers.ChoiceField(choices=["accept", "dismiss"])
    stock = _decimal(18, 3, "Another safety stock than the suggested one.")
    note = serializers.CharField(max_length=400, default="", allow_blank=True)


class WorkOutBody(serializers.Serializer[Any]):
    """How policies are worked out: each at its own level, or for one fill rate together."""

    fill = serializers.FloatField(
        required=False, min_value=0.5, max_value=0.999,
        help_text="Share of all demand that is served from stock, over all parts together.",
    )  # fmt: skip


class WorkedOut(serializers.Serializer[Any]):
    """What came of it."""

    policies = serializers.IntegerField()
    open = serializers.IntegerField()
    missing = serializers.IntegerField(help_text="Policies that lack a figure.")


class BufferPolicies(MasterDataView):
    """How the safety stock of parts at sites is found."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = BufferPolicyQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": BufferPolicyBody}
    replies: ClassVar[dict[str, Any]] = {"GET": BufferPolicyOutput, "POST": BufferPolicyOutput}

    def get(self, request: Request) -> Response:
        """Return a page of your policies, newest first."""
        asked = self.query()
        found = policies(part=asked["part_number"], partner_bpn=asked["partner"])
        page = paginate(request, found)
        return Response(page.body([shown_policy(row) for row in page.items]))

    def post(self, request: Request) -> Response:
        """Set a policy; one for the same part, site and partner is replaced."""
        told = self.body()
        which = {name: told.pop(name) for name in ("counterparty", "part_number", "site")}
        row, is_new = set_policy(figures=_figures(PolicyFigures(), told), **which)
        suggest(as_of=timezone.now(), policy_ids=[row.pk])
        return _policy_answer(row.pk, 201 if is_new else 200)


class OneBufferPolicy(MasterDataView):
    """One policy."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": BufferPolicyChange}
    replies: ClassVar[dict[str, Any]] = {"GET": BufferPolicyOutput, "PATCH": BufferPolicyOutput}
    versioned = VERSIONED

    def get(self, request: Request, key: UUID) -> Response:
        """Return the policy."""
        get_for_org(BufferPolicy, pk=key)
        return _policy_answer(key, 200)

    def patch(self, request: Request, key: UUID) -> Response:
        """Change the figures that are given."""
        row = self.locked(BufferPolicy, key)
        stands = PolicyFigures(**{name: getattr(row, name) for name in NAMES})
        change_policy(key, _figures(stands, self.body(partial=True)))
        suggest(as_of=timezone.now(), policy_ids=[key])
        return _policy_answer(key, 200)

    def delete(self, request: Request, key: UUID) -> Response:
        """Take the policy away."""
        self.locked(BufferPolicy, key)
        remove_policy(key)
        return Response(status=204)


class BufferSuggestions(MasterDataView):
    """Safety stock as suggested, and working it out."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = SuggestionQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": WorkOutBody}
    replies: ClassVar[dict[str, Any]] = {"GET": SuggestionOutput, "POST": WorkedOut}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def get(self, request: Request) -> Response:
        """Return a page of suggestions, newest first."""
        asked = self.query()
        wanted = SuggestionFilter(
            view=asked["view"], part=asked["part_number"], site=asked["site"],
            partner_bpn=asked["partner"],
        )  # fmt: skip
        page = paginate(request, suggestions(wanted))
        return Response(page.body([shown_suggestion(row) for row in suggestion_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """Work all active policies out anew; twice in a row changes nothing."""
        fill = self.body().get("fill")
        now = timezone.now()
        found = suggest(as_of=now) if fill is None else suggest_for_fill(fill, as_of=now)
        body = {"policies": found.policies, "open": found.open, "missing": found.missing}
        return Response(body)


class OneBufferSuggestion(MasterDataView):
    """One suggestion."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": DecisionBody}
    replies: ClassVar[dict[str, Any]] = {"GET": SuggestionOutput, "PATCH": SuggestionOutput}
    versioned: ClassVar[frozenset[str]] = frozenset({"PATCH"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the suggestion with every figure it comes from."""
        get_for_org(BufferSuggestion, pk=key)
        return _suggestion_answer(key)

    def patch(self, request: Request, key: UUID) -> Response:
        """Accept it, with another stock if you give one, or dismiss it."""
        self.locked(BufferSuggestion, key)
        told, now = self.body(), timezone.now()
        if told["decision"] == "dismiss":
            dismiss(key, as_of=now, note=told["note"])
        else:
            accept(key, as_of=now, stock=told.get("stock"), note=told["note"])
        return _suggestion_answer(key)


def _figures(stands: PolicyFigures, told: dict[str, Any]) -> PolicyFigures:
    return replace(stands, **{name: told[name] for name in NAMES if name in told})


def shown_policy(row: BufferPolicy) -> dict[str, Any]:
    """Return the policy as the API shows it."""
    return {
        "id": row.pk,
        "counterparty": row.partner.bpn,
        "part_number": row.part_number,
        "site": row.site_code,
        **{name: getattr(row, name) for name in NAMES},
        "version": row.version,
    }


def shown_suggestion(row: Any) -> dict[str, Any]:
    """Return the suggestion as the API shows it."""
    same = (
        "id", "part_number", "state", "service_level", "safety_stock", "reorder_point", "target",
        "minimum_days", "order_quantity", "available", "before", "lead_share", "cost_change",
        "currency", "figures", "decided_stock", "decided_at", "note", "version",
    )  # fmt: skip
    return {name: getattr(row, name) for name in same} | {
        "policy": row.policy_id,
        "site": row.site_code,
        "partner": row.partner_bpn,
    }


def _policy_answer(key: UUID, status: int) -> Response:
    row = BufferPolicy.objects.select_related("partner").get(pk=key)
    return Response(shown_policy(row), status=status, headers={"ETag": etag_of(row)})


def _suggestion_answer(key: UUID) -> Response:
    rows = BufferSuggestion.objects.select_related("policy__part", "policy__partner")
    row = rows.get(pk=key)
    return Response(shown_suggestion(suggestion_row(row)), headers={"ETag": etag_of(row)})


routes: list[URLPattern] = [
    path("buffer-policies", BufferPolicies.as_view(), name="buffer-policies"),
    path("buffer-policies/<uuid:key>", OneBufferPolicy.as_view(), name="buffer-policy"),
    path("buffer-suggestions", BufferSuggestions.as_view(), name="buffer-suggestions"),
    path("buffer-suggestions/<uuid:key>", OneBufferSuggestion.as_view(), name="buffer-suggestion"),
]
