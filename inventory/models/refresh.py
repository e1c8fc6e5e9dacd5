"""Figures that are asked of partners, again and again until nobody needs them (IN-11, PURIS)."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.integration.models.webhooks import WebhookEndpoint
from collab.masterdata.models import Part
from collab.organisations.models import Organisation
from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls

REFRESH = "inventory.refresh"
MOST_IDLE_DAYS = 366


class PartnerRefresh(Shared):
    """One kind of figures of one part that its owner wants fresh from a partner.

    ``direction`` is that of the goods, seen from the partner. ``used_at`` is when somebody of the
    owner last looked at the figures or asked for them: ``idle_days`` after it the refresh stops by
    itself. ``figure_at`` is when the partner's newest figures came; ``missed`` counts the nights
    in a row on which a question had no answer.
    """

    class Kind(models.TextChoices):
        STOCK = "stock", _("Stock")
        DAYS = "days", _("Days of supply")
        DELIVERIES = "deliveries", _("Deliveries")
        OUTPUT = "output", _("Planned output")

    class Direction(models.TextChoices):
        OUTBOUND = "outbound", _("Partner supplies")
        INBOUND = "inbound", _("Partner receives")

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        STOPPED = "stopped", _("Stopped, not used")

    class Result(models.TextChoices):
        NONE = "none", _("Not asked yet")
        WAITING = "waiting", _("Asked")
        ANSWERED = "answered", _("Answered")
        UNANSWERED = "unanswered", _("No answer")
        UNREACHED = "unreached", _("Could not be asked")

    part = OwnedForeignKey(Part)
    part_number = models.CharField(max_length=40)
    partner_part_number = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    direction = models.CharField(max_length=8, choices=Direction)
    state = models.CharField(max_length=7, choices=State, default=State.ACTIVE)
    idle_days = models.PositiveSmallIntegerField(default=14)
    used_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)
    figure_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=10, choices=Result, default=Result.NONE)
    missed = models.PositiveSmallIntegerField(default=0)
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(REFRESH),
            SameOwner("part"),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "part", "kind", "direction"],
                name="inventory_refresh_key",
            ),
            models.CheckConstraint(
                condition=Q(idle_days__gte=1, idle_days__lte=MOST_IDLE_DAYS),
                name="inventory_refresh_idle_days",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-changed_at", "-id"], name="inventory_refresh_own"),
            models.Index(fields=["counterparty", "result", "kind"], name="inventory_refresh_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.part_number}"


class RefreshResult(Owned):
    """What one night's refresh came to with one partner; counts are of its refreshes.

    ``fresh`` needed no question, ``unanswered`` had none since the night before. ``fault`` says
    why the partner's turn failed as a whole; then the counts are 0.
    """

    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    night = models.DateField()
    asked = models.PositiveIntegerField(default=0)
    fresh = models.PositiveIntegerField(default=0)
    unanswered = models.PositiveIntegerField(default=0)
    unreached = models.PositiveIntegerField(default=0)
    stopped = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "night", "partner"], name="inventory_refreshresult_night"
            ),
        ]


class RefreshAddress(Owned):
    """Where one's own system takes questions of partners; without it they are tasks of clerks."""

    endpoint = OwnedForeignKey(WebhookEndpoint, on_delete=models.CASCADE)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("endpoint", on_delete="CASCADE"),
            models.UniqueConstraint(fields=["owner"], name="inventory_refreshaddress_one"),
        ]
