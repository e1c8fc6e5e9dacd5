"""Demand as it was, as it is forecast, and the runs that made the forecast."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.masterdata.models import Part
from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls

DEMAND = "forecasting.demand"


class Frequency(models.TextChoices):
    """The bucket of a history."""

    DAY = "D", _("Day")
    WEEK = "W", _("Week")
    MONTH = "M", _("Month")


class DemandSeries(Shared):
    """What a customer (owner) needs of one part from one supplier (counterparty) at one site."""

    part = OwnedForeignKey(Part)
    part_number = models.CharField(max_length=40)
    supplier_part_number = models.CharField(max_length=40, blank=True)
    site_code = models.CharField(max_length=20, blank=True)
    frequency = models.CharField(max_length=1, choices=Frequency, default=Frequency.MONTH)
    is_active = models.BooleanField(default=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(DEMAND),
            SameOwner("part"),
            models.UniqueConstraint(fields=["owner", "counterparty", "part_number", "site_code"],
                name="forecasting_demandseries_key",
            ),
        ]  # fmt: skip

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


class ForecastRun(Owned):
    """One batch forecast over all active series of a frequency; ``job_id`` shows its progress."""

    job_id = models.UUIDField(null=True, blank=True)
    frequency = models.CharField(max_length=1, choices=Frequency)
    first_period = models.DateField(null=True, blank=True)  # of the forecast
    horizon = models.PositiveSmallIntegerField()  # buckets
    parameters = models.JSONField(default=dict)
    methods = models.JSONField(default=dict)  # method → number of series
    accuracy = models.JSONField(default=dict)  # method → measure → value, at held-back origins
    series_count = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls()]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-id"], name="forecasting_run_newest")
        ]


class SeriesForecast(Owned):
    """What a run forecast for one series: mean and quantiles per bucket [base units]."""

    run = OwnedForeignKey(ForecastRun, on_delete=models.CASCADE)
    series = OwnedForeignKey(DemandSeries, on_delete=models.CASCADE)
    method = models.CharField(max_length=40)
    demand_class = models.CharField(max_length=14)
    recent = ArrayField(models.FloatField(null=True), default=list)  # the last buckets of history
    mean = ArrayField(models.FloatField())
    quantiles = models.JSONField()  # level as text → one value per bucket

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("run", on_delete="CASCADE"),
            SameOwner("series", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "run", "series"], name="forecasting_seriesforecast_key"
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
