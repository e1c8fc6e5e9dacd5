"""What an organisation's own trips teach about arrivals, and the versions learnt from them."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Owned
from collab.sharing.walls import OwnWalls


class DrivenTrip(Owned):
    """A finished run of an own load as samples: minutes and kilometres, no place and no driver.

    Written on arrival, while the positions still exist; it outlives them. ``samples`` is what
    ``transport.services.trip_samples`` reads; ``lane`` is origin and destination of the load.
    """

    load_id = models.UUIDField()
    lane = models.CharField(max_length=130)
    started_at = models.DateTimeField()
    arrived_at = models.DateTimeField()
    observations = models.PositiveIntegerField()
    samples = models.JSONField(default=dict)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(fields=["owner", "load_id"], name="transport_driventrip_once"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-arrived_at"], name="transport_driventrip_newest")
        ]


class EtaVersion(Owned):
    """Parameters of the arrival estimate fitted to the owner's trips, and how they did.

    ``parameters`` are the fields of ``transport.rules.eta_model.EtaModel``. The check compares
    them with the version then in use on trips neither had seen: mean pinball loss [min] of P10,
    P50 and P90, and the share of arrivals between P10 and P90. Rejected versions stay, as proof.
    """

    class Verdict(models.TextChoices):
        KEPT = "kept", _("Kept")
        REJECTED = "rejected", _("Rejected")

    number = models.PositiveIntegerField()
    parameters = models.JSONField()
    fitted_at = models.DateTimeField()
    trips = models.PositiveIntegerField()
    observations = models.PositiveIntegerField()
    trained_until = models.DateTimeField()  # arrival of the newest trip it has seen
    verdict = models.CharField(max_length=8, choices=Verdict)
    held_out_trips = models.PositiveIntegerField()
    loss = models.FloatField()
    within = models.FloatField()
    before_number = models.PositiveIntegerField(default=0)  # it was held against; 0 = the default
    before_loss = models.FloatField()
    before_within = models.FloatField()
    used_from = models.DateTimeField(null=True, blank=True)
    used_until = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(fields=["owner", "number"], name="transport_etaversion_number"),
            models.UniqueConstraint(
                fields=["owner"],
                condition=Q(used_from__isnull=False, used_until__isnull=True),
                name="transport_etaversion_in_use",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"
