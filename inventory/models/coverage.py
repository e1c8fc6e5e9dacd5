"""How long stock lasts, and the days that partners agreed."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.masterdata.models import Part
from collab.organisations.models import Site
from collab.sharing.models import OwnedForeignKey, Shared
from collab.sharing.walls import SameOwner, Walls
from inventory.models.words import SourceGrade

COVERAGE = "inventory.coverage"


class CoverageTarget(Shared):
    """The days of supply that two partners agreed for a part; either of them records it.

    The holder's own record comes first, then the customer's. An empty ``site_code`` is any site.
    ``lead_days`` is how long replenishment takes: coverage below it is urgent.
    """

    part_number = models.CharField(max_length=40)  # the owner's number
    partner_part_number = models.CharField(max_length=40, blank=True)
    site_code = models.CharField(max_length=20, blank=True)
    minimum_days = models.DecimalField(max_digits=6, decimal_places=2)
    maximum_days = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    report_every_hours = models.PositiveSmallIntegerField(default=24)
    lead_days = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
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

    ``in_transit`` is what partners announced and what has not arrived [base units].
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
    in_transit = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    next_arrival_at = models.DateTimeField(null=True, blank=True)
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
