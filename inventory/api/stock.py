"""REST: report stock, read stock."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.problems import CONTENT_TYPE, FieldError, Problem
from collab.integration.statements import check_length, row_errors
from collab.integration.views import View
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, names_of
from collab.sharing.access import log_reads
from inventory.api.base import READ, RENAMED, WRITE, error_of
from inventory.models import STOCK, RejectedCount, SourceGrade, Stage, StockKind
from inventory.queries.stock import FIELDS, newest_stock
from inventory.services import Recorded, Report, record_many, record_stock_count

PAGE = 50
MOST = 200


class StockCountInput(serializers.Serializer[Any]):
    """One stock count: what is on hand of a part at a site, kept for one counterparty."""

    counterparty = serializers.CharField(max_length=16, help_text="BPN of the partner.")
    part_number = serializers.CharField(max_length=40, help_text="Your number, or the partner's.")
    site = serializers.CharField(max_length=20, help_text="Code of your site.")
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6, min_value=0)
    unit = serializers.CharField(max_length=30, help_text="UN/ECE Rec 20 code or an alias.")
    counted_at = serializers.DateTimeField(help_text="With its zone; the key of a repeat.")
    kind = serializers.ChoiceField(choices=StockKind.choices, default=StockKind.FREE.value)
    stage = serializers.ChoiceField(
        choices=Stage.choices, default=Stage.SUPPLIER_WAREHOUSE.value
    )  # fmt: skip
    source_grade = serializers.ChoiceField(
        choices=SourceGrade.choices, default=SourceGrade.COUNTED.value
    )
    sender_key = serializers.CharField(max_length=80, default="", allow_blank=True)


class StockCountOutput(serializers.Serializer[Any]):
    """What became of a stock count; quantities in base units of the part."""

    id = serializers.UUIDField()
    is_new = serializers.BooleanField()
    part_number = serializers.CharField()
    site = serializers.CharField()
    quantity = serializers.CharField()
    unit = serializers.CharField()
    difference = serializers.CharField(allow_null=True)
    days_of_supply = serializers.CharField(allow_null=True)
    is_at_least = serializers.BooleanField()
    minimum_days = serializers.CharField(allow_null=True)
    is_below_minimum = serializers.BooleanField()


class StockCountRow(serializers.Serializer[Any]):
    """One row of a list: its place, and what a single count is answered, or what is wrong."""

    row = serializers.IntegerField(help_text="Place in the list, from 0.")
    status = serializers.IntegerField(help_text="201 taken, 200 known already, 422 refused.")


class StockCountRows(serializers.Serializer[Any]):
    """What became of a list of stock counts."""

    recorded = serializers.IntegerField()
    refused = serializers.IntegerField()
    rows = StockCountRow(many=True)


class StockCounts(View):
    """Report stock on hand: one count, or a list of at most 500.

    A list is answered row by row with status 207; each row is recorded whole or not at all.
    What cannot be taken is kept for correction with the reason.
    """

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": StockCountInput}
    replies: ClassVar[dict[str, Any]] = {"POST": StockCountOutput}
    further: ClassVar[dict[str, dict[int, Any]]] = {
        "POST": {200: StockCountOutput, 207: StockCountRows}
    }

    @extend_schema(request=StockCountInput)
    def post(self, request: Request) -> Response:
        """Record what was counted; the same report again changes nothing and answers 200."""
        data = request.data
        if isinstance(data, list):
            return self._list(data)
        if not isinstance(data, Mapping):
            errors = [FieldError("", "a stock count or a list of them", request.data)]
            raise Problem(400, "Invalid input", "The body is neither.", errors)
        report, errors = _parsed(data)
        if report is None:
            return self._refuse(data, errors)
        try:
            recorded = record_stock_count(report)
        except Refused as refused:
            return self._refuse(data, [error_of(refused)])
        status = 201 if recorded.is_new else 200
        return Response(_reply(recorded), status=status)

    def finalize_response(  # type: ignore[override]  # also stored replies, which DRF lets pass
        self, request: Request | HttpRequest, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Keep what was refused, outside the savepoint that the refusal rolls back."""
        for body, errors in getattr(self, "_rejected", ()):
            RejectedCount.objects.create(
                owner_id=acting_organisation_id(), body=body, errors=errors, source="api"
            )
            response.keeps_transaction = True  # type: ignore[attr-defined]
        return super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]

    def _refuse(self, data: Mapping[str, Any], errors: Sequence[FieldError]) -> Response:
        self._remember(data, errors)
        problem = Problem(
            422, "Stock count not taken", "It is kept for correction; nothing was booked.", errors
        )
        return Response(problem.body(), status=problem.status, content_type=CONTENT_TYPE)

    def _list(self, data: list[Any]) -> Response:
        check_length(data, "stock counts")
        rows: list[dict[str, Any]] = []
        reports: dict[int, Report] = {}
        for place, each in enumerate(data):
            report, errors = _parsed(each) if isinstance(each, Mapping) else (None, [NOT_A_COUNT])
            if report is not None:
                reports[place] = report
            rows.append(self._refused_row(place, each, errors) if report is None else {})
        for place, verdict in zip(reports, record_many(list(reports.values())), strict=True):
            if verdict.recorded is not None:
                status = 201 if verdict.recorded.is_new else 200
                rows[place] = {"row": place, "status": status, **_reply(verdict.recorded)}
            elif verdict.refused is not None:
                rows[place] = self._refused_row(place, data[place], [error_of(verdict.refused)])
        refused = sum(row["status"] == 422 for row in rows)
        body = {"recorded": len(rows) - refused, "refused": refused, "rows": rows}
        return Response(body, status=207)

    def _refused_row(self, place: int, data: Any, errors: Sequence[FieldError]) -> dict[str, Any]:
        self._remember(data, errors)
        return {"row": place, "status": 422, "errors": [error.body() for error in errors]}

    def _remember(self, data: Any, errors: Sequence[FieldError]) -> None:
        body = dict(data) if isinstance(data, Mapping) else {"value": data}
        kept = self.__dict__.setdefault("_rejected", [])
        kept.append((body, [error.body() for error in errors]))


