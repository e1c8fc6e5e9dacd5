"""REST: premium freight asked for and decided; money in minor units."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import paginate
from collab.integration.problems import not_found
from collab.masterdata.api.base import MasterDataView
from transport.api.base import READ, WRITE
from transport.api.money import ADVISE, MOST_CENTS, MoneyView
from transport.models import PremiumAnswer, PremiumFreight
from transport.queries.money import (
    PREMIUM_VIEWS,
    premium_rows,
    premiums,
)
from transport.rules.premium import CauseCode
from transport.services.premium import MEANS, PremiumPlan, answer_premium, move_on, request_premium


class PremiumInput(serializers.Serializer[Any]):
    """Premium freight asked for."""

    partner = serializers.CharField(max_length=16, help_text="BPN")
    cause = serializers.ChoiceField(choices=[each.value for each in CauseCode])
    means = serializers.ChoiceField(choices=MEANS)
    reason = serializers.CharField(max_length=400)
    needed_by = serializers.DateTimeField()
    cost_minor = serializers.IntegerField(min_value=0, max_value=MOST_CENTS - 1)
    standard_cost_minor = serializers.IntegerField(min_value=0, max_value=MOST_CENTS - 1, default=0)
    currency = serializers.CharField(max_length=3, default="EUR")
    part_number = serializers.CharField(max_length=40, default="", allow_blank=True)
    is_inbound = serializers.BooleanField(default=True, help_text="The goods come to you.")


class PremiumOutput(serializers.Serializer[Any]):
    """A request for premium freight; ``claim_minor`` falls to the side ``at_fault``."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    asker = serializers.CharField(help_text="BPN")
    partner = serializers.CharField(help_text="BPN")
    state = serializers.CharField()
    cause = serializers.CharField()
    at_fault = serializers.CharField()
    means = serializers.CharField()
    reason = serializers.CharField()
    part_number = serializers.CharField()
    cost_minor = serializers.IntegerField()
    standard_cost_minor = serializers.IntegerField()
    claim_minor = serializers.IntegerField()
    currency = serializers.CharField()
    needed_by = serializers.DateTimeField()
    requested_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class PremiumAnswerInput(serializers.Serializer[Any]):
    """What you say to a request; refusing and disputing need a reason."""

    verdict = serializers.ChoiceField(choices=PremiumAnswer.Verdict.choices)
    reason = serializers.CharField(max_length=400, default="", allow_blank=True)


class PremiumAnswerOutput(serializers.Serializer[Any]):
    """Your answer as it was taken."""

    id = serializers.UUIDField()
    verdict = serializers.CharField()
    is_new = serializers.BooleanField()


class PremiumStateInput(serializers.Serializer[Any]):
    """That approved premium freight was moved, or is claimed."""

    state = serializers.ChoiceField(choices=["moved", "claimed"])
    cost_minor = serializers.IntegerField(
        min_value=0, max_value=MOST_CENTS - 1, required=False, help_text="What it really cost."
    )


class PremiumRequests(MoneyView):
    """Premium freight asked for by you or by partners."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": PremiumInput}
    replies: ClassVar[dict[str, Any]] = {"GET": PremiumOutput, "POST": PremiumOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        page = paginate(request, premiums(self.wanted(PREMIUM_VIEWS)))
        return Response(page.body([_premium(row) for row in premium_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """Ask a partner to agree."""
        row = request_premium(PremiumPlan(**self.body()), as_of=timezone.now())
        body = _premium(premium_rows([row])[0])
        return Response(body, status=201, headers={"ETag": etag_of(row)})


class PremiumVerdict(MasterDataView):
    """Your answer to a request for premium freight."""

    scopes: ClassVar[dict[str, str]] = {"POST": ADVISE}
    bodies: ClassVar[dict[str, Any]] = {"POST": PremiumAnswerInput}
    replies: ClassVar[dict[str, Any]] = {"POST": PremiumAnswerOutput}

    def post(self, request: Request, key: UUID) -> Response:
        """Approve, refuse, or approve and dispute the fault; once."""
        try:
            made, is_new = answer_premium(key, as_of=timezone.now(), **self.body())
        except PremiumFreight.DoesNotExist:
            raise not_found() from None
        body = {"id": made.pk, "verdict": made.verdict, "is_new": is_new}
        return Response(body, status=201 if is_new else 200)


class PremiumState(MasterDataView):
    """What became of approved premium freight."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": PremiumStateInput}
    replies: ClassVar[dict[str, Any]] = {"POST": PremiumOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}
    versioned = frozenset({"POST"})

    def post(self, request: Request, key: UUID) -> Response:
        """Say that it was moved, or that you claim it."""
        self.locked(PremiumFreight, key)
        told = self.body()
        row = move_on(key, to=told["state"], cost_minor=told.get("cost_minor"))
        return Response(_premium(premium_rows([row])[0]), headers={"ETag": etag_of(row)})


def _premium(row: Any) -> dict[str, Any]:
    names = (
        "id", "number", "state", "cause", "at_fault", "means", "reason", "part_number",
        "cost_minor", "standard_cost_minor", "claim_minor", "currency", "needed_by",
        "requested_at", "version",
    )  # fmt: skip
    bpns = {"asker": row.asker.bpn, "partner": row.partner.bpn}
    return {name: getattr(row, name) for name in names} | bpns


routes: list[URLPattern] = [
    path("premium-freight", PremiumRequests.as_view(), name="premium-freight"),
    path("premium-freight/<uuid:key>/answer", PremiumVerdict.as_view(), name="premium-answer"),
    path("premium-freight/<uuid:key>/state", PremiumState.as_view(), name="premium-state"),
]
