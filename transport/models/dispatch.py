"""Dispatch advices (ASN) with their handling units, and the licence plates on them."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls
from transport.models.measured import place_column

ADVICE = "transport.advice"


class DispatchAdvice(Shared):
    """One consignment a supplier (owner) tells its customer (counterparty) about (TR-16).

    It exists once it is sent; what is still being packed is a ``DispatchDraft``. A correction is a
    new revision that replaces another. ``discrepancies`` come from the customer's receipt.
    """

    class State(models.TextChoices):
        SENT = "sent", _("Sent")
        ACCEPTED = "accepted", _("Accepted")
        RECEIVED = "received", _("Received")
        DISCREPANCY = "discrepancy", _("Discrepancy")
        REPLACED = "replaced", _("Replaced")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(max_length=35)
    revision = models.PositiveSmallIntegerField(default=1)
    replaces_id = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.SENT)
    origin_of_data = models.CharField(max_length=10, default="screen")  # door it came by
    ship_from = place_column()
    ship_to = place_column()
    dock = models.CharField(max_length=25, blank=True)
    shipment_id = models.UUIDField(null=True, blank=True)
    shipment_number = models.CharField(max_length=35, blank=True)
    transport_document = models.CharField(max_length=35, blank=True)
    carrier_name = models.CharField(max_length=80, blank=True)
    plate = models.CharField(max_length=20, blank=True)
    gross_weight_kg = models.DecimalField(max_digits=12, decimal_places=3)
    net_weight_kg = models.DecimalField(max_digits=12, decimal_places=3)
    despatched_at = models.DateTimeField()
    expected_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    is_late = models.BooleanField(default=False)  # sent more than 30 min after departure
    received_at = models.DateTimeField(null=True, blank=True)
    discrepancies = models.JSONField(default=list, blank=True)
    source_key = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(ADVICE),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "number", "revision"],
                name="transport_advice_number",
            ),
            models.UniqueConstraint(fields=["owner", "source_key"], name="transport_advice_source"),
            models.CheckConstraint(
                condition=Q(net_weight_kg__lte=F("gross_weight_kg")),
                name="transport_advice_weights",
            ),
            models.CheckConstraint(
                condition=Q(expected_at__gte=F("despatched_at")), name="transport_advice_times"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-despatched_at", "-id"], name="transport_advice_newest"),
            models.Index(
                fields=["counterparty", "owner", "-despatched_at"], name="transport_advice_partner"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class AdviceLine(Shared):
    """One part of a dispatch advice: quantity in ``unit``, the order and delivery note it is on."""

    advice = OwnedForeignKey(DispatchAdvice, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    part_number = models.CharField(max_length=40)  # the customer's
    supplier_part_number = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=120, blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    unit = models.CharField(max_length=3)
    cumulative = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)
    order_number = models.CharField(max_length=35, blank=True)
    delivery_note = models.CharField(max_length=35, blank=True)
    schedule_line_id = models.UUIDField(null=True, blank=True)
    received = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(ADVICE),
            SameOwner("advice", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "advice", "position"], name="transport_adviceline_position"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="transport_adviceline_some"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "schedule_line_id"], name="transport_adviceline_call"),
            models.Index(
                fields=["owner", "counterparty", "part_number"], name="transport_adviceline_part"
            ),
        ]


class HandlingUnit(Shared):
    """One unit of the tree of a dispatch advice: a pallet, a box; ``licence_plate`` never again.

    ``kind``: S single, M master, MIX mixed label. Content is in ``contents``: position of the
    advice line and quantity; only units without children have any.
    """

    class Kind(models.TextChoices):
        SINGLE = "S", _("Single")
        MASTER = "M", _("Master")
        MIXED = "MIX", _("Mixed")

    advice = OwnedForeignKey(DispatchAdvice, on_delete=models.CASCADE)
    parent = OwnedForeignKey("self", on_delete=models.CASCADE, null=True, blank=True)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=3, choices=Kind)
    pack_type = models.CharField(max_length=20)  # UN/ECE Rec 21, or the partners' container number
    licence_plate = models.CharField(max_length=35)
    gross_weight_kg = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    contents = models.JSONField(default=list)
    lot = models.CharField(max_length=40, blank=True)
    returnable_asset = models.CharField(max_length=40, blank=True)  # GRAI, where tagged
    label_printed_at = models.DateTimeField(null=True, blank=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(ADVICE),
            SameOwner("advice", on_delete="CASCADE"),
            SameOwner("parent", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "advice", "position"], name="transport_handlingunit_position"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "licence_plate"], name="transport_unit_plate")
        ]

    def __str__(self) -> str:
        return self.licence_plate


class AdviceAnswer(Shared):
    """What the customer (owner) says to a dispatch advice of a supplier (counterparty)."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        QUERY = "query", _("Queried")

    advice_id = models.UUIDField()
    advice_number = models.CharField(max_length=35)
    revision = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=8, choices=Verdict)
    note = models.CharField(max_length=400, blank=True)
    person_id = models.BigIntegerField(null=True, blank=True)
    answered_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(ADVICE),
            models.UniqueConstraint(
                fields=["owner", "advice_id"], name="transport_adviceanswer_once"
            ),
        ]


class DispatchDraft(Owned):
    """A dispatch advice a supplier is still packing: customers never see it.

    ``document`` is what the wizard holds: lines, packing, transport; ``step`` where it stands.
    """

    partner_id = models.BigIntegerField()
    step = models.CharField(max_length=10, default="lines")  # lines, pack, labels, send
    document = models.JSONField(default=dict)
    advice_id = models.UUIDField(null=True, blank=True)  # once sent
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls()]


class LicencePlate(Owned):
    """A licence plate the owner has given out; a plate is never used twice, drafts included."""

    plate = models.CharField(max_length=35)
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(fields=["owner", "plate"], name="transport_plate_once"),
        ]


class PlateCounter(Owned):
    """The next serial number of the owner's licence plates, and how its plates begin."""

    agency = models.CharField(max_length=3, default="UN")  # UN = DUNS, OD = Odette
    company = models.CharField(max_length=20)
    next_serial = models.BigIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(fields=["owner"], name="transport_platecounter_one"),
        ]
