"""REST: how good arrival estimates were, and the versions of the model that makes them."""

from typing import Any, ClassVar

from django.urls import URLPattern, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.lists import paginate
from collab.integration.views import View
from transport.api.base import READ
from transport.models import EtaVersion
from transport.queries.accuracy import report


class ArrivalBandOutput(serializers.Serializer[Any]):
    """Estimates made so many hours before arrival; ``within`` P10 to P90 should be .80."""

    from_hours = serializers.FloatField()
    to_hours = serializers.FloatField(allow_null=True)
    count = serializers.IntegerField()
    mean_absolute_min = serializers.FloatField(allow_null=True)
    bias_min = serializers.FloatField(allow_null=True)
    within = serializers.FloatField(allow_null=True)


class ArrivalAccuracyOutput(serializers.Serializer[Any]):
    """How estimates of the last 90 days did, and the version in use."""

    version = serializers.CharField()
    in_use_since = serializers.DateTimeField(allow_null=True)
    trips = serializers.IntegerField(allow_null=True)
    judged = serializers.IntegerField()
    within = serializers.FloatField(allow_null=True)
    bands = ArrivalBandOutput(many=True)


class EtaVersionOutput(serializers.ModelSerializer[EtaVersion]):
    """One version of the model; ``loss`` is the mean pinball loss [min] on held-out trips."""

    name = serializers.CharField(source="__str__")

    class Meta:
        model = EtaVersion
        fields = (
            "id", "name", "verdict", "fitted_at", "trips", "observations", "trained_until",
            "held_out_trips", "loss", "within", "before_number", "before_loss", "before_within",
            "used_from", "used_until", "parameters",
        )  # fmt: skip


class ArrivalAccuracy(View):
    """Accuracy of the own arrival estimates."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": ArrivalAccuracyOutput}

    def get(self, request: Request) -> Response:
        """Return accuracy by hours before arrival, and the version in use."""
        found = report(as_of=timezone.now())
        used = found.in_use
        body = {
            "version": used.name,
            "in_use_since": used.since,
            "trips": used.row.trips if used.row is not None else None,
            "judged": used.judged,
            "within": used.within,
            "bands": found.bands,
        }
        return Response(ArrivalAccuracyOutput(body).data)


class EtaVersions(View):
    """Versions of the own arrival model, kept and rejected."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    lists: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": EtaVersionOutput}

    def get(self, request: Request) -> Response:
        """Return a page of versions, newest first."""
        page = paginate(request, EtaVersion.objects.all())
        return Response(page.body(EtaVersionOutput(page.items, many=True).data))


routes: list[URLPattern] = [
    path("arrival-accuracy", ArrivalAccuracy.as_view(), name="arrival-accuracy"),
    path("eta-versions", EtaVersions.as_view(), name="eta-versions"),
]
