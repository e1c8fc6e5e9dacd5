"""Days on the road planned again: what happened, what is proposed, and what became of it."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Owned, OwnedForeignKey
from collab.sharing.walls import OwnWalls, SameOwner
from transport.models.loads import Load


class Replan(Owned):
    """A proposal for the rest of a plant's day, asked for from one load; the planner's alone.

    ``asked`` is what happened (``transport.services.replan_asked``), ``day`` the vehicles and
    their stops as they stood, ``marks`` how far each load was then: a proposal is stale once a
    vehicle has moved on. ``problem`` is a document of ``transport.engine.milkrun``, ``answer``
    the vehicles' new days, ``figures`` cost, km, kg CO2e and lateness with and without it.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PROPOSED = "proposed", _("Proposed")
        INFEASIBLE = "infeasible", _("Not feasible")
        FAILED = "failed", _("No answer")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Declined")

    load = OwnedForeignKey(Load, on_delete=models.CASCADE)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    plant_code = models.CharField(max_length=60)
    on = models.DateField()  # the day, by the plant's clock
    as_of = models.DateTimeField()  # nothing changes before this time
    seconds = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3)
    asked = models.JSONField(default=dict)
    day = models.JSONField(default=dict)
    marks = models.JSONField(default=dict)
    problem = models.JSONField(default=dict)
    answer = models.JSONField(default=dict, blank=True)
    figures = models.JSONField(default=dict, blank=True)
    conflicts = models.JSONField(default=list, blank=True)
    job_id = models.UUIDField(null=True, blank=True)
    created_by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls(), SameOwner("load", on_delete="CASCADE")]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "load", "-id"], name="transport_replan_newest")
        ]
