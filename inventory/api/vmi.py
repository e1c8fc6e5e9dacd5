"""REST: bands of supplier-managed stock, and the receipts that suppliers plan for them."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import not_found
from collab.masterdata.api.base import MasterDataView
from inventory.api.base import READ, WRITE
from inventory.api.fields import shown
from inventory.models import VmiBand
from inventory.queries.vmi import BandRow, band_rows, bands
from inventory.services.vmi import BandInput, agree_band, plan_receipts, remove_band

MOST_DAYS = 100


class VmiQuery(serializers.Serializer[Any]):
    """Filters of the bands."""

    part_number = serializers.CharField(max_length=40, default="", help_text="Its beginning.")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class VmiBandInput(serializers.Serializer[Any]):
    """A band at a site of yours; agreed again, it changes."""

    supplier = serializers.CharField(max_length=16, help_text="BPN")
    part_number = serializers.CharField(max_length=40)
    site = serializers.CharField(max_length=20, help_text="Code of your site.")
    measure = serializers.ChoiceField(choices=VmiBand.Measure.choices)
    minimum = serializers.DecimalField(max_digits=18, decimal_places=3, min_value=0)
    maximum = serializers.DecimalField(max_digits=18, decimal_places=3, min_value=0)
    signal = serializers.DecimalField(
        max_digits=18,
        decimal_places=3,
        min_value=0,
        allow_null=True,
        default=None,
        help_text="At or below it on hand a receipt is called for.",
    )
    lead_days = serializers.IntegerField(min_value=0, max_value=57, default=0)


class VmiDayOutput(serializers.Serializer[Any]):
    """One day of a band; quantities in base units."""

    on = serializers.DateField()
    demand = serializers.CharField()
    receipt = serializers.CharField(help_text="Planned by the supplier.")
    stock = serializers.CharField(help_text="At the end of the day, planned receipts included.")
    low = serializers.CharField()
    high = serializers.CharField(allow_null=True, help_text="Null: too little demand is known.")
    state = serializers.ChoiceField(choices=["", "out", "below", "above"])


class VmiBreachOutput(serializers.Serializer[Any]):
    """The first breach of a kind."""

    kind = serializers.ChoiceField(choices=["stock_out", "below", "above", "on_hand", "signal"])
    on = serializers.DateField()
    quantity = serializers.CharField()
    is_inside_lead = serializers.BooleanField()


class VmiBandOutput(serializers.Serializer[Any]):
    """A band with its projection."""

    id = serializers.UUIDField()
    customer = serializers.CharField(help_text="BPN")
    supplier = serializers.CharField(help_text="BPN")
    part_number = serializers.CharField(help_text="The customer's.")
    supplier_part_number = serializers.CharField()
    site = serializers.CharField()
    unit = serializers.CharField()
    measure = serializers.ChoiceField(choices=VmiBand.Measure.choices)
    minimum = serializers.CharField()
    maximum = serializers.CharField()
    signal = serializers.CharField(allow_null=True)
    lead_days = serializers.IntegerField()
    on_hand = serializers.CharField(allow_null=True)
    observed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    days = VmiDayOutput(many=True)
    breaches = VmiBreachOutput(many=True)


class VmiReceiptInput(serializers.Serializer[Any]):
    """What is planned for a day; 0 takes it back."""

    on = serializers.DateField()
    quantity = serializers.DecimalField(max_digits=18, decimal_places=3, min_value=0)


class VmiPlanInput(serializers.Serializer[Any]):
    """Planned receipts; days that are not named stay as they are."""

    days = serializers.ListField(child=VmiReceiptInput(), max_length=MOST_DAYS)


class VmiBands(MasterDataView):
    """Bands of supplier-managed stock: yours as customer, and those you keep as supplier."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PUT": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = VmiQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"PUT": VmiBandInput}
    replies: ClassVar[dict[str, Any]] = {"GET": VmiBandOutput, "PUT": VmiBandOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        asked = self.query()
        page = paginate(request, bands(part=asked["part_number"], partner_bpn=asked["partner"]))
        return Response(page.body([_shown(row) for row in band_rows(page.items)]))

    @extend_schema(request=VmiBandInput)
    def put(self, request: Request) -> Response:
        """Agree a band, or change it; its projection is judged at once."""
        band = agree_band(BandInput(**self.body()))
        return Response(_shown(band_rows([band])[0]))


class OneVmiBand(MasterDataView):
    """One band: its projection day by day, and what the supplier plans."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PUT": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": VmiPlanInput}
    replies: ClassVar[dict[str, Any]] = {"GET": VmiBandOutput, "PUT": VmiBandOutput}

    @extend_schema(operation_id="vmi_band_read")
    def get(self, request: Request, key: UUID) -> Response:
        """Return the band."""
        found = get_for_org(bands(), pk=key)
        note_reads(VmiBand, [found])
        return Response(_shown(band_rows([found])[0]))

    @extend_schema(operation_id="vmi_receipts_plan", request=VmiPlanInput)
    def put(self, request: Request, key: UUID) -> Response:
        """Plan receipts as the supplier; the projection follows at once."""
        days = {each["on"]: each["quantity"] for each in self.body()["days"]}
        try:
            plan_receipts(key, days)
        except VmiBand.DoesNotExist:
            raise not_found() from None
        return Response(_shown(band_rows(bands().filter(pk=key))[0]))

    @extend_schema(operation_id="vmi_band_end")
    def delete(self, request: Request, key: UUID) -> Response:
        """End a band of yours."""
        try:
            remove_band(key)
        except VmiBand.DoesNotExist:
            raise not_found() from None
        return Response(status=204)


def _shown(row: BandRow) -> dict[str, Any]:
    told: dict[str, Any] = {
        "customer": row.customer.bpn,
        "supplier": row.supplier.bpn,
        "site": row.site_code,
        "days": [shown(each, VmiDayOutput) for each in row.days],
        "breaches": [shown(each, VmiBreachOutput) for each in row.breaches],
    }
    return shown(row, VmiBandOutput, told) | told


routes: list[URLPattern] = [
    path("vmi-bands", VmiBands.as_view(), name="vmi-bands"),
    path("vmi-bands/<uuid:key>", OneVmiBand.as_view(), name="vmi-band"),
]
