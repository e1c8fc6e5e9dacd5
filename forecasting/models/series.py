"""Demand series: what a customer needs of one part from one supplier at one place, as it was."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.masterdata.models import Part
from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls

DEMAND = "forecasting.demand"


class Category(models.TextChoices):
    """Why the demand exists; codes as in Catena-X CX-0128."""

    DEFAULT = "0001", _("Default")
    AFTER_SALES = "A1S1", _("After-sales")
    SERIES = "SR99", _("Series")
    PHASE_IN = "PI01", _("Phase-in")
    PHASE_OUT = "PO01", _("Phase-out")
    SINGLE_ORDER = "OS01", _("Single order")
    SMALL_SERIES = "OI01", _("Small series")
    EXTRAORDINARY = "ED01", _("Extraordinary demand")


class Frequency(models.TextChoices):
    """The bucket of a history."""

    DAY = "D", _("Day")
    WEEK = "W", _("Week")
    MONTH = "M", _("Month")


class DemandSeries(Shared):
    """What a customer (owner) needs of one part from one supplier (counterparty) at one site.

    Keyed as in CX-0128. An inactive series keeps its history and leaves matching; it can be made
    active again. ``unit`` is the part's base unit, a UN/ECE Rec 20 code.
    """

    part = OwnedForeignKey(Part)
    part_number = models.CharField(max_length=40)
    supplier_part_number = models.CharField(max_length=40, blank=True)
    site_code = models.CharField(max_length=20, blank=True)
    category = models.CharField(max_length=4, choices=Category, default=Category.DEFAULT)
    description = models.CharField(max_length=120, blank=True)
    unit = models.CharField(max_length=3, default="H87")
    frequency = models.CharField(max_length=1, choices=Frequency, default=Frequency.MONTH)
    is_active = models.BooleanField(default=True)
    changed_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(DEMAND),
            SameOwner("part"),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "part_number", "site_code", "category"],
                name="forecasting_demandseries_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part_number} {self.site_code}".strip()


class DemandHistory(Owned):
    """The quantity asked for in one bucket; ``period`` is its first day, NULL quantity missing."""

    series = OwnedForeignKey(DemandSeries, on_delete=models.CASCADE)
    period = models.DateField()
    quantity = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("series", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "series", "period"], name="forecasting_demandhistory_period"
            ),
            models.CheckConstraint(
                condition=Q(quantity__isnull=True) | Q(quantity__gte=0),
                name="forecasting_demandhistory_quantity",
            ),
        ]


class DailyDemand(Shared):
    """The quantity needed on one day: what days of supply are counted against."""

    class Source(models.TextChoices):
        FORECAST = "forecast", _("Forecast")
        RELEASE = "release", _("Delivery schedule")
        MANUAL = "manual", _("Entered")

    series = OwnedForeignKey(DemandSeries, on_delete=models.CASCADE)
    part_number = models.CharField(max_length=40)
    site_code = models.CharField(max_length=20, blank=True)
    on = models.DateField()
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    source = models.CharField(max_length=10, choices=Source, default=Source.FORECAST)
    run_id = models.UUIDField(null=True, blank=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(DEMAND),
            SameOwner("series", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "series", "on"], name="forecasting_dailydemand_day"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0), name="forecasting_dailydemand_quantity"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "counterparty", "part_number", "on"],
                name="forecasting_demand_shared",
            )
        ]
