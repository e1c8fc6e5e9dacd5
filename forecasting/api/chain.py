"""REST: the own needs that customers' releases cause, and how they are planned."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.masterdata.api.base import MasterDataView
from collab.organisations.clock import own_day
from forecasting.queries.chain import ChainRow, chain_rows, own_series
from forecasting.services.propagation import plan_series, propagate_demand

READ, WRITE = "forecasting:read", "forecasting:write"


class NeedCauseOutput(serializers.Serializer[Any]):
    """What one customer's part causes of a need [base units], in all."""

    customer = serializers.CharField()
    part_number = serializers.CharField()
    total = serializers.CharField()


class PeggedNeedOutput(serializers.Serializer[Any]):
    """One own series that customers' releases feed; the next 12 weeks from ``first_week`` on."""

    series = serializers.UUIDField()
    part_number = serializers.CharField()
    supplier = serializers.CharField()
    unit = serializers.CharField()
    first_week = serializers.DateField()
    quantities = serializers.ListField(child=serializers.CharField(allow_null=True))
    total = serializers.CharField()
    causes = NeedCauseOutput(many=True)
    share = serializers.CharField(allow_null=True)
    is_released_alone = serializers.BooleanField()


class PeggedNeedList(serializers.Serializer[Any]):
    """All own series that customers' releases feed."""

    items = PeggedNeedOutput(many=True)


class PeggedNeedQuery(serializers.Serializer[Any]):
    """Which needs are wanted."""

    part_number = serializers.CharField(
        max_length=40, default="", help_text="The beginning of the own part number."
    )


class PropagationOutput(serializers.Serializer[Any]):
    """What a propagation did."""

    parents = serializers.IntegerField()
    series_changed = serializers.IntegerField()
    drafted = serializers.IntegerField()
    published = serializers.IntegerField()
    unresolved = serializers.ListField(child=serializers.CharField())


class SeriesPlanInput(serializers.Serializer[Any]):
    """The supplier's share of 1 (null = even), and whether its releases go out alone."""

    share = serializers.DecimalField(
        max_digits=7, decimal_places=6, min_value=0, max_value=1, allow_null=True, default=None
    )
    is_released_alone = serializers.BooleanField(default=False)


class SeriesPlanOutput(serializers.Serializer[Any]):
    """How a series is planned."""

    series = serializers.UUIDField()
    share = serializers.CharField(allow_null=True)
    is_released_alone = serializers.BooleanField()


class PeggedNeeds(MasterDataView):
    """Own needs with the customers' parts that cause them; nobody else sees the causes."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = PeggedNeedQuery
    replies: ClassVar[dict[str, Any]] = {"GET": PeggedNeedList}

    def get(self, request: Request) -> Response:
        """Return the needs by part number."""
        asked = self.query()
        rows = chain_rows(today=own_day(), part=asked["part_number"])
        return Response({"items": [body_of(row) for row in rows]})


class Propagations(MasterDataView):
    """The explosion of customers' releases."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": serializers.Serializer}
    replies: ClassVar[dict[str, Any]] = {"POST": PropagationOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def post(self, request: Request) -> Response:
        """Explode now; without a change nothing is written."""
        done = propagate_demand()
        return Response(
            {
                "parents": done.parents,
                "series_changed": done.series_changed,
                "drafted": done.drafted,
                "published": done.published,
                "unresolved": list(done.unresolved),
            }
        )


class SeriesPlan(MasterDataView):
    """How customers' demand becomes a release of one own series."""

    scopes: ClassVar[dict[str, str]] = {"PUT": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": SeriesPlanInput}
    replies: ClassVar[dict[str, Any]] = {"PUT": SeriesPlanOutput}

    def put(self, request: Request, key: UUID) -> Response:
        """Set the share and whether releases within tolerance go out unasked."""
        if own_series(key) is None:
            raise Http404
        row = plan_series(series_id=key, **self.body())
        share = None if row.share is None else str(row.share)
        return Response({"series": key, "share": share, "is_released_alone": row.is_released_alone})


def body_of(row: ChainRow) -> dict[str, Any]:
    """Return a need as the API shows it."""
    return {
        "series": row.series_id,
        "part_number": row.part_number,
        "supplier": row.supplier,
        "unit": row.unit,
        "first_week": row.first_week,
        "quantities": [None if each is None else str(each) for each in row.quantities],
        "total": str(row.total),
        "causes": [
            {"customer": each.customer, "part_number": each.part_number, "total": str(each.total)}
            for each in row.causes
        ],
        "share": None if row.share is None else str(row.share),
        "is_released_alone": row.is_released_alone,
    }


routes: list[URLPattern] = [
    path("pegged-needs", PeggedNeeds.as_view(), name="pegged-needs"),
    path("propagations", Propagations.as_view(), name="propagations"),
    path("series-plans/<uuid:key>", SeriesPlan.as_view(), name="series-plan"),
]