class StockQuery(serializers.Serializer[Any]):
    """Paging of the stock list."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=PAGE)
    cursor = serializers.CharField(max_length=400, default="")


class Stock(View):
    """Stock on hand as far as it is shared with the caller, newest first."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = StockQuery

    def get(self, request: Request) -> Response:
        """Return a page; fields that no grant opens are absent."""
        asked = self.query()
        limit = asked["limit"]
        before = _read_cursor(asked["cursor"]) if asked["cursor"] else None
        rows = newest_stock(limit=limit + 1, before=before)
        names = names_of(
            {row["owner_id"] for row in rows} | {row["counterparty_id"] for row in rows}
        )
        page = rows[:limit]
        log_reads(STOCK, [row["owner_id"] for row in page])
        following = None
        if len(rows) > limit:
            # A hidden time still orders the list; the cursor is opaque, so it tells nothing.
            following = _cursor(page[-1]["id"])
        items = [
            {
                "id": row["id"],
                "owner": names.get(row["owner_id"], NOBODY).bpn,
                **{RENAMED.get(name, name): row[name] for name in FIELDS if name in row},
            }
            for row in page
        ]
        return Response({"items": items, "next": following})


NOT_A_COUNT = FieldError("", "a stock count", None)


def _parsed(data: Mapping[str, Any]) -> tuple[Report | None, list[FieldError]]:
    checked = StockCountInput(data=data)
    errors = row_errors(checked, data)
    return (None, errors) if errors else (Report(**checked.validated_data), [])


def _reply(recorded: Recorded) -> dict[str, Any]:
    count, coverage = recorded.count, recorded.coverage
    return {
        "id": count.pk,
        "is_new": recorded.is_new,
        "part_number": count.part_number,
        "site": count.site_code,
        "quantity": count.quantity,
        "unit": count.unit,
        "difference": recorded.difference,
        "days_of_supply": coverage.days_of_supply if coverage else None,
        "is_at_least": bool(coverage and coverage.is_at_least),
        "minimum_days": coverage.minimum_days if coverage else None,
        "is_below_minimum": bool(coverage and coverage.is_short),
    }


def _signer() -> signing.Signer:
    return signing.Signer(salt=f"stock|{acting_organisation_id()}")


def _cursor(key: UUID) -> str:
    return _signer().sign(str(key))


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    from inventory.models import StockPosition

    try:
        key = UUID(_signer().unsign(cursor))
        observed = StockPosition.objects.values_list("observed_at", flat=True).get(pk=key)
    except (signing.BadSignature, ValueError, StockPosition.DoesNotExist):
        error = FieldError("cursor", "the 'next' of an earlier page of this list", cursor)
        raise Problem(
            400, "Invalid input", "Some values are not as expected.", [error]
        ) from None  # fmt: skip
    if observed is None:
        raise Problem(400, "Invalid input", "The cursor's row has no time.")
    return observed, key
