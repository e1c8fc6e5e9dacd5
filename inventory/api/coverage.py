"""REST: days of supply, as a list and one by one with the projection behind them."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.integration.views import View
from inventory.api.base import READ, RENAMED
from inventory.models import Coverage
from inventory.queries.coverage import CoverageRow, coverage_rows
from inventory.queries.coverage_filter import annotated, of_part


class CoverageQuery(serializers.Serializer[Any]):
    """Filters of the coverage list."""

    part_number = serializers.CharField(max_length=40, required=False)
    site = serializers.CharField(max_length=20, required=False)
    below_minimum = serializers.BooleanField(required=False, allow_null=True, default=None)


class CoverageList(View):
    """Days of supply as far as shared with the caller; projections stand on the single ones."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = CoverageQuery
    lists: ClassVar[bool] = True

    def get(self, request: Request) -> Response:
        """Return a page, newest first; fields that no grant opens are absent."""
        asked = self.query()
        rows = annotated()
        if number := asked.get("part_number"):
            rows = rows.filter(of_part(number))
        if site := asked.get("site"):
            rows = rows.filter(seen_site_code=site)
        if (below := asked.get("below_minimum")) is not None:
            rows = rows.filter(seen_is_short=below)
        page = paginate(request, rows)
        return Response(page.body([coverage_body(row) for row in coverage_rows(page.items)]))


class OneCoverage(View):
    """How long one part at one site lasts, and the projection behind it."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}

    def get(self, request: Request, coverage_id: UUID) -> Response:
        """Return the coverage; ``projection`` holds today and the following days."""
        coverage = get_for_org(Coverage, pk=coverage_id)
        note_reads(Coverage, [coverage])
        (row,) = coverage_rows([coverage])
        return self.reply(coverage_body(row) | projection_body(row), etag_of(coverage))


def coverage_body(row: CoverageRow) -> dict[str, Any]:
    """Return a coverage as lists show it: key, owner and what the grants open."""
    body: dict[str, Any] = {"id": row.id, "owner": row.owner.bpn}
    body |= {RENAMED.get(name, name): value for name, value in row.values.items()}
    if row.partner.bpn:
        body["counterparty"] = row.partner.bpn
    if row.confidence is not None:
        body |= {"confidence": row.confidence, "is_doubtful": row.is_doubtful}
    return body


def projection_body(row: CoverageRow) -> dict[str, Any]:
    """Return the days to come, or nothing where no grant opens them or no demand is known."""
    if not row.projection:
        return {}
    days = [
        {
            "on": day.on,
            "demand": day.demand,
            "stock": day.stock,
            "days_of_supply": day.days_of_supply,
        }
        for day in row.projection
    ]
    return {"projection": days}
