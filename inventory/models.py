"""Stock as reported, as moved and as it stands now, and how long it lasts."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.masterdata.models import Part
from collab.organisations.models import Person, Site
from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls

STOCK = "inventory.stock"
COVERAGE = "inventory.coverage"


class StockKind(models.TextChoices):
    """Who may use the stock; only blocked stock covers no demand."""

    FREE = "free", _("Free")
    BLOCKED = "blocked", _("Blocked")
    CONSIGNED = "consigned", _("Consigned")
    VMI = "vmi", _("Vendor-managed")


class Stage(models.TextChoices):
    """Where on its way the stock is."""

    SUPPLIER_WAREHOUSE = "supplier_warehouse", _("Supplier warehouse")
    IN_TRANSIT = "in_transit", _("In transit")
    CROSS_DOCK = "cross_dock", _("Cross-dock")
    YARD = "yard", _("Yard")
    PLANT = "plant", _("Plant")
    LINE_SIDE = "line_side", _("Line side")


class SourceGrade(models.TextChoices):
    """How the figure came about, best first."""

    COUNTED = "counted", _("Counted")
    BOOKED = "booked", _("Booked by a system")
    ESTIMATED = "estimated", _("Estimated")


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
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "part", "site", "-moved_at"], name="inventory_movement_newest"
            )
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


class CoverageTarget(Shared):
    """The days of supply that two partners agreed for a part; either of them records it.

    The holder's own record comes first, then the customer's. An empty ``site_code`` is any site.
    """

    part_number = models.CharField(max_length=40)  # the owner's number
    partner_part_number = models.CharField(max_length=40, blank=True)
    site_code = models.CharField(max_length=20, blank=True)
    minimum_days = models.DecimalField(max_digits=6, decimal_places=2)
    maximum_days = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    report_every_hours = models.PositiveSmallIntegerField(default=24)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(COVERAGE),
            models.UniqueConstraint(fields=["owner", "counterparty", "part_number", "site_code"],
                name="inventory_coveragetarget_key",
            ),
            models.CheckConstraint(
                condition=Q(minimum_days__gte=0)
                & (Q(maximum_days__isnull=True) | Q(maximum_days__gte=models.F("minimum_days"))),
                name="inventory_coveragetarget_days",
            ),
        ]  # fmt: skip


class Coverage(Shared):
    """How long the usable stock of a part at a site lasts, and the projection behind it.

    The arrays hold one entry per day from ``projected_from`` on: stock at the end of the day
    [base units], demand of the day, days of supply at its end.
    """

    class Level(models.TextChoices):
        HIGH = "high", _("Act today")
        MEDIUM = "medium", _("Watch")
        LOW = "low", _("Covered")
        UNKNOWN = "unknown", _("No demand known")

    part = OwnedForeignKey(Part)
    part_number = models.CharField(max_length=40)
    partner_part_number = models.CharField(max_length=40, blank=True)
    site = OwnedForeignKey(Site)
    site_code = models.CharField(max_length=20)
    on_hand = models.DecimalField(max_digits=18, decimal_places=3)
    unit = models.CharField(max_length=3)
    daily_need = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)
    days_of_supply = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    is_at_least = models.BooleanField(default=False)
    minimum_days = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    maximum_days = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    is_short = models.BooleanField(default=False)
    run_out_at = models.DateTimeField(null=True, blank=True)
    level = models.CharField(max_length=8, choices=Level, default=Level.UNKNOWN)
    source_grade = models.CharField(max_length=10, choices=SourceGrade)
    observed_at = models.DateTimeField()
    stale_after = models.DateTimeField()
    projected_from = models.DateField()
    projected_stock = ArrayField(
        models.DecimalField(max_digits=18, decimal_places=3), default=list, blank=True
    )
    projected_demand = ArrayField(
        models.DecimalField(max_digits=18, decimal_places=3), default=list, blank=True
    )
    projected_days = ArrayField(
        models.DecimalField(max_digits=8, decimal_places=2), default=list, blank=True
    )
    changed_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(COVERAGE),
            SameOwner("part"),
            SameOwner("site"),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "part", "site"], name="inventory_coverage_key"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            # By run-out time: PostgreSQL uses no numeric index below row-level security.
            models.Index(
                fields=["owner", "counterparty", "run_out_at"], name="inventory_coverage_shared"
            ),
            models.Index(fields=["owner", "run_out_at", "id"], name="inventory_coverage_own"),
        ]

    def __str__(self) -> str:
        return f"{self.part_number} at {self.site_code}"


class PlannedOutput(Shared):
    """What the holder will add to its stock for one counterparty on a day: production to come."""

    part = OwnedForeignKey(Part)
    part_number = models.CharField(max_length=40)
    partner_part_number = models.CharField(max_length=40, blank=True)
    site = OwnedForeignKey(Site)
    site_code = models.CharField(max_length=20)
    on = models.DateField()
    quantity = models.DecimalField(max_digits=18, decimal_places=3)  # base units of the part
    unit = models.CharField(max_length=3, blank=True)
    planned_at = models.DateTimeField(auto_now=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(COVERAGE),
            SameOwner("part"),
            SameOwner("site"),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "part", "site", "on"],
                name="inventory_plannedoutput_day",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0), name="inventory_plannedoutput_quantity"
            ),
        ]


class PlanReceipt(Owned):
    """That a sender's statement of planned output was taken, so that a late copy changes nothing.

    ``fingerprint`` is a SHA-256 over what the statement said.
    """

    sender_key = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=64)
    on = models.DateField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "sender_key"], name="inventory_planreceipt_sender"
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
