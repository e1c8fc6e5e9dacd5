"""Forecast runs and what they found for each series."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from collab.sharing.models import Owned, OwnedForeignKey
from collab.sharing.walls import OwnWalls, SameOwner
from forecasting.models.series import DemandSeries, Frequency


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
