"""Emissions of shipments by part, own factors, and accounts of empty containers."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls
from transport.models.loads import SHIPMENT
from transport.models.orders import TransportOrder

EMPTIES = "transport.empties"


class EmissionFactor(Owned):
    """A factor of the organisation's own; append-only, counts before the shipped ones.

    The same fields as ``transport.rules.emissions.Factor``; ``value`` in ``unit``.
    """

    code = models.CharField(max_length=60)
    edition = models.CharField(max_length=40)
    facts = models.JSONField()  # mode, vehicle, fuel, region, source, basis, load, empty, gwp …
    scope = models.CharField(max_length=3)  # TTW, WTT, WTW
    value = models.DecimalField(max_digits=14, decimal_places=7)
    unit = models.CharField(max_length=12, default="kg/t-km")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    is_verified = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "code", "edition", "scope"], name="transport_factor_edition"
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="transport_factor_sane"),
        ]


class PartEmission(Shared):
    """Transport emissions of one part in one shipment [kg CO2e], with the method (TR-18, TR-19)."""

    shipment_id = models.UUIDField()
    part_number = models.CharField(max_length=40)
    partner_part_number = models.CharField(max_length=40, blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    unit = models.CharField(max_length=3)
    weight_kg = models.DecimalField(max_digits=12, decimal_places=3)
    emissions_kg = models.DecimalField(max_digits=14, decimal_places=6)
    method = models.JSONField()  # factor rows, basis, scope, distance, share
    moved_on = models.DateField()
    calculated_at = models.DateTimeField()

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(SHIPMENT),
            models.UniqueConstraint(
                fields=["owner", "shipment_id", "part_number"], name="transport_partemission_once"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "part_number", "-moved_on"], name="transport_partemission_part"
            )
        ]


class ContainerType(Owned):
    """A kind of returnable container the owner lends; ``lead_time_days`` until it is back."""

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    weight_kg = models.DecimalField(max_digits=9, decimal_places=3)
    volume_m3 = models.DecimalField(max_digits=9, decimal_places=4)
    per_pallet_place = models.DecimalField(max_digits=8, decimal_places=2, default=1)
    value_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="EUR")
    lead_time_days = models.PositiveSmallIntegerField(default=5)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(fields=["owner", "code"], name="transport_containertype_code"),
        ]


class EmptiesAccount(Shared):
    """What of one container type a partner (counterparty) holds of the owner's: figures of now.

    balance = issued - returned - scrapped, counted by ``EmptiesMovement``.
    """

    container_type = OwnedForeignKey(ContainerType, on_delete=models.PROTECT)
    code = models.CharField(max_length=20)
    issued = models.BigIntegerField(default=0)
    returned = models.BigIntegerField(default=0)
    scrapped = models.BigIntegerField(default=0)
    oldest_on = models.DateField(null=True, blank=True)  # when the oldest one out was issued
    on_hand = models.PositiveIntegerField(null=True, blank=True)  # empty at the partner, if known
    cover_days = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    is_cover_at_least = models.BooleanField(default=False)  # the calls known end first
    missing = models.PositiveIntegerField(default=0)  # within the lead time
    judged_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(EMPTIES),
            SameOwner("container_type"),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "container_type"],
                name="transport_emptiesaccount_pair",
            ),
        ]


class EmptiesMovement(Shared):
    """Containers issued to, returned by or scrapped at a partner; append-only.

    A wrong booking is put right by the opposite one with a reference to it.
    """

    class Kind(models.TextChoices):
        ISSUED = "issued", _("Issued")
        RETURNED = "returned", _("Returned")
        SCRAPPED = "scrapped", _("Scrapped")

    account = OwnedForeignKey(EmptiesAccount, on_delete=models.CASCADE)
    kind = models.CharField(max_length=10, choices=Kind)
    number = models.PositiveIntegerField()
    assets = models.JSONField(default=list, blank=True)  # GRAI, where tagged
    reference = models.CharField(max_length=60, blank=True)
    moved_on = models.DateField()
    source_key = models.CharField(max_length=120)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(EMPTIES),
            SameOwner("account", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "source_key"], name="transport_emptiesmovement_once"
            ),
            models.CheckConstraint(
                condition=Q(number__gt=0), name="transport_emptiesmovement_some"
            ),
        ]


class EmptiesConfirmation(Shared):
    """One side's (owner's) figure of an account at a month's end, beside the other's."""

    account_id = models.UUIDField()
    code = models.CharField(max_length=20)
    month = models.DateField()  # its first day
    counted = models.BigIntegerField()
    booked = models.BigIntegerField()  # what the account said when it was confirmed
    note = models.CharField(max_length=400, blank=True)
    person_id = models.BigIntegerField(null=True, blank=True)
    confirmed_at = models.DateTimeField()

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(EMPTIES),
            models.UniqueConstraint(
                fields=["owner", "account_id", "month"], name="transport_emptiesconfirmation_once"
            ),
        ]


class BackhaulMatch(Owned):
    """A waiting order that could ride on a leg that would drive empty (TR-08)."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        TAKEN = "taken", _("Taken")
        DISMISSED = "dismissed", _("Dismissed")

    load_id = models.UUIDField()
    load_number = models.CharField(max_length=35)
    order = OwnedForeignKey(TransportOrder, on_delete=models.CASCADE)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    saved_km = models.DecimalField(max_digits=9, decimal_places=2)
    saved_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="EUR")
    saved_kg = models.DecimalField(max_digits=12, decimal_places=3)
    detour_km = models.DecimalField(max_digits=9, decimal_places=2)
    found_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("order", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "load_id", "order"], name="transport_backhaul_pair"
            ),
            models.CheckConstraint(
                condition=Q(saved_km__gte=-F("detour_km")), name="transport_backhaul_sane"
            ),
        ]
