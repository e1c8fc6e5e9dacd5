"""Loads (vehicle runs), their stops, and what each partner sees of them."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls
from transport.models.measured import Measured, place_column
from transport.models.orders import Mode, TransportOrder

LOAD = "transport.load"
SHIPMENT = "transport.shipment"


class LoadState(models.TextChoices):
    """The life cycle of a load (TR-01); ``transport.rules.states`` holds who may move it."""

    DRAFT = "draft", _("Draft")
    PLANNED = "planned", _("Planned")
    TENDERED = "tendered", _("Tendered")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    SLOT_BOOKED = "slot_booked", _("Slot booked")
    AT_PICKUP = "at_pickup", _("At pick-up")
    IN_TRANSIT = "in_transit", _("In transit")
    AT_CROSS_DOCK = "at_cross_dock", _("At the cross-dock")
    ARRIVED = "arrived", _("Arrived")
    UNLOADED = "unloaded", _("Unloaded")
    PROOF_OF_DELIVERY = "proof_of_delivery", _("Proof of delivery")
    SETTLED = "settled", _("Settled")
    CANCELLED = "cancelled", _("Cancelled")


class Load(Shared):
    """One run of one vehicle, arranged by ``owner``; ``counterparty`` is the carrier.

    Before a carrier has accepted, the counterparty is the owner: no grant opens the row then, and
    carriers see the offer only. Suppliers never see a load: they see their ``Visit`` and
    ``Shipment``. Money in minor units, ``plan_version`` grows with every changed stop.
    """

    number = models.CharField(max_length=35)
    state = models.CharField(max_length=20, choices=LoadState, default=LoadState.DRAFT)
    mode = models.CharField(max_length=10, choices=Mode)
    route_template_id = models.UUIDField(null=True, blank=True)  # the fixed route it repeats
    vehicle_type = models.CharField(max_length=20, blank=True)
    capacity = models.JSONField(default=dict)  # kg, m3, pallets, ldm as decimal strings
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    distance_km = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    empty_km = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    fill = models.DecimalField(max_digits=6, decimal_places=4, null=True, blank=True)  # share
    limiting = models.CharField(max_length=12, blank=True)  # kg, m3, pallets, ldm
    expected_cost_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    emissions_kg = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    emissions_basis = models.JSONField(default=dict, blank=True)  # factor row, method, scope
    plate = models.CharField(max_length=20, blank=True)
    trailer = models.CharField(max_length=20, blank=True)
    driver_name = models.CharField(max_length=80, blank=True)
    cancelled_reason = models.CharField(max_length=400, blank=True)
    # What is known on the road; written by the tracking services alone.
    position = models.JSONField(null=True, blank=True)  # latitude, longitude, heading, speed_kmh
    pinged_at = models.DateTimeField(null=True, blank=True)
    progress = models.CharField(max_length=16, blank=True)  # on_time, late, cannot_make_it …
    missing_cause = models.CharField(max_length=30, blank=True)  # TR-14
    next_stop = models.PositiveSmallIntegerField(null=True, blank=True)
    plan_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(LOAD),
            models.UniqueConstraint(fields=["owner", "number"], name="transport_load_number"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="transport_load_takes_time"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-starts_at", "-id"], name="transport_load_newest"),
            models.Index(
                fields=["counterparty", "owner", "-starts_at"], name="transport_load_of_carrier"
            ),
            models.Index(fields=["owner", "state", "starts_at"], name="transport_load_by_state"),
        ]

    def __str__(self) -> str:
        return self.number


class Stop(Shared):
    """One halt of a load, as the carrier sees it; ``sequence`` from 1.

    Planned times are instants; ``frozen``: a re-plan must not touch it, ``is_driven``: it is past.
    """

    class Purpose(models.TextChoices):
        START = "start", _("Start")
        PICKUP = "pickup", _("Pick-up")
        DELIVERY = "delivery", _("Delivery")
        CROSS_DOCK = "cross_dock", _("Cross-dock")
        EMPTIES = "empties", _("Empties")
        END = "end", _("End")

    load = OwnedForeignKey(Load, on_delete=models.CASCADE)
    sequence = models.PositiveSmallIntegerField()
    purpose = models.CharField(max_length=10, choices=Purpose)
    place = place_column()
    place_code = models.CharField(max_length=60)  # <bpn>/<site code>
    dock = models.CharField(max_length=20, blank=True)
    window_from = models.DateTimeField()
    window_until = models.DateTimeField()
    planned_arrival = models.DateTimeField()
    planned_departure = models.DateTimeField()
    slot_from = models.DateTimeField(null=True, blank=True)  # the appointment, once picked
    slot_until = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    departed_at = models.DateTimeField(null=True, blank=True)
    eta = models.JSONField(null=True, blank=True)  # p10, p50, p90, made_at: of the last ping
    leg_km = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    load_after = models.JSONField(default=dict)  # kg, m3, pallets, ldm when leaving
    is_frozen = models.BooleanField(default=False)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(LOAD),
            SameOwner("load", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "load", "sequence"],
                name="transport_stop_sequence",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(
                    window_until__gte=F("window_from"),
                    planned_departure__gte=F("planned_arrival"),
                ),
                name="transport_stop_times",
            ),
        ]


class Shipment(Shared, Measured):
    """A consignment on its way: one transport order, or the part of it that was split off.

    ``counterparty`` is the partner at the other end, so a supplier sees its own consignments and
    nothing else that is on the vehicle. ``eta`` is that of its last leg.
    """

    order = OwnedForeignKey(TransportOrder, on_delete=models.PROTECT)
    number = models.CharField(max_length=35)
    state = models.CharField(max_length=20, choices=LoadState, default=LoadState.PLANNED)
    mode = models.CharField(max_length=10, choices=Mode)
    is_inbound = models.BooleanField(default=True)
    origin = place_column()
    destination = place_column()
    carrier_name = models.CharField(max_length=80, blank=True)
    carrier_id = models.BigIntegerField(null=True, blank=True)
    plate = models.CharField(max_length=20, blank=True)
    items = models.JSONField(default=list)  # of the order: position, part numbers, quantity, unit
    planned_pickup = models.DateTimeField()
    planned_delivery = models.DateTimeField()
    appointment_from = models.DateTimeField(null=True, blank=True)
    appointment_until = models.DateTimeField(null=True, blank=True)
    picked_up_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    eta = models.JSONField(null=True, blank=True)  # p10, p50, p90, made_at
    progress = models.CharField(max_length=16, blank=True)
    position = models.JSONField(null=True, blank=True)  # only while the load is active
    pinged_at = models.DateTimeField(null=True, blank=True)
    emissions_kg = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    emissions_basis = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(SHIPMENT),
            SameOwner("order"),
            models.UniqueConstraint(fields=["owner", "number"], name="transport_shipment_number"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "-planned_delivery", "-id"], name="transport_shipment_newest"
            ),
            models.Index(
                fields=["counterparty", "owner", "-planned_delivery"],
                name="transport_shipment_partner",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ShipmentCost(Owned):
    """A shipment's share of what its loads cost: for the owner alone, so not on the shipment."""

    shipment = OwnedForeignKey(Shipment, on_delete=models.CASCADE)
    expected_minor = models.BigIntegerField()
    actual_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("shipment", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "shipment"], name="transport_shipmentcost_once"
            ),
        ]


