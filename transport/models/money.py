"""Tariffs, what carriers bill, what is settled, and freight nobody planned for."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Shared
from collab.sharing.walls import Walls
from transport.models.measured import Measured, place_column

TARIFF = "transport.tariff"
BILLING = "transport.billing"
PREMIUM = "transport.premium"


class Tariff(Shared):
    """Prices agreed with a carrier (counterparty) for a time; ``lines`` as ``rules.tariff`` reads.

    Versioned: a changed tariff is a new row, so every charge names the row it was priced by.
    """

    number = models.CharField(max_length=35)
    name = models.CharField(_("name"), max_length=80)
    mode = models.CharField(max_length=10)
    vehicle_type = models.CharField(max_length=20, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    lines = models.JSONField(default=list)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)  # first day it no longer holds
    rank = models.PositiveSmallIntegerField(default=1)  # order of asking on the lanes it covers
    answer_minutes = models.PositiveIntegerField(default=60)
    pickups_per_week = models.PositiveSmallIntegerField(null=True, blank=True)  # agreed frequency
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(TARIFF),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "number", "version"],
                name="transport_tariff_version",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="transport_tariff_dates",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class FreightInvoice(Shared):
    """What a carrier (owner) bills for one load of ``counterparty``; lines: kind, amount."""

    number = models.CharField(max_length=35)
    load_id = models.UUIDField()
    load_number = models.CharField(max_length=35)
    lines = models.JSONField()
    total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    issued_on = models.DateField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(BILLING),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "number"], name="transport_invoice_number"
            ),
            models.CheckConstraint(condition=Q(total_minor__gte=0), name="transport_invoice_sane"),
        ]


class Settlement(Shared):
    """What the owner of a load owes its carrier (counterparty) by tariff, beside what is billed."""

    class State(models.TextChoices):
        EXPECTED = "expected", _("Expected")
        MATCHED = "matched", _("Matches")
        DISPUTED = "disputed", _("Differs")
        APPROVED = "approved", _("Approved")

    load_id = models.UUIDField()
    load_number = models.CharField(max_length=35)
    tariff_id = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.EXPECTED)
    lines = models.JSONField(default=list)  # kind, expected, billed, difference, reason
    expected_minor = models.BigIntegerField()
    billed_minor = models.BigIntegerField(null=True, blank=True)
    approved_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    invoice_id = models.UUIDField(null=True, blank=True)
    note = models.CharField(max_length=400, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(BILLING),
            models.UniqueConstraint(fields=["owner", "load_id"], name="transport_settlement_once"),
        ]


class PremiumFreight(Shared, Measured):
    """Freight beyond the plan: asked for by the owner, decided with the counterparty (TR-20).

    ``at_fault`` names who bears it by its cause: owner, counterparty or carrier.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        MOVED = "moved", _("Moved")
        CLAIMED = "claimed", _("Claimed")

    number = models.CharField(max_length=35)
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    order_id = models.UUIDField(null=True, blank=True)
    load_id = models.UUIDField(null=True, blank=True)
    alert_id = models.UUIDField(null=True, blank=True)  # the exception it answers
    part_number = models.CharField(max_length=40, blank=True)
    origin = place_column()
    destination = place_column()
    is_inbound = models.BooleanField(default=True)  # the goods come to the owner
    cause = models.CharField(max_length=40)  # code of rules.premium
    at_fault = models.CharField(max_length=12)
    means = models.CharField(max_length=20)  # van, air, courier, extra truck
    cost_minor = models.BigIntegerField()
    standard_cost_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="EUR")
    emissions_kg = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    reason = models.CharField(max_length=400)
    needed_by = models.DateTimeField()
    requested_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(PREMIUM),
            models.UniqueConstraint(fields=["owner", "number"], name="transport_premium_number"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "counterparty", "-requested_at"], name="transport_premium_newest"
            )
        ]


class PremiumAnswer(Shared):
    """What the other side (owner) says to a request for premium freight of ``counterparty``."""

    class Verdict(models.TextChoices):
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        DISPUTED = "disputed", _("Fault disputed")

    premium_id = models.UUIDField()
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.CharField(max_length=400, blank=True)
    person_id = models.BigIntegerField(null=True, blank=True)
    answered_at = models.DateTimeField()

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(PREMIUM),
            models.UniqueConstraint(
                fields=["owner", "premium_id"], name="transport_premiumanswer_once"
            ),
        ]
