"""REST: demand series, the versions of their weekly demand, and releases side by side."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of, tag
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import FieldError, Problem, not_found
from collab.masterdata.api.base import MasterDataView
from collab.organisations.context import acting_organisation_id
from collab.work.fields import partner_is
from forecasting.models import Category, DemandSeries
from forecasting.queries.versions import (
    Comparison,
    SeriesHead,
    VersionRow,
    compare_releases,
    series_heads,
    version_rows,
    versions,
)
from forecasting.services.intake import WeeklyDemand, take_demand
from forecasting.services.series import open_series, set_active
from forecasting.services.versions import override

READ, WRITE = "forecasting:read", "forecasting:write"
MOST_WEEKS = 520


class SeriesQuery(serializers.Serializer[Any]):
    """Filters of the list of series."""

    part_number = serializers.CharField(max_length=40, default="")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")
    active = serializers.BooleanField(required=False, allow_null=True, default=None)


class SeriesInput(serializers.Serializer[Any]):
    """The key of a series: part, supplier, site and category."""

    supplier = serializers.CharField(max_length=16, help_text="BPN of your supplier.")
    part_number = serializers.CharField(max_length=40, help_text="Your number, or the supplier's.")
    site = serializers.CharField(max_length=20, default="", allow_blank=True)
    category = serializers.ChoiceField(choices=Category.choices, default=Category.DEFAULT.value)
    description = serializers.CharField(max_length=120, default="", allow_blank=True)


class SeriesChange(serializers.Serializer[Any]):
    """What may change of a series."""

    is_active = serializers.BooleanField(help_text="Inactive leaves matching; history stays.")


class SeriesOutput(serializers.Serializer[Any]):
    """A demand series; what no grant opens is empty."""

    id = serializers.UUIDField()
    customer = serializers.CharField()
    supplier = serializers.CharField()
    part_number = serializers.CharField()
    supplier_part_number = serializers.CharField()
    site = serializers.CharField()
    category = serializers.CharField()
    unit = serializers.CharField()
    is_active = serializers.BooleanField()
    version = serializers.IntegerField()


class WeekInput(serializers.Serializer[Any]):
    """The quantity of one week; null withdraws it."""

    week = serializers.DateField(help_text="Monday.")
    quantity = serializers.DecimalField(
        max_digits=24, decimal_places=9, min_value=0, allow_null=True
    )
    reason = serializers.CharField(max_length=200, default="", allow_blank=True)


class DemandInput(SeriesInput):
    """Weekly demand as your system has it; weeks left out are withdrawn."""

    changed_at = serializers.DateTimeField(
        help_text="Newer than or equal to the last overwrites; older is refused."
    )
    unit = serializers.CharField(max_length=30, default="", allow_blank=True)
    is_active = serializers.BooleanField(default=True)
    demands = WeekInput(many=True, max_length=MOST_WEEKS)  # type: ignore[call-arg]


class OverrideInput(serializers.Serializer[Any]):
    """Weeks that a planner overrules; each needs a reason."""

    version = serializers.IntegerField(min_value=0, help_text="Number of the version you read.")
    cells = WeekInput(many=True, max_length=MOST_WEEKS)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=400, default="", allow_blank=True)


class VersionQuery(serializers.Serializer[Any]):
    """Filters of the list of versions."""

    series = serializers.UUIDField(required=False)
    current = serializers.BooleanField(required=False, allow_null=True, default=None)


class VersionOutput(serializers.Serializer[Any]):
    """One version of a series; null is missing, not zero."""

    id = serializers.UUIDField()
    series = serializers.UUIDField()
    number = serializers.IntegerField()
    step = serializers.CharField()
    is_current = serializers.BooleanField()
    first_week = serializers.DateField()
    quantities = serializers.ListField(child=serializers.CharField(allow_null=True))
    low = serializers.ListField(child=serializers.CharField(allow_null=True), allow_null=True)
    high = serializers.ListField(child=serializers.CharField(allow_null=True), allow_null=True)
    reasons = serializers.DictField(child=serializers.CharField())
    note = serializers.CharField()
    changed_at = serializers.DateTimeField()
    author = serializers.CharField()


class CompareQuery(serializers.Serializer[Any]):
    """Which releases to compare, by number: ``1,3,4``; empty: the last four."""

    numbers = serializers.RegexField(r"^\d{1,6}(,\d{1,6}){0,11}$", default="", allow_blank=True)


class ComparisonOutput(serializers.Serializer[Any]):
    """Releases of a series week by week."""

    series = serializers.UUIDField()
    releases = serializers.ListField(child=serializers.DictField())
    net_change = serializers.CharField()
    weeks = serializers.ListField(child=serializers.DictField())


class DemandSeriesList(MasterDataView):
    """Demand series: what a customer needs of one part from one supplier at one site."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = SeriesQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": SeriesInput}
    replies: ClassVar[dict[str, Any]] = {"GET": SeriesOutput, "POST": SeriesOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first: one's own series and those of customers."""
        asked = self.query()
        rows: Any = DemandSeries.objects.all()
        if asked["active"] is not None:
            rows = rows.filter(is_active=asked["active"])
        if asked["partner"]:
            rows = rows.filter(partner_is(asked["partner"]))
        if asked["part_number"]:
            rows = rows.filter(pk__in=_with_number(rows, asked["part_number"]))
        page = paginate(request, rows)
        return Response(page.body([shown(row) for row in series_heads(page.items)]))

    def post(self, request: Request) -> Response:
        """Open a series; the same key again returns the series that is there."""
        series, is_new = open_series(**self.body())
        body = shown(series_heads([series])[0])
        headers = {"ETag": etag_of(series)}
        return Response(body, status=201 if is_new else 200, headers=headers)


class OneDemandSeries(MasterDataView):
    """One demand series."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": SeriesChange}
    replies: ClassVar[dict[str, Any]] = {"GET": SeriesOutput, "PATCH": SeriesOutput}
    versioned = frozenset({"PATCH"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the series; hidden fields are empty."""
        series = get_for_org(DemandSeries, pk=key)
        note_reads(DemandSeries, [series])
        return self.reply(shown(series_heads([series])[0]), etag_of(series))

    def patch(self, request: Request, key: UUID) -> Response:
        """Take the series out of planning, or back."""
        self.locked(DemandSeries, own(key).pk)
        changed = set_active(key, is_active=self.body()["is_active"])
        body = shown(series_heads([changed])[0])
        return Response(body, headers={"ETag": etag_of(changed)})


class DemandVersions(MasterDataView):
    """Versions of your own weekly demand; POST states one from your system."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = VersionQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": DemandInput}
    replies: ClassVar[dict[str, Any]] = {"GET": VersionOutput, "POST": VersionOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        asked = self.query()
        rows = versions(asked.get("series"))
        if asked["current"] is not None:
            rows = rows.filter(is_current=asked["current"])
        page = paginate(request, rows)
        return Response(page.body([version_body(row) for row in version_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """Keep weekly demand; an unknown series is opened (201)."""
        told = self.body()
        demands = {each["week"]: each["quantity"] for each in told.pop("demands")}
        taken = take_demand(WeeklyDemand(**told, demands=demands))
        if taken.version is None:
            raise Problem(
                400, "Invalid input", "Some values are not as expected.",
                [FieldError("demands", "at least one week", [])],
            )  # fmt: skip
        body = version_body(version_rows([taken.version])[0])
        return Response(body, status=201 if taken.is_new else 200)


class Overrides(MasterDataView):
    """A planner's own figures for single weeks of a series."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": OverrideInput}
    replies: ClassVar[dict[str, Any]] = {"POST": VersionOutput}

    def post(self, request: Request, key: UUID) -> Response:
        """Overrule weeks; 412 if a newer version is there than the one you read."""
        told = self.body()
        made = override(
            own(key).pk,
            cells={each["week"]: each["quantity"] for each in told["cells"]},
            reasons={each["week"]: each["reason"] for each in told["cells"]},
            number=told["version"],
            note=told["note"],
        )
        return Response(version_body(version_rows([made])[0]), status=201)


class Comparisons(MasterDataView):
    """Releases of a series side by side."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = CompareQuery
    replies: ClassVar[dict[str, Any]] = {"GET": ComparisonOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return mean, spread, net change and receipts per week."""
        text = self.query()["numbers"]
        numbers = [int(each) for each in text.split(",")] if text else None
        found = compare_releases(key, numbers=numbers)
        if found is None:
            raise not_found()
        body = comparison_body(found)
        return self.reply(body, tag("comparison", key, *(each["id"] for each in body["releases"])))


def own(key: UUID) -> DemandSeries:
    """Return an own series; 404 for a customer's like for a missing one."""
    return get_for_org(DemandSeries.objects.filter(owner_id=acting_organisation_id()), pk=key)


def shown(row: SeriesHead) -> dict[str, Any]:
    """Return a series as the API shows it."""
    return {
        "id": row.id,
        "customer": row.customer.bpn,
        "supplier": row.supplier.bpn,
        "part_number": row.part_number,
        "supplier_part_number": row.supplier_part_number,
        "site": row.site_code,
        "category": row.category,
        "unit": row.unit,
        "is_active": row.is_active,
        "version": row.version,
    }


def version_body(row: VersionRow) -> dict[str, Any]:
    """Return a version as the API shows it."""
    return {
        "id": row.id,
        "series": row.series_id,
        "number": row.number,
        "step": row.step,
        "is_current": row.is_current,
        "first_week": row.first_week,
        "quantities": list(row.quantities),
        "low": None if row.low is None else list(row.low),
        "high": None if row.high is None else list(row.high),
        "reasons": row.reasons,
        "note": row.note,
        "changed_at": row.changed_at,
        "author": row.author,
    }


def comparison_body(found: Comparison) -> dict[str, Any]:
    """Return a comparison as the API shows it."""
    return {
        "series": found.series.id,
        "releases": [
            {"id": each.id, "number": each.number, "document_number": each.document_number,
             "published_at": each.published_at, "is_current": each.is_current, "total": each.total}
            for each in found.releases
        ],
        "net_change": str(found.net_change),
        "weeks": [
            {
                "week": each.on,
                "quantities": list(each.figures.quantities),
                "mean": each.figures.mean,
                "minimum": each.figures.minimum,
                "maximum": each.figures.maximum,
                "net_change": each.figures.net_change,
                "variance_percent": each.figures.variance_percent,
                "received": each.figures.received,
                "comments": [
                    {"author": said.author, "text": said.text, "type": said.type}
                    for said in each.comments
                ],
            }
            for each in found.weeks
        ],
    }  # fmt: skip


def _with_number(rows: Any, number: str) -> list[UUID]:
    """Return the series whose visible numbers begin with ``number``."""
    likely = rows.filter(part_number__istartswith=number) | rows.filter(
        supplier_part_number__istartswith=number
    )
    wanted = number.casefold()
    return [
        head.id
        for head in series_heads(likely)
        if head.part_number.casefold().startswith(wanted)
        or head.supplier_part_number.casefold().startswith(wanted)
    ]


routes: list[URLPattern] = [
    path("demand-series", DemandSeriesList.as_view(), name="demand-series"),
    path("demand-series/<uuid:key>", OneDemandSeries.as_view(), name="one-demand-series"),
    path("demand-series/<uuid:key>/overrides", Overrides.as_view(), name="demand-overrides"),
    path("demand-series/<uuid:key>/comparison", Comparisons.as_view(), name="release-comparison"),
    path("demand-versions", DemandVersions.as_view(), name="demand-versions"),
]
