"""Transport orders: goods of one supplier that have to be at one place in time."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import OwnedForeignKey, Shared
from collab.sharing.walls import SameOwner, Walls
from transport.models.measured import Measured, place_column

ORDER = "transport.order"


class Mode(models.TextChoices):
    """How goods may travel (TR-02)."""

    FULL_TRUCK = "full_truck", _("Full truck")
    MILK_RUN = "milk_run", _("Milk run")
    CROSS_DOCK = "cross_dock", _("Part load over a cross-dock")
    PARCEL = "parcel", _("Parcel")
    PREMIUM = "premium", _("Premium freight")


class TransportOrder(Shared, Measured):
    """Goods to be moved between ``owner``, who arranges it, and the partner at the other end.

    ``is_inbound``: the partner sends and the owner receives. Windows are instants; the pick-up
    closes before the delivery opens at the earliest. ``source_key`` is unique per owner: making
    an order from the same firm call twice changes nothing.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        PLANNED = "planned", _("Planned")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    class Source(models.TextChoices):
        CALL = "call", _("Firm call")
        SCREEN = "screen", _("Screen")
        API = "api", _("API")
        FILE = "file", _("File")
        X12 = "x12", _("X12 204")
        EMPTIES = "empties", _("Empties return")

    number = models.CharField(max_length=35)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    source = models.CharField(max_length=8, choices=Source, default=Source.SCREEN)
    source_key = models.CharField(max_length=120)
    is_inbound = models.BooleanField(default=True)
    origin = place_column()
    destination = place_column()
    origin_code = models.CharField(max_length=60)  # <bpn>/<site code>
    destination_code = models.CharField(max_length=60)
    pickup_from = models.DateTimeField()
    pickup_until = models.DateTimeField()
    delivery_from = models.DateTimeField()
    delivery_until = models.DateTimeField()
    needs = models.JSONField(default=list, blank=True)  # capabilities of vehicle and dock
    mode = models.CharField(max_length=10, choices=Mode, blank=True)  # empty = not chosen yet
    is_urgent = models.BooleanField(default=False)
    note = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(ORDER),
            models.UniqueConstraint(fields=["owner", "number"], name="transport_order_number"),
            models.UniqueConstraint(fields=["owner", "source_key"], name="transport_order_source"),
            models.CheckConstraint(
                condition=Q(
                    pickup_until__gte=F("pickup_from"),
                    delivery_until__gte=F("delivery_from"),
                    delivery_until__gt=F("pickup_from"),
                ),
                name="transport_order_windows",
            ),
            models.CheckConstraint(
                condition=Q(weight_kg__gt=0), name="transport_order_weighs_something"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "state", "pickup_from"], name="transport_order_due"),
            models.Index(
                fields=["counterparty", "owner", "pickup_from"], name="transport_order_of_partner"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OrderItem(Shared):
    """One part of a transport order, under the numbers of both sides; quantity in ``unit``."""

    order = OwnedForeignKey(TransportOrder, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    part_number = models.CharField(max_length=40)
    partner_part_number = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=120, blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    unit = models.CharField(max_length=3)
    weight_kg = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    packs = models.PositiveIntegerField(null=True, blank=True)
    pack_code = models.CharField(max_length=20, blank=True)
    schedule_line_id = models.UUIDField(null=True, blank=True)  # the firm call, if any

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(ORDER),
            SameOwner("order", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "order", "position"], name="transport_orderitem_position"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="transport_orderitem_some"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "schedule_line_id"], name="transport_orderitem_call")
        ]
