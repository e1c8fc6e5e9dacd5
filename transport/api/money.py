"""REST: tariffs, freight invoices and settlements; money in minor units."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.masterdata.api.base import MasterDataView, partner_by_bpn
from transport.api.base import READ, WRITE
from transport.models import FreightInvoice, Settlement, Tariff
from transport.queries.money import (
    BILL_VIEWS,
    MoneyFilter,
    bill_rows,
    settlements,
    tariff_rows,
    tariffs,
)
from transport.queries.whole import whole_rows
from transport.rules.tariff import Mode
from transport.services.billing import Bill, approve_settlement, send_invoice
from transport.services.tariffs import TariffPlan, keep_tariff

ADVISE = "transport:advise"
MOST_CENTS = 10**12


class MoneyQuery(serializers.Serializer[Any]):
    """Filters of the lists about money."""

    view = serializers.CharField(max_length=10, default="all")
    number = serializers.CharField(max_length=35, default="")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class TariffInput(serializers.Serializer[Any]):
    """Prices agreed with a carrier; a change makes a new version.

    Lines are objects with a ``kind``: rate (basis flat, km, 100 kg, pallet or ldm; price in minor
    units; fixed_cents; zones; upper ends max_km, max_kg, max_pallets, max_ldm), minimum and stop
    (cents), fuel (weeks: Monday to share), weights (kg_per_m3, kg_per_ldm).
    """

    carrier = serializers.CharField(max_length=16, help_text="BPN")
    number = serializers.CharField(max_length=35, default="", allow_blank=True)
    name = serializers.CharField(max_length=80)
    mode = serializers.ChoiceField(choices=[each.value for each in Mode])
    vehicle_type = serializers.CharField(max_length=20, default="", allow_blank=True)
    currency = serializers.CharField(max_length=3, default="EUR")
    lines = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=2_000)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True, default=None)
    rank = serializers.IntegerField(min_value=1, max_value=99, default=1)
    answer_minutes = serializers.IntegerField(min_value=1, max_value=10_080, default=60)
    pickups_per_week = serializers.IntegerField(
        min_value=0, max_value=50, required=False, allow_null=True, default=None
    )


class TariffOutput(TariffInput):
    """A version of a tariff."""

    id = serializers.UUIDField()
    customer = serializers.CharField(help_text="BPN")
    is_active = serializers.BooleanField()
    version = serializers.IntegerField()


class InvoiceLineInput(serializers.Serializer[Any]):
    """One line of an invoice; codes freight, minimum, stops, fuel are those of tariffs."""

    code = serializers.CharField(max_length=30)
    cents = serializers.IntegerField(min_value=-MOST_CENTS + 1, max_value=MOST_CENTS - 1)


class InvoiceInput(serializers.Serializer[Any]):
    """What you bill for a load you drove; the same number again changes nothing."""

    customer = serializers.CharField(max_length=16, help_text="BPN")
    number = serializers.CharField(max_length=35)
    load_number = serializers.CharField(max_length=35)
    lines = InvoiceLineInput(many=True)
    currency = serializers.CharField(max_length=3)
    issued_on = serializers.DateField()


class InvoiceOutput(serializers.Serializer[Any]):
    """An invoice as it was received."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    load_number = serializers.CharField()
    lines = serializers.JSONField()
    total_minor = serializers.IntegerField()
    currency = serializers.CharField()
    issued_on = serializers.DateField()


class SettlementOutput(serializers.Serializer[Any]):
    """What a load costs by agreement, what was billed, and what is approved."""

    id = serializers.UUIDField()
    load_number = serializers.CharField()
    customer = serializers.CharField(help_text="BPN")
    carrier = serializers.CharField(help_text="BPN")
    state = serializers.CharField()
    lines = serializers.JSONField()
    expected_minor = serializers.IntegerField()
    billed_minor = serializers.IntegerField(allow_null=True)
    approved_minor = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField()
    invoice = serializers.CharField()
    note = serializers.CharField()
    settled_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class ApprovalInput(serializers.Serializer[Any]):
    """The amount approved for a load whose bill differs, and why."""

    amount_minor = serializers.IntegerField(min_value=0, max_value=MOST_CENTS - 1)
    note = serializers.CharField(max_length=400)


class MoneyView(MasterDataView):
    """A view whose list takes the usual filters."""

    filters: ClassVar[type[serializers.Serializer[Any]] | None] = MoneyQuery

    def wanted(self, views: Any) -> MoneyFilter:
        """Return the filter asked for; an unknown view means all."""
        asked = self.query()
        return MoneyFilter(
            view=asked["view"] if asked["view"] in views else "all",
            number=asked["number"],
            partner_bpn=asked["partner"],
        )


