"""What links customers' demand to the own: pegging, stock, life cycle, what really happened."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from collab.masterdata.models import Part
from collab.sharing.models import Owned, OwnedForeignKey
from collab.sharing.walls import OwnWalls, SameOwner
from forecasting.models.series import DemandSeries
from forecasting.models.weeks import is_monday, weekly_quantities


class Pegging(Owned):
    """How much of an own series' weekly need one customer's series causes; seen by nobody else."""

    series = OwnedForeignKey(DemandSeries, on_delete=models.CASCADE)  # to the next tier
    cause_id = models.UUIDField()  # the customer's series
    customer_id = models.BigIntegerField()
    customer_part_number = models.CharField(max_length=40)
    first_week = models.DateField()
    quantities = weekly_quantities()
    computed_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("series", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "series", "cause_id"], name="forecasting_pegging_cause"
            ),
            is_monday("first_week", "forecasting_pegging_monday"),
        ]


class PartPlanning(Owned):
    """How an organisation plans one of its own parts: how long it takes to make one."""

    part = OwnedForeignKey(Part, on_delete=models.CASCADE)
    lead_time_days = models.PositiveSmallIntegerField(default=5)  # own working days
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("part", on_delete="CASCADE"),
            models.UniqueConstraint(fields=["owner", "part"], name="forecasting_partplanning_part"),
        ]


class SeriesPlanning(Owned):
    """How the own customers' demand becomes a release of one own series; no supplier sees it.

    ``share`` is the part of the need that goes to this supplier; NULL shares evenly with those
    that have none. With ``is_released_alone`` a release within its tolerance goes out unasked.
    """

    series = OwnedForeignKey(DemandSeries, on_delete=models.CASCADE)
    share = models.DecimalField(max_digits=7, decimal_places=6, null=True, blank=True)
    is_released_alone = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("series", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "series"], name="forecasting_seriesplanning_series"
            ),
            models.CheckConstraint(
                condition=models.Q(share__isnull=True)
                | (models.Q(share__gte=0) & models.Q(share__lte=1)),
                name="forecasting_seriesplanning_share",
            ),
        ]


class HeardStock(Owned):
    """The organisation's own stock of a part as inventory last told: netted before exploding."""

    part = OwnedForeignKey(Part, on_delete=models.CASCADE)
    place = models.CharField(max_length=80)  # site, kind and counterparty of the figure
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    observed_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("part", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "part", "place"], name="forecasting_heardstock_place"
            ),
        ]


class Actual(Owned):
    """What really happened to a series on one day: called off, received or consumed.

    Heard from the apps above; ``source_key`` makes a repeat harmless.
    """

    class Kind(models.TextChoices):
        CALLED = "called", _("Called off")
        RECEIVED = "received", _("Received")
        CONSUMED = "consumed", _("Consumed")

    series = OwnedForeignKey(DemandSeries, on_delete=models.CASCADE)
    kind = models.CharField(max_length=8, choices=Kind)
    on = models.DateField()
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    source_key = models.CharField(max_length=120)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("series", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "kind", "source_key"], name="forecasting_actual_source"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "series", "kind", "on"], name="forecasting_actual_day")
        ]


class Succession(Owned):
    """One part follows another: history of the new = old × factor + its own, from a day on."""

    old_part = OwnedForeignKey(Part, on_delete=models.CASCADE)
    new_part = OwnedForeignKey(Part, on_delete=models.CASCADE)
    factor = models.DecimalField(max_digits=12, decimal_places=6, default=1)
    effective_on = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("old_part", on_delete="CASCADE"),
            SameOwner("new_part", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "old_part", "new_part"], name="forecasting_succession_pair"
            ),
            models.CheckConstraint(
                condition=models.Q(factor__gt=0), name="forecasting_succession_factor"
            ),
        ]


class LifeCycle(Owned):
    """Where a part is in its life when its history alone does not tell (FC-26)."""

    class Phase(models.TextChoices):
        NEW = "new", _("New")
        SERIES = "series", _("Series")
        RUN_OUT = "run_out", _("Running out")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    part = OwnedForeignKey(Part, on_delete=models.CASCADE)
    phase = models.CharField(max_length=9, choices=Phase)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)  # end of run-out
    prior = models.JSONField(default=dict, blank=True)  # programme volume, usage, take rate, k
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("part", on_delete="CASCADE"),
            models.UniqueConstraint(fields=["owner", "part"], name="forecasting_lifecycle_part"),
        ]
