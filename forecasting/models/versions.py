"""Versions of a series' weekly demand inside its own organisation, before anything is released."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Owned, OwnedForeignKey
from collab.sharing.walls import OwnWalls, SameOwner
from forecasting.models.series import DemandSeries
from forecasting.models.weeks import is_monday, weekly_quantities


class Step(models.TextChoices):
    """Who made a version: the steps whose added value is measured one after the other (FC-24)."""

    STATISTICS = "statistics", _("Statistics")
    SIGNAL = "signal", _("Market signal")
    PLANNER = "planner", _("Planner")
    MESSAGE = "message", _("Message")
    CHAIN = "chain", _("Customers' releases")
    CONSENSUS = "consensus", _("Consensus")


class DemandVersion(Owned):
    """One version of what a series will need, week by week; never changed once it is written.

    ``low`` and ``high`` are the 10 and 90 % quantiles where the step gives a range. ``reasons``
    maps a Monday to the planner's reason. The newest version is the current one.
    """

    series = OwnedForeignKey(DemandSeries, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    step = models.CharField(max_length=10, choices=Step)
    is_current = models.BooleanField(default=True)
    first_week = models.DateField()
    quantities = weekly_quantities()
    low = weekly_quantities(is_optional=True)
    high = weekly_quantities(is_optional=True)
    reasons = models.JSONField(default=dict, blank=True)
    note = models.CharField(max_length=400, blank=True)
    source_id = models.UUIDField(null=True, blank=True)  # the run, signal, message or scenario
    author_id = models.BigIntegerField(null=True, blank=True)  # a person of the organisation
    changed_at = models.DateTimeField()  # the sender's, which decides the order (FC-02)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("series", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "series", "number"], name="forecasting_demandversion_number"
            ),
            models.UniqueConstraint(
                fields=["owner", "series"],
                condition=models.Q(is_current=True),
                name="forecasting_demandversion_current",
            ),
            is_monday("first_week", "forecasting_demandversion_monday"),
        ]
