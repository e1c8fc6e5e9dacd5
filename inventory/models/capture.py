"""Doors for tracking events: capture jobs, named queries and who is told about their answers."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from collab.integration.models.messages import InboundMessage
from collab.integration.models.webhooks import WebhookEndpoint
from collab.organisations.owned import Owned, OwnedForeignKey
from collab.organisations.walls import OwnWalls, SameOwner


class CaptureJob(Owned):
    """One document of tracking events that was handed in, and what became of it.

    ``message`` keeps the document byte for byte. ``errors`` names each event that was not taken:
    index, path, what was expected and what came.
    """

    class Behaviour(models.TextChoices):
        ROLLBACK = "rollback", _("Everything or nothing")
        PROCEED = "proceed", _("The good events")

    message = OwnedForeignKey(InboundMessage)
    behaviour = models.CharField(max_length=8, choices=Behaviour, default=Behaviour.ROLLBACK)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    is_running = models.BooleanField(default=True)
    is_success = models.BooleanField(default=True)
    events = models.PositiveIntegerField(default=0)
    recorded = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)  # repeated: taken before
    refused = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls(), SameOwner("message")]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-id"], name="inventory_capture_newest")
        ]


class NamedQuery(Owned):
    """A query kept under a name, in the standard's own parameters."""

    name = models.CharField(max_length=80)
    parameters = models.JSONField()
    created_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(fields=["owner", "name"], name="inventory_namedquery_name"),
        ]


class QuerySubscription(Owned):
    """Who is sent the new events of a named query: on a schedule, or as they are recorded.

    ``schedule`` holds ``second``, ``minute``, ``hour``, ``dayOfMonth``, ``month`` and
    ``dayOfWeek``; without one events stream. ``reached_at`` and ``reached`` are record time and
    key of the last event that was sent, so each is sent once.
    """

    query = OwnedForeignKey(NamedQuery, on_delete=models.CASCADE)
    endpoint = OwnedForeignKey(WebhookEndpoint)
    schedule = models.JSONField(null=True, blank=True)
    reports_if_empty = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    reached_at = models.DateTimeField()
    reached = models.UUIDField()
    next_at = models.DateTimeField(null=True, blank=True)  # of the schedule
    last_at = models.DateTimeField(null=True, blank=True)
    rounds = models.PositiveIntegerField(default=0)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("query"),
            SameOwner("endpoint"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "next_at"], name="inventory_subscription_due")
        ]
