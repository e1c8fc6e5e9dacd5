"""REST: start forecast runs and read what they found."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import FieldError, Problem
from collab.integration.views import View
from collab.masterdata.refusals import Refused
from forecasting.models import ForecastRun, Frequency
from forecasting.services import start_forecast
from forecasting.services.hierarchy import Method


class RunInput(serializers.Serializer[Any]):
    """What to forecast: all active series of a frequency."""

    frequency = serializers.ChoiceField(choices=Frequency.choices, default=Frequency.MONTH.value)
    horizon = serializers.IntegerField(
        min_value=1, max_value=366, required=False, allow_null=True, default=None
    )
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=1)
    hierarchy = serializers.ChoiceField(
        choices=Method.choices,
        default=Method.BOTTOM_UP.value,
        help_text="How the forecasts of groups and of their members are made to agree.",
    )


class RunOutput(serializers.Serializer[Any]):
    """A forecast run."""

    id = serializers.UUIDField()
    job = serializers.UUIDField(allow_null=True)
    frequency = serializers.CharField()
    horizon = serializers.IntegerField()
    hierarchy = serializers.CharField()
    series = serializers.IntegerField()
    first_period = serializers.DateField(allow_null=True)
    methods = serializers.DictField()
    accuracy = serializers.DictField()
    seconds = serializers.FloatField(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ForecastRuns(View):
    """Forecast runs, newest first; POST starts one."""

    scopes: ClassVar[dict[str, str]] = {"GET": "forecasting:read", "POST": "forecasting:write"}
    bodies: ClassVar[dict[str, Any]] = {"POST": RunInput}
    replies: ClassVar[dict[str, Any]] = {"GET": RunOutput, "POST": RunOutput}
    lists: ClassVar[bool] = True
    statuses: ClassVar[dict[str, int]] = {"POST": 202}

    def get(self, request: Request) -> Response:
        """Return a page of runs."""
        self.query()
        page = paginate(request, ForecastRun.objects.all())
        return Response(page.body([body_of(run) for run in page.items]))

    def post(self, request: Request) -> Response:
        """Start a run as a job; its progress is at ``/api/v1/jobs/<job>``."""
        asked = self.body()
        try:
            run = start_forecast(**asked)
        except Refused as refused:
            raise Problem(
                422,
                "Forecast not started",
                str(refused),
                [FieldError(refused.field, refused.expected, refused.value)],
            ) from None
        location = reverse("api:forecast-run", args=[run.pk])
        return Response(body_of(run), status=202, headers={"Location": location})


class OneForecastRun(View):
    """One forecast run."""

    scopes: ClassVar[dict[str, str]] = {"GET": "forecasting:read"}
    replies: ClassVar[dict[str, Any]] = {"GET": RunOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the run."""
        run = get_for_org(ForecastRun, pk=key)
        return self.reply(body_of(run), etag_of(run))


def body_of(run: ForecastRun) -> dict[str, Any]:
    """Return a run as the API shows it."""
    return {
        "id": run.pk,
        "job": run.job_id,
        "frequency": run.frequency,
        "horizon": run.horizon,
        "hierarchy": run.parameters.get("hierarchy", Method.BOTTOM_UP.value),
        "series": run.series_count,
        "first_period": run.first_period,
        "methods": run.methods,
        "accuracy": run.accuracy,
        "seconds": run.seconds,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
    }


routes: list[URLPattern] = [
    path("forecast-runs", ForecastRuns.as_view(), name="forecast-runs"),
    path("forecast-runs/<uuid:key>", OneForecastRun.as_view(), name="forecast-run"),
]
