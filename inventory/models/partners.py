"""Stock that partners run together: shares of consumption, agreed bands, planned receipts."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.masterdata.models import Part
from collab.organisations.models import Organisation, Site
from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls
from inventory.models.words import StockKind

VMI = "inventory.vmi"


def _quantity(**more: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(max_digits=18, decimal_places=3, **more)


def _partner() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")


class SupplyShare(Owned):
    """A supplier's share of the call-offs of a part at an own site; no supplier ever sees it."""

    part = OwnedForeignKey(Part)
    part_number = models.CharField(max_length=40)
    site = OwnedForeignKey(Site)
    site_code = models.CharField(max_length=20)
    partner = _partner()
    percent = models.DecimalField(max_digits=7, decimal_places=4)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("part"),
            SameOwner("site"),
            models.UniqueConstraint(
                fields=["owner", "part", "site", "partner"], name="inventory_supplyshare_key"
            ),
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100), name="inventory_supplyshare_percent"
            ),
        ]


class Consumption(Owned):
    """What a customer consumed of a part at a site, from all its suppliers together.

    ``uncovered`` [base units] is what no supplier's stock covered; ``split`` holds a partner's
    key, its share [percent] and its overflow [base units] for each source, as they were then. One
    that is taken back keeps its figures and says why.
    """

    part = OwnedForeignKey(Part)
    part_number = models.CharField(max_length=40)
    site = OwnedForeignKey(Site)
    site_code = models.CharField(max_length=20)
    stock_kind = models.CharField(max_length=10, choices=StockKind, default=StockKind.FREE)
    quantity = _quantity()
    uncovered = _quantity(default=0)
    split = models.JSONField(default=list)
    unit = models.CharField(max_length=3)
    document = models.CharField(max_length=60)
    consumed_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("part"),
            SameOwner("site"),
            models.UniqueConstraint(
                fields=["owner", "document"], name="inventory_consumption_document"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-consumed_at", "-id"], name="inventory_consumption_new"),
        ]


class QuotedConsumption(Shared):
    """What one supplier's stock at a customer was quoted of a consumption, and what it has left.

    It holds no share, no total and no overflow: others' figures would follow from them.
    """

    consumption = OwnedForeignKey(Consumption, on_delete=models.CASCADE)
    part_number = models.CharField(max_length=40)
    partner_part_number = models.CharField(max_length=40, blank=True)
    site_code = models.CharField(max_length=20)
    quantity = _quantity()
    left = _quantity()
    unit = models.CharField(max_length=3)
    consumed_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(VMI),
            SameOwner("consumption"),
            models.UniqueConstraint(
                fields=["owner", "consumption", "counterparty"], name="inventory_quoted_key"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-consumed_at", "-id"], name="inventory_quoted_own"),
            models.Index(
                fields=["owner", "counterparty", "-consumed_at", "-id"],
                name="inventory_quoted_shared",
            ),
        ]


class VmiBand(Shared):
    """The band in which a supplier keeps its part's stock at a customer's site.

    Owned by the customer. ``minimum``, ``maximum`` and ``signal``, the level at which a receipt is
    called for, are base units or days of the demand that follows, as ``measure`` says. The arrays
    are the customer's projection without the receipts that the supplier plans: one entry a day
    from ``projected_from`` on [base units].
    """

    class Measure(models.TextChoices):
        PIECES = "pieces", _("Quantity")  # in the part's unit, whichever it is
        DAYS = "days", _("Days of supply")

    part = OwnedForeignKey(Part)
    part_number = models.CharField(max_length=40)
    partner_part_number = models.CharField(max_length=40, blank=True)
    site = OwnedForeignKey(Site)
    site_code = models.CharField(max_length=20)
    unit = models.CharField(max_length=3)
    measure = models.CharField(max_length=6, choices=Measure, default=Measure.PIECES)
    minimum = _quantity()
    maximum = _quantity()
    signal = _quantity(null=True, blank=True)
    lead_days = models.PositiveSmallIntegerField(default=0)
    on_hand = _quantity(null=True, blank=True)
    observed_at = models.DateTimeField(null=True, blank=True)
    projected_from = models.DateField(null=True, blank=True)
    projected_stock = ArrayField(_quantity(), default=list, blank=True)
    projected_demand = ArrayField(_quantity(), default=list, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(VMI),
            SameOwner("part"),
            SameOwner("site"),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "part", "site"], name="inventory_vmiband_key"
            ),
            models.CheckConstraint(
                condition=Q(minimum__gte=0, maximum__gte=models.F("minimum")),
                name="inventory_vmiband_band",
            ),
            models.CheckConstraint(
                condition=Q(signal__isnull=True)
                | Q(signal__gte=models.F("minimum"), signal__lte=models.F("maximum")),
                name="inventory_vmiband_signal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part_number} at {self.site_code}"


class VmiReceipt(Shared):
    """What a supplier plans to bring into a customer's band on a day; owned by the supplier."""

    band_id = models.UUIDField()
    part_number = models.CharField(max_length=40)  # the customer's, as in the band
    site_code = models.CharField(max_length=20)
    on = models.DateField()
    quantity = _quantity()
    unit = models.CharField(max_length=3)
    planned_at = models.DateTimeField(auto_now=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(VMI),
            models.UniqueConstraint(fields=["owner", "band_id", "on"], name="inventory_vmi_day"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="inventory_vmi_quantity"),
        ]
