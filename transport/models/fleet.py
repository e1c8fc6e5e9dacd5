"""What vehicles can carry and cost, and how far places are apart."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Owned
from collab.sharing.walls import OwnWalls


class VehicleType(Owned):
    """A kind of vehicle as the planner reckons with it; money in minor units of ``currency``.

    ``count_per_day`` NULL means as many as wanted. Emissions are kg CO2e per km, empty and full.
    """

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    capacity_kg = models.DecimalField(_("payload [kg]"), max_digits=12, decimal_places=3)
    capacity_m3 = models.DecimalField(_("volume [m³]"), max_digits=10, decimal_places=3)
    capacity_pallets = models.DecimalField(_("pallet places"), max_digits=8, decimal_places=2)
    capacity_load_metres = models.DecimalField(_("load metres"), max_digits=7, decimal_places=3)
    capabilities = models.JSONField(default=list, blank=True)  # of the dock it needs, and its own
    count_per_day = models.PositiveIntegerField(_("vehicles a day"), null=True, blank=True)
    fixed_per_day_minor = models.BigIntegerField(_("fixed a day"))
    per_km_minor = models.DecimalField(_("per km"), max_digits=12, decimal_places=4)
    per_hour_minor = models.DecimalField(_("per hour"), max_digits=12, decimal_places=4)
    currency = models.CharField(max_length=3, default="EUR")
    max_duty_minutes = models.PositiveIntegerField(_("longest shift [min]"), default=780)
    max_km = models.PositiveIntegerField(_("farthest a day [km]"), default=800)
    start_minute = models.PositiveSmallIntegerField(_("earliest start"), default=240)
    end_minute = models.PositiveSmallIntegerField(_("latest end"), default=1320)
    max_trips = models.PositiveSmallIntegerField(_("trips a day"), default=2)
    emissions_empty_kg_per_km = models.DecimalField(max_digits=8, decimal_places=5)
    emissions_full_kg_per_km = models.DecimalField(max_digits=8, decimal_places=5)
    emission_class = models.CharField(max_length=40, blank=True)  # vehicle of an emission factor
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(fields=["owner", "code"], name="transport_vehicletype_code"),
            models.CheckConstraint(
                condition=Q(
                    capacity_kg__gt=0,
                    capacity_m3__gt=0,
                    capacity_pallets__gt=0,
                    capacity_load_metres__gt=0,
                ),
                name="transport_vehicletype_carries",
            ),
            models.CheckConstraint(
                condition=Q(end_minute__gt=F("start_minute")), name="transport_vehicletype_shift"
            ),
            models.CheckConstraint(
                condition=Q(emissions_full_kg_per_km__gte=F("emissions_empty_kg_per_km")),
                name="transport_vehicletype_emissions",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class RoadDistance(Owned):
    """How far it is by road from one place to another; beats the great circle where it is known.

    Places are ``<bpn of the organisation>/<site code>``; both directions are separate rows.
    """

    class Source(models.TextChoices):
        FILE = "file", _("File")
        ROUTER = "router", _("Routing service")
        DRIVEN = "driven", _("Driven trips")

    origin = models.CharField(max_length=60)
    destination = models.CharField(max_length=60)
    distance_km = models.DecimalField(max_digits=9, decimal_places=3)
    minutes = models.DecimalField(max_digits=9, decimal_places=2)
    source = models.CharField(max_length=8, choices=Source, default=Source.FILE)
    measured_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "origin", "destination"], name="transport_roaddistance_pair"
            ),
            models.CheckConstraint(
                condition=Q(distance_km__gte=0, minutes__gte=0), name="transport_roaddistance_sane"
            ),
        ]
