"""REST: accuracy and bullwhip figures of own series and of those that customers open."""

from typing import Any, ClassVar

from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.lists import paginate
from collab.masterdata.api.base import MasterDataView
from forecasting.queries.bullwhip import BullwhipRow, bullwhip_rows, bullwhips
from forecasting.queries.measures import STEPS, FigureRow, figure_rows, figures
from forecasting.services.measure_scores import LAGS
from forecasting.services.measure_worth import OVERRIDE
from forecasting.services.measures import start_measuring

READ, WRITE = "forecasting:read", "forecasting:write"


class AccuracyOutput(serializers.Serializer[Any]):
    """How good one step's figures for one series were at one lag.

    ``measures`` maps bias, msse, wape (of the protection interval's sum), spl, coverage,
    nervousness, msse_zero and msse_naive to numbers or null; fields that the owner does not open
    are empty.
    """

    id = serializers.UUIDField()
    series = serializers.UUIDField()
    customer = serializers.CharField()
    supplier = serializers.CharField()
    part_number = serializers.CharField(allow_blank=True)
    site = serializers.CharField(allow_blank=True)
    step = serializers.CharField(allow_blank=True)
    lag_weeks = serializers.IntegerField()
    until = serializers.DateField(allow_null=True)
    weeks = serializers.IntegerField(allow_null=True)
    measures = serializers.DictField()
    computed_at = serializers.DateTimeField(allow_null=True)


class AccuracyQuery(serializers.Serializer[Any]):
    """Which figures are wanted."""

    step = serializers.ChoiceField(choices=[*STEPS, OVERRIDE], required=False)
    lag_weeks = serializers.ChoiceField(choices=[0, *LAGS], required=False)
    part_number = serializers.CharField(
        max_length=40, required=False, help_text="The beginning of the customer's part number."
    )


class BullwhipOutput(serializers.Serializer[Any]):
    """How much more a series' calls varied than its consumption."""

    id = serializers.UUIDField()
    series = serializers.UUIDField()
    customer = serializers.CharField()
    supplier = serializers.CharField()
    part_number = serializers.CharField(allow_blank=True)
    site = serializers.CharField(allow_blank=True)
    ratio = serializers.FloatField(allow_null=True)
    verdict = serializers.CharField(allow_blank=True)
    nervousness = serializers.DictField()
    until = serializers.DateField(allow_null=True)
    weeks = serializers.IntegerField(allow_null=True)
    computed_at = serializers.DateTimeField(allow_null=True)


class BullwhipQuery(serializers.Serializer[Any]):
    """Which figures are wanted."""

    part_number = serializers.CharField(
        max_length=40, required=False, help_text="The beginning of the customer's part number."
    )


class MeasuringOutput(serializers.Serializer[Any]):
    """The job that measures."""

    job = serializers.UUIDField()


class AccuracyFigures(MasterDataView):
    """Accuracy figures, newest first; POST measures all own series anew."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = AccuracyQuery
    replies: ClassVar[dict[str, Any]] = {"GET": AccuracyOutput, "POST": MeasuringOutput}
    lists: ClassVar[bool] = True
    statuses: ClassVar[dict[str, int]] = {"POST": 202}

    def get(self, request: Request) -> Response:
        """Return a page of figures."""
        asked = self.query()
        rows = figures()
        if "lag_weeks" in asked:
            rows = rows.filter(lag_weeks=asked["lag_weeks"])
        if step := asked.get("step"):
            rows = rows.filter(seen_step=step)
        if part := asked.get("part_number"):
            rows = rows.filter(seen_part__istartswith=part)
        page = paginate(request, rows)
        keys = [each.pk for each in page.items]
        shown = {row.id: row for row in figure_rows(figures().filter(pk__in=keys))}
        return Response(page.body([accuracy_body(shown[key]) for key in keys]))

    def post(self, request: Request) -> Response:
        """Start the job that measures; its end is an event of the job."""
        return Response({"job": start_measuring().pk}, status=202)


class BullwhipFigures(MasterDataView):
    """Bullwhip figures, newest first."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = BullwhipQuery
    replies: ClassVar[dict[str, Any]] = {"GET": BullwhipOutput}
    lists: ClassVar[bool] = True

    def get(self, request: Request) -> Response:
        """Return a page of figures."""
        page = paginate(request, bullwhips(part=self.query().get("part_number", "")))
        return Response(page.body([bullwhip_body(row) for row in bullwhip_rows(page.items)]))


def accuracy_body(row: FigureRow) -> dict[str, Any]:
    """Return an accuracy figure as the API shows it."""
    return {
        "id": row.id,
        "series": row.series_id,
        "customer": row.owner.bpn,
        "supplier": row.partner.bpn,
        "part_number": row.part_number,
        "site": row.site_code,
        "step": row.step,
        "lag_weeks": row.lag_weeks,
        "until": row.until,
        "weeks": row.weeks,
        "measures": row.measures,
        "computed_at": row.computed_at,
    }


def bullwhip_body(row: BullwhipRow) -> dict[str, Any]:
    """Return a bullwhip figure as the API shows it."""
    return {
        "id": row.id,
        "series": row.series_id,
        "customer": row.owner.bpn,
        "supplier": row.partner.bpn,
        "part_number": row.part_number,
        "site": row.site_code,
        "ratio": row.ratio,
        "verdict": row.verdict,
        "nervousness": row.nervousness,
        "until": row.until,
        "weeks": row.weeks,
        "computed_at": row.computed_at,
    }


routes: list[URLPattern] = [
    path("accuracy-figures", AccuracyFigures.as_view(), name="accuracy-figures"),
    path("bullwhip-figures", BullwhipFigures.as_view(), name="bullwhip-figures"),
]
