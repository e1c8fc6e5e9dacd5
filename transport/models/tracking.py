"""Where vehicles are: links, positions, what was set aside, and how the arrival was expected."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Owned, Shared
from collab.sharing.walls import OwnWalls, Walls
from transport.models.loads import SHIPMENT

TRACKING = "transport.tracking"


class TrackingLink(Owned):
    """How one load of a carrier (owner) is followed: by API, telematics, or the driver's link.

    A driver's link is a signed address with a secret of which only the hash is kept; nothing is
    recorded before ``consented_at`` and after ``stopped_at``.
    """

    class Means(models.TextChoices):
        API = "api", _("API")
        TELEMATICS = "telematics", _("Telematics")
        DRIVER = "driver", _("Driver's phone")

    load_id = models.UUIDField()
    customer_id = models.BigIntegerField()  # the organisation that owns the load
    load_number = models.CharField(max_length=35)
    means = models.CharField(max_length=10, choices=Means)
    device = models.CharField(max_length=40, blank=True)  # plate or unit of the telematics
    secret_hash = models.CharField(max_length=64, blank=True)
    active_from = models.DateTimeField()
    active_until = models.DateTimeField()
    consented_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)  # when the customer last heard of it
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "load_id", "means", "device"], name="transport_trackinglink_once"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "device"], name="transport_link_device"),
            models.Index(fields=["owner", "load_number"], name="transport_link_number"),
        ]


class Position(Shared):
    """One position report of a vehicle on a load; the carrier owns it, the customer may see it.

    Deleted with the end of the tracking window. ``key`` is the sender's, or made of device and
    time: the same report twice is one row.
    """

    load_id = models.UUIDField()
    device = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    latitude = models.FloatField()
    longitude = models.FloatField()
    speed_kmh = models.FloatField(null=True)
    heading = models.FloatField(null=True)
    recorded_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(TRACKING),
            models.UniqueConstraint(
                fields=["owner", "load_id", "key"], name="transport_position_once"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "load_id", "-recorded_at"], name="transport_position_newest"
            )
        ]


class CarrierReport(Shared):
    """A milestone, document or sensor reading a carrier (owner) reports about a load."""

    class Kind(models.TextChoices):
        MILESTONE = "milestone", _("Milestone")
        DOCUMENT = "document", _("Document")
        SENSOR = "sensor", _("Sensor")
        ARRIVAL = "arrival", _("Expected arrival")

    load_id = models.UUIDField()
    load_number = models.CharField(max_length=35)
    kind = models.CharField(max_length=10, choices=Kind)
    code = models.CharField(max_length=30)
    stop_sequence = models.PositiveSmallIntegerField(null=True, blank=True)
    facts = models.JSONField(default=dict)
    happened_at = models.DateTimeField()
    is_geofence = models.BooleanField(default=False)
    key = models.CharField(max_length=120)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(TRACKING),
            models.UniqueConstraint(
                fields=["owner", "load_id", "key"], name="transport_carrierreport_once"
            ),
        ]


class SetAside(Owned):
    """Position reports that could not be believed, counted per device, reason and day."""

    device = models.CharField(max_length=40)
    reason = models.CharField(max_length=30)  # code of rules.tracking
    on = models.DateField()
    reports = models.PositiveIntegerField(default=0)
    example = models.JSONField(default=dict)
    last_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "device", "reason", "on"], name="transport_setaside_day"
            ),
        ]


class EstimatedArrival(Shared):
    """When a shipment was expected, as seen at one ping: the history of the estimate (TR-13).

    Written by the owner of the shipment for its partner; never computed without a new ping.
    ``actual_at`` is filled in on arrival, so that the ranges can be judged.
    """

    shipment_id = models.UUIDField()
    load_id = models.UUIDField()
    made_at = models.DateTimeField()  # time of the ping
    p10 = models.DateTimeField()
    p50 = models.DateTimeField()
    p90 = models.DateTimeField()
    remaining_km = models.DecimalField(max_digits=9, decimal_places=2)
    parts = models.JSONField(default=dict)  # minutes: drive, dwell, short and long breaks
    actual_at = models.DateTimeField(null=True, blank=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(SHIPMENT),
            models.UniqueConstraint(
                fields=["owner", "shipment_id", "made_at"], name="transport_estimate_once"
            ),
            models.CheckConstraint(
                condition=Q(p50__gte=models.F("p10"), p90__gte=models.F("p50")),
                name="transport_estimate_ordered",
            ),
        ]


class DelayOptions(Owned):
    """What the owner of a late shipment can do about it, best first: for the owner alone.

    ``rows``: kind, cost [minor units], minutes saved against waiting, CO2 [kg] on top, and why an
    option is not open; figures nobody knows are null.
    """

    shipment_id = models.UUIDField()
    rows = models.JSONField(default=list)
    currency = models.CharField(max_length=3, default="EUR")
    made_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "shipment_id"], name="transport_delayoptions_once"
            ),
        ]
