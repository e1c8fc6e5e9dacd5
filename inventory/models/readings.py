"""Readings of sensors in months, the newest of each metric, and what was taken already."""

from typing import Any, ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls
from inventory.models.devices import CODE, METRIC, Device
from inventory.models.tracking import LINK, end_of_business

SENSOR = "inventory.sensor"


class SensorReading(Shared):
    """One value of one metric, as a device measured it; its key sorts by ``sensed_at``.

    Numbers and flags (1, 0) are in ``number``, words in ``text``. ``counterparty`` and ``thing``
    are those of the device's attachment when it was measured.
    """

    owner = end_of_business()
    counterparty = end_of_business()
    device_id = models.UUIDField()
    metric = models.CharField(max_length=METRIC)
    number = models.FloatField(null=True, blank=True)
    text = models.CharField(max_length=LINK, blank=True)
    unit = models.CharField(max_length=12, blank=True)
    sensed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    sequence = models.BigIntegerField(null=True, blank=True)
    thing = models.CharField(max_length=LINK, blank=True)
    source = models.CharField(max_length=40)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [Walls(SENSOR, is_referenced=False)]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "device_id", "metric", "id"], name="inventory_reading_history"
            ),
            models.Index(fields=["counterparty", "owner", "id"], name="inventory_reading_shared"),
            BrinIndex(
                fields=["sensed_at"],
                pages_per_range=32,
                autosummarize=True,
                name="inventory_reading_time",
            ),
        ]


class ReadingSeen(Owned):
    """That a reading was taken, whatever time it is sent with again.

    ``id`` is made of owner, device, metric and sequence, or the time where there is no sequence.
    """

    owner = end_of_business()
    digest = models.BinaryField(max_length=16)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls(is_referenced=False)]


class LatestReading(Shared):
    """The newest value of one metric of one device, and how it stands to its limit.

    ``side`` says on which side of its limit it is since ``beyond_since``; ``is_breached`` that it
    has been there for longer than allowed.
    """

    class Side(models.TextChoices):
        INSIDE = "", _("Within limits")
        LOW = "low", _("Too low")
        HIGH = "high", _("Too high")

    owner = end_of_business()
    counterparty = end_of_business()
    device = OwnedForeignKey(Device, on_delete=models.CASCADE)
    device_code = models.CharField(max_length=CODE)
    metric = models.CharField(max_length=METRIC)
    number = models.FloatField(null=True, blank=True)
    text = models.CharField(max_length=LINK, blank=True)
    unit = models.CharField(max_length=12, blank=True)
    sensed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    reading = models.UUIDField()
    thing = models.CharField(max_length=LINK, blank=True)
    least = models.FloatField(null=True, blank=True)
    most = models.FloatField(null=True, blank=True)
    side = models.CharField(max_length=4, choices=Side, blank=True, default=Side.INSIDE)
    beyond_since = models.DateTimeField(null=True, blank=True)
    is_breached = models.BooleanField(default=False)
    judged = models.UUIDField(null=True, blank=True)  # newest reading that was judged
    shown_at = models.DateTimeField()  # on screens, last or as planned

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(SENSOR, is_referenced=False),
            SameOwner("device", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "device", "metric"], name="inventory_latest_reading"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["counterparty", "owner", "-sensed_at", "-id"],
                name="inventory_latest_shared",
            ),
            models.Index(
                fields=["owner", "thing", "metric"],
                condition=~Q(thing=""),
                name="inventory_latest_thing",
            ),
        ]
