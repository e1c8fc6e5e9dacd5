"""Stock as reported, as moved and as it stands now."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.masterdata.models import Part
from collab.organisations.models import Person, Site
from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls
from inventory.models.words import SourceGrade, Stage, StockKind

STOCK = "inventory.stock"


class StockCount(Shared):
    """A holder's report of the quantity on hand for one counterparty; append-only."""

    part = OwnedForeignKey(Part)
    part_number = models.CharField(max_length=40)
    partner_part_number = models.CharField(max_length=40, blank=True)
    site = OwnedForeignKey(Site)
    site_code = models.CharField(max_length=20)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)  # base units of the part
    unit = models.CharField(max_length=3)
    kind = models.CharField(max_length=10, choices=StockKind, default=StockKind.FREE)
    stage = models.CharField(max_length=20, choices=Stage, default=Stage.SUPPLIER_WAREHOUSE)
    counted_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    source_grade = models.CharField(max_length=10, choices=SourceGrade, default=SourceGrade.COUNTED)
    sender_key = models.CharField(max_length=80, blank=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(STOCK),
            SameOwner("part"),
            SameOwner("site"),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "part", "site", "kind", "counted_at"],
                name="inventory_stockcount_instant",
            ),
            models.UniqueConstraint(
                fields=["owner", "sender_key"],
                condition=~Q(sender_key=""),
                name="inventory_stockcount_sender",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0), name="inventory_stockcount_quantity"
            ),
        ]  # fmt: skip
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-counted_at", "-id"], name="inventory_stockcount_own"),
            models.Index(
                fields=["owner", "counterparty", "-counted_at", "-id"],
                name="inventory_stockcount_shared",
            ),
        ]


class StockMovement(Owned):
    """One entry of the ledger: a signed quantity at one site; counts are entries too."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Receipt")
        ISSUE = "issue", _("Issue")
        TRANSFER = "transfer", _("Transfer")
        COUNT = "count", _("Count")
        SCRAP = "scrap", _("Scrap")

    counterparty = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    part = OwnedForeignKey(Part)
    site = OwnedForeignKey(Site)
    stock_kind = models.CharField(max_length=10, choices=StockKind, default=StockKind.FREE)
    kind = models.CharField(max_length=10, choices=Kind)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)  # base units, signed
    reason = models.CharField(max_length=200, blank=True)
    document = models.CharField(max_length=80, blank=True)
    moved_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    person = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reverses_id = models.UUIDField(null=True, blank=True)  # the movement that this one takes back

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("part"),
            SameOwner("site"),
            models.UniqueConstraint(
                fields=["owner", "document", "part", "site", "stock_kind", "kind"],
                condition=~Q(document=""),
                name="inventory_stockmovement_document",
            ),
            models.UniqueConstraint(
                fields=["owner", "reverses_id"],
                condition=Q(reverses_id__isnull=False),
                name="inventory_stockmovement_reversed",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "part", "site", "-moved_at"], name="inventory_movement_newest"
            ),
            models.Index(fields=["owner", "-moved_at", "-id"], name="inventory_movement_own"),
        ]


class StockPosition(Shared):
    """What one site has on hand now for one counterparty and kind: the sum of its movements."""

    part = OwnedForeignKey(Part)
    part_number = models.CharField(max_length=40)
    partner_part_number = models.CharField(max_length=40, blank=True)
    site = OwnedForeignKey(Site)
    site_code = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=StockKind)
    stage = models.CharField(max_length=20, choices=Stage)
    quantity = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    unit = models.CharField(max_length=3)
    counted_at = models.DateTimeField(null=True, blank=True)  # of the newest count
    observed_at = models.DateTimeField(null=True, blank=True)  # of the newest count or movement
    source_grade = models.CharField(max_length=10, choices=SourceGrade)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(STOCK),
            SameOwner("part"),
            SameOwner("site"),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "part", "site", "kind"],
                name="inventory_stockposition_key",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0), name="inventory_stockposition_quantity"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-observed_at", "-id"], name="inventory_position_own"),
            models.Index(
                fields=["owner", "counterparty", "-observed_at", "-id"],
                name="inventory_position_shared",
            ),
        ]


class RejectedCount(Owned):
    """A stock report that could not be taken, kept as it came until somebody corrects it."""

    body = models.JSONField()
    errors = models.JSONField()  # [{"field", "expected", "value", "detail"}]
    source = models.CharField(max_length=20, default="api")
    received_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls()]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-id"], name="inventory_rejectedcount_newest")
        ]
