"""Seals on shipments, where they were looked at, and when they were opened."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from collab.organisations.models import Person
from collab.sharing.models import OwnedForeignKey, Shared
from collab.sharing.walls import SameOwner, Walls
from inventory.models.devices import Device
from inventory.models.readings import SENSOR
from inventory.models.tracking import LINK


class Lane(models.TextChoices):
    """Where a sealed load goes at a gate."""

    NONE = "", _("Not looked at")
    GREEN = "green", _("Green lane")
    RED = "red", _("Red lane")


class Seal(Shared):
    """One seal, bound to the manifest of a dispatch advice (IN-15).

    It may be opened from ``released_at`` on, at ``allowed_sites`` (none: anywhere), on
    ``allowed_days`` (ISO, 1 = Monday; none: any) between ``opens_from`` and ``opens_until`` at the
    place of the opening (``timezone``). ``device`` is the electronic seal that tells of openings.
    """

    class State(models.TextChoices):
        CLOSED = "closed", _("Closed")
        RELEASED = "released", _("Released")
        OPENED = "opened", pgettext_lazy("seal", "Opened")
        REMOVED = "removed", _("Taken off")

    number = models.CharField(max_length=40)
    advice_id = models.UUIDField()
    advice_number = models.CharField(max_length=35)
    shipment_number = models.CharField(max_length=35, blank=True)
    device = OwnedForeignKey(Device, null=True, blank=True, on_delete=models.SET_NULL)
    tracker = OwnedForeignKey(Device, null=True, blank=True, on_delete=models.SET_NULL)
    is_high_risk = models.BooleanField(default=False)
    allowed_sites = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    allowed_days = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    opens_from = models.TimeField(null=True, blank=True)
    opens_until = models.TimeField(null=True, blank=True)
    timezone = models.CharField(max_length=40, default="UTC")
    state = models.CharField(max_length=8, choices=State, default=State.CLOSED)
    lane = models.CharField(max_length=5, choices=Lane, blank=True, default=Lane.NONE)
    needs_inspection = models.BooleanField(default=False)
    looked_at = models.DateTimeField(null=True, blank=True)  # the look that gave the lane
    applied_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(SENSOR),
            SameOwner("device"),
            SameOwner("tracker"),
            models.UniqueConstraint(
                fields=["owner", "advice_id", "number"], name="inventory_seal_number"
            ),
            models.CheckConstraint(
                condition=Q(opens_from__isnull=True, opens_until__isnull=True)
                | Q(opens_from__isnull=False, opens_until__isnull=False),
                name="inventory_seal_hours",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-changed_at", "-id"], name="inventory_seal_newest"),
            models.Index(
                fields=["counterparty", "owner", "-changed_at", "-id"],
                name="inventory_seal_shared",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class SealScan(Shared):
    """One look at a seal, or one opening that it told itself; never changed.

    It belongs to who looked, whichever end of the business that is: ``seal`` is a bare key.
    ``findings`` are words of ``inventory.rules.seals.Finding``.
    """

    class Place(models.TextChoices):
        GATE = "gate", _("Gate")
        DEPOT = "depot", _("Depot")
        CROSS_DOCK = "cross_dock", _("Cross-dock")
        CONSIGNEE = "consignee", _("Consignee")
        INSPECTION = "inspection", _("Second inspection")
        DEVICE = "device", _("The seal itself")

    seal = models.UUIDField()
    seal_number = models.CharField(max_length=40)
    place = models.CharField(max_length=10, choices=Place)
    site_code = models.CharField(max_length=20, blank=True)
    number_read = models.CharField(max_length=40, blank=True)
    is_open = models.BooleanField(default=False)
    scanned_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    lane = models.CharField(max_length=5, choices=Lane)
    findings = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    note = models.CharField(max_length=LINK, blank=True)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(SENSOR),
            models.UniqueConstraint(
                fields=["owner", "seal", "place", "scanned_at"], name="inventory_scan_once"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["counterparty", "owner", "-scanned_at", "-id"],
                name="inventory_scan_shared",
            ),
        ]
