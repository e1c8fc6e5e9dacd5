"""The outbox: what happened, and what is still to be done about it."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from collab.events.audit_log import AuditEntry, AuditHead
from collab.events.transparency.models import (
    LogLeaf,
    LogNode,
    TransparencyLog,
    TreeHead,
    WitnessedHead,
)
from collab.organisations.owned import Owned
from collab.organisations.walls import OwnWalls

__all__ = [
    "AuditEntry",
    "AuditHead",
    "Delivery",
    "Errand",
    "Event",
    "LogLeaf",
    "LogNode",
    "ScheduledSend",
    "TransparencyLog",
    "TreeHead",
    "WitnessedHead",
]


class Event(Owned):
    """Something that happened to the owner's facts; written with them in one transaction."""

    kind = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField()
    body = models.JSONField()
    occurred_at = models.DateTimeField(auto_now_add=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls()]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "kind", "id"], name="events_event_by_kind")
        ]


class Delivery(Owned):
    """A subscriber has handled an event; unique, so that repeats are harmless."""

    event_key = models.UUIDField()
    subscriber = models.CharField(max_length=120)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "event_key", "subscriber"], name="events_delivery_once"
            ),
        ]


class Errand(models.Model):
    """One step the relay still owes: the tenant-free routing row of the outbox.

    It stands outside the walls because the sweep must find it without a viewer. It carries keys
    and topic names only, never a business field.
    """

    class Step(models.TextChoices):
        DELIVER = "deliver"  # hand the event to its subscribers and find its audience
        SHOW = "show"  # render what the event touched for one recipient
        TASK = "task"  # run a Celery task
        HEAR = "hear"  # let an entitled partner's own data follow the event

    class State(models.TextChoices):
        PENDING = "pending"
        DONE = "done"
        DEAD = "dead"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.BigIntegerField()
    step = models.CharField(max_length=8, choices=Step)
    subject_id = models.UUIDField()
    name = models.CharField(max_length=120, blank=True)  # task name
    touches = ArrayField(models.CharField(max_length=90), default=list)  # "topic|row id"
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    starts = models.PositiveSmallIntegerField(default=0)
    sends = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["subject_id", "step", "organisation_id", "name"],
                name="events_errand_once",
            )
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["id"],
                condition=Q(state="pending"),
                name="events_errand_pending",
            )
        ]


class ScheduledSend(models.Model):
    """When the schedule last sent a task: the row that two beat processes race for.

    It stands outside the walls because the schedule works for the platform; it names tasks only.
    """

    name = models.CharField(primary_key=True, max_length=120)
    sent_at = models.DateTimeField()
