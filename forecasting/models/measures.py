"""How good and how nervous figures were (FC-24), and where the chain amplifies (FC-25)."""

from typing import Any, ClassVar

from django.db import models

from collab.sharing.models import OwnedForeignKey, Shared
from collab.sharing.walls import SameOwner, Walls
from forecasting.models.series import DEMAND, DemandSeries


class AccuracyFigure(Shared):
    """The quality of one step's figures for one series at one lag, beside zero and naive.

    ``measures`` maps bias, msse, wape, spl, coverage, nervousness to a number or null; all of
    ``weeks`` target weeks that ended at ``until``.
    """

    series = OwnedForeignKey(DemandSeries, on_delete=models.CASCADE)
    part_number = models.CharField(max_length=40)
    site_code = models.CharField(max_length=20, blank=True)
    step = models.CharField(max_length=12)  # a Step, or release, commit, zero, naive
    lag_weeks = models.PositiveSmallIntegerField()
    until = models.DateField()  # Monday of the last target week
    weeks = models.PositiveSmallIntegerField()
    measures = models.JSONField()
    rule_version = models.PositiveSmallIntegerField(default=1)
    computed_at = models.DateTimeField()

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(DEMAND),
            SameOwner("series", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "series", "step", "lag_weeks"],
                name="forecasting_accuracyfigure_key",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "counterparty", "step", "lag_weeks"],
                name="forecasting_accuracy_partner",
            )
        ]


class BullwhipFigure(Shared):
    """How much more the orders of a series varied than its consumption, over >= 26 weeks.

    ``ratio`` is null where it is not defined; ``verdict`` says why.
    """

    series = OwnedForeignKey(DemandSeries, on_delete=models.CASCADE)
    part_number = models.CharField(max_length=40)
    site_code = models.CharField(max_length=20, blank=True)
    ratio = models.FloatField(null=True)
    verdict = models.CharField(max_length=14)  # amplified, damped, neutral, not_defined, too_short
    nervousness = models.JSONField(default=dict)  # lag in weeks → share
    until = models.DateField()
    weeks = models.PositiveSmallIntegerField()
    computed_at = models.DateTimeField()

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(DEMAND),
            SameOwner("series", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "series"], name="forecasting_bullwhipfigure_series"
            ),
        ]
