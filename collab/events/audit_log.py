"""Who changed whose access to what: an append-only chain of hashes per organisation."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from collab.events.chain import GENESIS
from collab.organisations.owned import Owned
from collab.organisations.walls import OwnWalls


class AuditHead(Owned):
    """The newest number and hash of a chain; its row lock puts writers in a line."""

    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    class Meta(Owned.Meta):
        app_label = "events"
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(fields=["owner"], name="events_audithead_one"),
        ]


class AuditEntry(Owned):
    """One change of access: never changed, never deleted (a trigger and missing rights hold it).

    ``actor_id`` is the key of a membership or of an API client: the chain names nobody, so a
    person can be forgotten without breaking it.
    """

    class Actor(models.TextChoices):
        PERSON = "person", _("Person")
        CLIENT = "client", _("API client")
        PLATFORM = "platform", _("Platform")

    number = models.BigIntegerField()
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10, choices=Actor)
    actor_id = models.UUIDField(null=True)
    action = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    change = models.JSONField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta(Owned.Meta):
        app_label = "events"
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(fields=["owner", "number"], name="events_auditentry_number"),
        ]