class Tariffs(MoneyView):
    """Tariffs you agreed with carriers, or that you drive by."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": TariffInput}
    replies: ClassVar[dict[str, Any]] = {"GET": TariffOutput, "POST": TariffOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first; ``view=former`` includes replaced versions."""
        page = paginate(request, tariffs(self.wanted({"former"})))
        return Response(page.body([_tariff(row) for row in page.items]))

    def post(self, request: Request) -> Response:
        """Add a tariff; the same figures again change nothing."""
        row, is_new = keep_tariff(TariffPlan(**self.body()))
        headers = {"ETag": etag_of(row)}
        return Response(_tariff(row), status=201 if is_new else 200, headers=headers)


class OneTariff(MasterDataView):
    """One version of a tariff."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PUT": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": TariffInput}
    replies: ClassVar[dict[str, Any]] = {"GET": TariffOutput, "PUT": TariffOutput}
    versioned = frozenset({"PUT"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the version."""
        row = get_for_org(tariffs(MoneyFilter(view="former")), pk=key)
        note_reads(Tariff, [row])
        return self.reply(_tariff(row), etag_of(row))

    def put(self, request: Request, key: UUID) -> Response:
        """Replace the tariff by a new version, which is returned."""
        self.locked(Tariff, key)
        row, _is_new = keep_tariff(TariffPlan(**self.body()), key=key)
        return Response(_tariff(row), headers={"ETag": etag_of(row)})


class FreightInvoices(MasterDataView):
    """Invoices you send for loads you drove."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": ADVISE}
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": InvoiceInput}
    replies: ClassVar[dict[str, Any]] = {"GET": InvoiceOutput, "POST": InvoiceOutput}

    def get(self, request: Request) -> Response:
        """Return a page of invoices sent and received, newest first."""
        self.query()
        page = paginate(request, whole_rows(FreightInvoice.objects.all()))
        return Response(page.body([_invoice(row) for row in page.items]))

    def post(self, request: Request) -> Response:
        """Send an invoice; it is held against the tariff at once."""
        told = self.body()
        customer = partner_by_bpn(told.pop("customer"))
        told["lines"] = [(each["code"], each["cents"]) for each in told["lines"]]
        row, is_new = send_invoice(customer.pk, Bill(**told))
        return Response(_invoice(row), status=201 if is_new else 200)


class Settlements(MoneyView):
    """What loads cost by agreement beside what was billed."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    lists: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": SettlementOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        page = paginate(request, settlements(self.wanted(BILL_VIEWS)))
        return Response(page.body([_bill(row) for row in bill_rows(page.items)]))


class SettlementApproval(MasterDataView):
    """Your approval of a bill that differs."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": ApprovalInput}
    replies: ClassVar[dict[str, Any]] = {"POST": SettlementOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}
    versioned = frozenset({"POST"})

    def post(self, request: Request, key: UUID) -> Response:
        """Approve an amount; the load is settled."""
        self.locked(Settlement, key)
        row = approve_settlement(key, as_of=timezone.now(), **self.body())
        return Response(_bill(bill_rows([row])[0]), headers={"ETag": etag_of(row)})


def _tariff(row: Tariff) -> dict[str, Any]:
    (found,) = tariff_rows([row])
    names = (
        "id", "number", "name", "mode", "vehicle_type", "currency", "lines", "valid_from",
        "valid_to", "rank", "answer_minutes", "pickups_per_week", "is_active", "version",
    )  # fmt: skip
    bpns = {"customer": found.customer.bpn, "carrier": found.carrier.bpn}
    return {name: getattr(found, name) for name in names} | bpns


def _invoice(row: FreightInvoice) -> dict[str, Any]:
    names = ("number", "load_number", "lines", "total_minor", "currency", "issued_on")
    return {"id": row.pk} | {name: getattr(row, name) for name in names}


def _bill(row: Any) -> dict[str, Any]:
    names = (
        "id", "load_number", "state", "lines", "expected_minor", "billed_minor",
        "approved_minor", "currency", "invoice", "note", "settled_at", "version",
    )  # fmt: skip
    bpns = {"customer": row.customer.bpn, "carrier": row.carrier.bpn}
    return {name: getattr(row, name) for name in names} | bpns


routes: list[URLPattern] = [
    path("tariffs", Tariffs.as_view(), name="tariffs"),
    path("tariffs/<uuid:key>", OneTariff.as_view(), name="tariff"),
    path("freight-invoices", FreightInvoices.as_view(), name="freight-invoices"),
    path("settlements", Settlements.as_view(), name="settlements"),
    path(
        "settlements/<uuid:key>/approval", SettlementApproval.as_view(), name="settlement-approval"
    ),
]
