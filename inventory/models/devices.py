"""Devices, what they may say, and the limits of what they measure."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.masterdata.models import Part
from collab.organisations.models import Organisation, Site
from collab.sharing.models import Owned, OwnedForeignKey
from collab.sharing.walls import OwnWalls, SameOwner
from inventory.models.tracking import LINK

METRIC = 60
"""Most characters of the name of a metric."""
CODE = 80
"""Most characters of a device's code; behind a gateway it is ``gateway:device``."""


class Device(Owned):
    """A sensor, reader, seal, tracker or gateway of the owner, and what it is attached to.

    It is attached to one of ``thing`` (identifier of a handling unit or an asset), ``load_id`` (of
    a load in transport) and ``site``, or to nothing. ``counterparty`` is the partner whose goods
    it rides with since ``attached_at``, the owner where nobody's. ``tokens`` is what was left at
    ``refilled_at`` of the ``burst`` readings that it may send at once; ``per_minute`` more come
    every minute.
    """

    class Kind(models.TextChoices):
        SENSOR = "sensor", _("Sensor")
        READER = "reader", _("Reader")
        SEAL = "seal", _("Electronic seal")
        TRACKER = "tracker", _("Position tracker")
        GATEWAY = "gateway", _("Gateway")

    class Session(models.TextChoices):
        NEVER = "never", _("No session yet")
        ONLINE = "online", _("Online")
        OFFLINE = "offline", _("Offline")

    code = models.CharField(max_length=CODE)
    name = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SENSOR)
    thing = models.CharField(max_length=LINK, blank=True)
    load_id = models.UUIDField(null=True, blank=True)
    load_number = models.CharField(max_length=35, blank=True)
    site = OwnedForeignKey(Site, null=True, blank=True)
    counterparty = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    attached_at = models.DateTimeField()
    is_active = models.BooleanField(default=True)
    session = models.CharField(max_length=8, choices=Session, default=Session.NEVER)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    battery_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    per_minute = models.PositiveIntegerField(default=60)
    burst = models.PositiveIntegerField(default=600)
    tokens = models.FloatField(default=600)
    refilled_at = models.DateTimeField()
    is_throttled = models.BooleanField(default=False)
    throttled_at = models.DateTimeField(null=True, blank=True)  # last
    throttled_count = models.PositiveBigIntegerField(default=0)  # readings, ever
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("site"),
            models.UniqueConstraint(fields=["owner", "code"], name="inventory_device_code"),
            models.CheckConstraint(
                condition=(Q(thing="") | (Q(load_id__isnull=True) & Q(site__isnull=True)))
                & (Q(load_id__isnull=True) | Q(site__isnull=True)),
                name="inventory_device_one_place",
            ),
            models.CheckConstraint(
                condition=Q(per_minute__gte=1) & Q(burst__gte=1), name="inventory_device_allowance"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "thing"], condition=~Q(thing=""), name="inventory_device_thing"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class DeviceAttachment(Owned):
    """What a device was attached to before, from ``began_at`` until ``ended_at``.

    What it is attached to now is on the device itself. Rows of one device do not overlap. The
    fields mean what they mean on ``Device``.
    """

    device = OwnedForeignKey(Device, on_delete=models.CASCADE)
    thing = models.CharField(max_length=LINK, blank=True)
    load_id = models.UUIDField(null=True, blank=True)
    load_number = models.CharField(max_length=35, blank=True)
    site = OwnedForeignKey(Site, null=True, blank=True)
    counterparty = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("device", on_delete="CASCADE"),
            SameOwner("site"),
            models.UniqueConstraint(
                fields=["owner", "device", "began_at"], name="inventory_attachment_once"
            ),
            models.CheckConstraint(
                condition=Q(began_at__lt=models.F("ended_at")), name="inventory_attachment_order"
            ),
        ]


class DeviceCredential(Owned):
    """One secret of a device, kept as a hash only; its key is the user name at the broker."""

    device = OwnedForeignKey(Device, on_delete=models.CASCADE)
    password_hash = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls(), SameOwner("device", on_delete="CASCADE")]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "device", "-id"], name="inventory_credential_device")
        ]

    @property
    def username(self) -> str:
        """The name the device logs in with: it tells nothing about the owner."""
        return str(self.pk.hex)


class SensorLimit(Owned):
    """Between what a metric has to stay, and for how long it may be outside [seconds].

    It holds for one unit, for units of one part, for one kind of device, or for all that measure
    the metric: of several the most specific one counts.
    """

    class Severity(models.TextChoices):
        CRITICAL = "critical", _("Critical")
        WARNING = "warning", _("Warning")
        INFO = "info", _("For information")

    metric = models.CharField(max_length=METRIC)
    unit = models.CharField(max_length=12, blank=True)
    least = models.FloatField(null=True, blank=True)
    most = models.FloatField(null=True, blank=True)
    duration_s = models.PositiveIntegerField(default=0)
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.WARNING)
    thing = models.CharField(max_length=LINK, blank=True)
    part = OwnedForeignKey(Part, null=True, blank=True)
    device_kind = models.CharField(max_length=10, choices=Device.Kind, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("part"),
            models.UniqueConstraint(
                fields=["owner", "metric", "thing", "part", "device_kind"],
                nulls_distinct=False,
                name="inventory_limit_once",
            ),
            models.CheckConstraint(
                condition=Q(least__isnull=False) | Q(most__isnull=False),
                name="inventory_limit_says_something",
            ),
            models.CheckConstraint(
                condition=Q(least__isnull=True)
                | Q(most__isnull=True)
                | Q(least__lt=models.F("most")),
                name="inventory_limit_order",
            ),
        ]