class Leg(Shared):
    """The way of a shipment on one load, from one of its stops to a later one.

    A shipment over a cross-dock has two. As the carrier sees it: which consignment goes on where.
    """

    shipment = OwnedForeignKey(Shipment, on_delete=models.CASCADE)
    load = OwnedForeignKey(Load, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField(default=1)
    from_sequence = models.PositiveSmallIntegerField()
    to_sequence = models.PositiveSmallIntegerField()
    shipment_number = models.CharField(max_length=35)
    figures = models.JSONField(default=dict)  # kg, m3, pallets, ldm as decimal strings
    distance_km = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(LOAD),
            SameOwner("shipment", on_delete="CASCADE"),
            SameOwner("load", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "shipment", "position"], name="transport_leg_position"
            ),
            models.CheckConstraint(
                condition=Q(to_sequence__gt=F("from_sequence")), name="transport_leg_onwards"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "load"], name="transport_leg_load")
        ]


class Visit(Shared, Measured):
    """A stop as the organisation at that place (counterparty) sees it: its own units, no others.

    Kept in step with the stop by the owner's services; ``shipment_ids`` are those that get on or
    off here and concern the counterparty.
    """

    class Answer(models.TextChoices):
        NONE = "none", _("Not answered")
        ACCEPTED = "accepted", _("Accepted")
        CHANGE = "change", _("Change wanted")

    load_id = models.UUIDField()
    stop_sequence = models.PositiveSmallIntegerField()
    load_number = models.CharField(max_length=35)
    load_state = models.CharField(max_length=20, choices=LoadState)
    purpose = models.CharField(max_length=10, choices=Stop.Purpose)
    place = place_column()
    dock = models.CharField(max_length=20, blank=True)
    carrier_name = models.CharField(max_length=80, blank=True)
    plate = models.CharField(max_length=20, blank=True)
    window_from = models.DateTimeField()
    window_until = models.DateTimeField()
    planned_arrival = models.DateTimeField()
    planned_departure = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True, blank=True)
    departed_at = models.DateTimeField(null=True, blank=True)
    eta = models.JSONField(null=True, blank=True)
    progress = models.CharField(max_length=16, blank=True)
    pinged_at = models.DateTimeField(null=True, blank=True)
    shipment_ids = models.JSONField(default=list)
    empties = models.JSONField(default=list)  # container type and number brought along
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(SHIPMENT),
            models.UniqueConstraint(
                fields=["owner", "load_id", "stop_sequence"], name="transport_visit_stop"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["counterparty", "owner", "planned_arrival"], name="transport_visit_of_place"
            ),
            models.Index(fields=["owner", "planned_arrival"], name="transport_visit_due"),
        ]


class Notice(Shared):
    """Something that happened to a load, told to one party that it concerns (TR-11).

    One row for each party (counterparty; the owner has its own with itself as counterparty), with
    the facts that party may see. Never changed.
    """

    load_id = models.UUIDField()
    load_number = models.CharField(max_length=35)
    shipment_id = models.UUIDField(null=True, blank=True)
    stop_sequence = models.PositiveSmallIntegerField(null=True, blank=True)
    level = models.CharField(max_length=8)  # load, stop, shipment, leg
    code = models.CharField(max_length=30)  # of transport.rules.states
    audience = models.CharField(max_length=12)  # carrier, customer, origin, destination, planner
    facts = models.JSONField(default=dict)
    happened_at = models.DateTimeField()
    told_at = models.DateTimeField(auto_now_add=True)
    source_key = models.CharField(max_length=160)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(SHIPMENT),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "source_key"], name="transport_notice_once"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "load_id", "-happened_at"], name="transport_notice_load"),
            models.Index(
                fields=["counterparty", "owner", "-happened_at"], name="transport_notice_partner"
            ),
        ]
