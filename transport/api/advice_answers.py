"""REST: what customers say to dispatch advices, and how the own licence plates begin."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.problems import not_found
from collab.masterdata.api.base import MasterDataView
from transport.api.base import READ, WRITE
from transport.models import AdviceAnswer, DispatchAdvice
from transport.queries.advice_answers import answer_of
from transport.services.advice_answers import answer_advice
from transport.services.plates import issuer, set_issuer

ADVISE = "transport:advise"


class AdviceAnswerInput(serializers.Serializer[Any]):
    """What the customer says; a query needs a ``note``."""

    verdict = serializers.ChoiceField(choices=AdviceAnswer.Verdict.choices)
    note = serializers.CharField(max_length=400, default="", allow_blank=True)


class AdviceAnswerOutput(serializers.ModelSerializer[AdviceAnswer]):
    """The customer's answer to an advice."""

    class Meta:
        model = AdviceAnswer
        fields = ("advice_id", "advice_number", "revision", "verdict", "note", "answered_at")


class Answer(MasterDataView):
    """The customer's answer to a dispatch advice."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": ADVISE}
    bodies: ClassVar[dict[str, Any]] = {"POST": AdviceAnswerInput}
    replies: ClassVar[dict[str, Any]] = {"GET": AdviceAnswerOutput, "POST": AdviceAnswerOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the answer; 404 until there is one."""
        found = answer_of(key)
        if found is None:
            raise not_found()
        return Response(AdviceAnswerOutput(found).data)

    def post(self, request: Request, key: UUID) -> Response:
        """Accept an advice sent to us, or query it."""
        told = self.body()
        try:
            row, _is_new = answer_advice(
                key, verdict=told["verdict"], note=told["note"], as_of=timezone.now()
            )
        except DispatchAdvice.DoesNotExist:
            raise not_found() from None
        return Response(AdviceAnswerOutput(row).data)


class IssuerBody(serializers.Serializer[Any]):
    """How licence plates begin: ``agency`` UN (DUNS) or OD (Odette), ``company`` its number."""

    agency = serializers.ChoiceField(choices=["UN", "OD"])
    company = serializers.CharField(max_length=20)


class PlateIssuer(MasterDataView):
    """The issuer of the own licence plates."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PUT": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": IssuerBody}
    replies: ClassVar[dict[str, Any]] = {"GET": IssuerBody, "PUT": IssuerBody}

    def get(self, request: Request) -> Response:
        """Return how the next plates begin."""
        return Response(IssuerBody(issuer()).data)

    def put(self, request: Request) -> Response:
        """State how the next plates begin; serial numbers go on."""
        told = self.body()
        return Response(IssuerBody(set_issuer(told["agency"], told["company"])).data)


routes: list[URLPattern] = [
    path("dispatch-advices/<uuid:key>/answer", Answer.as_view(), name="dispatch-advice-answer"),
    path("plate-issuer", PlateIssuer.as_view(), name="plate-issuer"),
]
