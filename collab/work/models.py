"""Alerts (on screen: exceptions) and what each organisation does about them."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from collab.organisations.models import Person
from collab.sharing.models import Owned, Shared
from collab.sharing.walls import OwnWalls, Walls

TOPIC = "work.exceptions"


class Alert(Shared):
    """One cause for concern: unique by type, object and bucket; a repeat updates it.

    ``episode`` counts how often the cause came back after it had cleared.
    """

    class Severity(models.TextChoices):
        CRITICAL = "critical", _("Critical")
        WARNING = "warning", _("Warning")
        INFO = "info", _("Information")

    type = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40)
    object_id = models.UUIDField()
    bucket = models.CharField(max_length=40, blank=True)
    severity = models.CharField(max_length=10, choices=Severity)
    is_open = models.BooleanField(default=True)
    episode = models.PositiveIntegerField(default=1)
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField()
    times_seen = models.PositiveIntegerField(default=1)
    part_number = models.CharField(max_length=40, blank=True)
    partner_part_number = models.CharField(max_length=40, blank=True)
    site_code = models.CharField(max_length=20, blank=True)
    title_params = models.JSONField(default=dict, blank=True)
    run_out_at = models.DateTimeField(null=True, blank=True)
    impact_minutes = models.PositiveIntegerField(null=True, blank=True)
    impact_cost_minor = models.BigIntegerField(null=True, blank=True)  # minor units of currency
    currency = models.CharField(max_length=3, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(TOPIC),
            models.UniqueConstraint(
                fields=["owner", "type", "object_kind", "object_id", "bucket"],
                name="work_alert_cause",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "counterparty", "is_open"], name="work_alert_shared"),
            models.Index(fields=["owner", "-raised_at", "-id"], name="work_alert_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.part_number}"


class AlertHandling(Owned):
    """What one organisation does about an alert; each addressee has its own.

    ``alert_id`` may name another owner's row, so it is no foreign key. A handling of an
    earlier ``episode`` no longer counts.
    """

    class State(models.TextChoices):
        NEW = "new", _("New")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        IN_WORK = "in_work", _("In work")
        WAITING = "waiting", _("Waiting for partner")
        RESOLVED = "resolved", _("Resolved")
        DISMISSED = "dismissed", _("Dismissed")
        CLOSED = "closed", _("Closed")

    alert_id = models.UUIDField()
    episode = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=14, choices=State, default=State.NEW)
    assignee = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    snoozed_until = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)
    changed_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(fields=["owner", "alert_id"], name="work_alerthandling_alert"),
        ]


class HandlingEntry(Owned):
    """One step somebody took on an alert: the activity list beside it. Append-only."""

    alert_id = models.UUIDField()
    action = models.CharField(max_length=14)
    before = models.CharField(max_length=14)
    after = models.CharField(max_length=14)
    person = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls()]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "alert_id", "-id"], name="work_handlingentry_alert")
        ]
