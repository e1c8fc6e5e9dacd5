"""Capacity groups and how the demand linked to them fits, week by week."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import OwnedForeignKey, Shared
from collab.sharing.walls import SameOwner, Walls
from forecasting.models.weeks import is_monday, weekly_quantities

CAPACITY = "forecasting.capacity"


class CapacityGroup(Shared):
    """What a machine, facility, plant or labour pool of the supplier (owner) can make per week.

    With ``counterparty`` = the owner itself it is a pool over several customers, which nobody
    else sees. ``maximum`` >= ``actual``; ``agreed`` is informational; ``delta`` is signed
    (build ahead, catch up). ``volatility`` holds start, interval and limits as in CX-0128.
    """

    class Kind(models.TextChoices):
        MACHINE = "machine", _("Machine")
        FACILITY = "facility", _("Facility")
        PLANT = "plant", _("Plant")
        LABOUR = "labour", _("Labour")

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.FACILITY)
    unit = models.CharField(max_length=3, blank=True)  # blank where load factors convert
    is_active = models.BooleanField(default=True)
    first_week = models.DateField()
    actual = weekly_quantities()
    maximum = weekly_quantities()
    agreed = weekly_quantities(is_optional=True)
    delta = weekly_quantities(is_optional=True)
    volatility = models.JSONField(null=True, blank=True)
    external_id = models.CharField(max_length=80, blank=True)  # the sender's own id
    previous = models.JSONField(null=True, blank=True)  # first week and actual before the change
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(CAPACITY),
            models.UniqueConstraint(
                fields=["owner", "external_id"],
                condition=~Q(external_id=""),
                name="forecasting_capacitygroup_external",
            ),
            is_monday("first_week", "forecasting_capacitygroup_monday"),
        ]


class CapacityLink(Shared):
    """What loads a group: a demand series, or another group of the same supplier."""

    group = OwnedForeignKey(CapacityGroup, on_delete=models.CASCADE)
    series_id = models.UUIDField(null=True, blank=True)  # a customer's
    child = OwnedForeignKey(CapacityGroup, on_delete=models.CASCADE, null=True, blank=True)
    load_factor = models.DecimalField(max_digits=18, decimal_places=9, null=True, blank=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(CAPACITY),
            SameOwner("group", on_delete="CASCADE"),
            SameOwner("child", on_delete="CASCADE"),
            models.CheckConstraint(
                condition=(Q(series_id__isnull=False) & Q(child__isnull=True))
                | (Q(series_id__isnull=True) & Q(child__isnull=False)),
                name="forecasting_capacitylink_one",
            ),
            models.CheckConstraint(
                condition=Q(load_factor__isnull=True) | Q(load_factor__gt=0),
                name="forecasting_capacitylink_factor",
            ),
            models.UniqueConstraint(
                fields=["owner", "group", "series_id"], name="forecasting_capacitylink_series"
            ),
            models.UniqueConstraint(
                fields=["owner", "group", "child"], name="forecasting_capacitylink_child"
            ),
        ]


class CapacityMatch(Shared):
    """How the demand linked to a group fits, as last computed: one status per week (FC-13)."""

    group = OwnedForeignKey(CapacityGroup, on_delete=models.CASCADE)
    first_week = models.DateField()
    demand = weekly_quantities()
    status = ArrayField(models.CharField(max_length=10), default=list)
    cumulative_gap = weekly_quantities(is_optional=True)  # over 12 weeks, FC-15
    worst = models.CharField(max_length=10, blank=True)
    volatility = models.JSONField(null=True, blank=True)  # last measurement, FC-18
    change = models.JSONField(null=True, blank=True)  # weeks improved and degraded, FC-16
    computed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(CAPACITY),
            SameOwner("group", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "group"], name="forecasting_capacitymatch_group"
            ),
            is_monday("first_week", "forecasting_capacitymatch_monday"),
        ]
