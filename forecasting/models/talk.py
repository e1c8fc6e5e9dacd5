"""Typed comments on weeks of a plan, and requests for newer figures (FC-19), own alert rules."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Owned, Shared
from collab.sharing.walls import OwnWalls, Walls

COMMENT = "forecasting.comment"


class PlanComment(Shared):
    """What one side (owner) says to the other about weeks of a series or capacity group.

    Only its author edits or deletes it; deletion removes what it said, its history included.
    """

    class Type(models.TextChoices):
        INFORMATION = "information", _("Information")
        WARNING = "warning", _("Warning")
        ACTION = "actionRequired", _("Action required")
        DEFAULT = "default", _("Comment")

    class ObjectKind(models.TextChoices):
        SERIES = "series", _("Demand series")
        GROUP = "group", _("Capacity group")

    object_kind = models.CharField(max_length=6, choices=ObjectKind)
    object_id = models.UUIDField()
    type = models.CharField(max_length=14, choices=Type, default=Type.DEFAULT)
    text = models.CharField(max_length=5000)
    weeks = ArrayField(models.DateField(), default=list, blank=True)
    author = models.CharField(max_length=120)
    author_id = models.BigIntegerField(null=True, blank=True)
    external_id = models.CharField(max_length=80, blank=True)
    history = models.JSONField(default=list)  # earlier texts with their time
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(COMMENT),
            models.UniqueConstraint(
                fields=["owner", "external_id"],
                condition=~models.Q(external_id=""),
                name="forecasting_plancomment_external",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "object_id"], name="forecasting_comment_object")
        ]


class UpdateRequest(Shared):
    """One side (owner) asks the other for newer figures, by id and only if changed since."""

    asked = models.JSONField()  # kind → list of {id, changedAt}
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.JSONField(null=True, blank=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [Walls(COMMENT)]


class PlanWatch(Owned):
    """An organisation's own threshold on changes of demand or capacity (FC-16)."""

    class Scope(models.TextChoices):
        ALL = "all", _("Everything")
        DEMANDS = "demands", _("All demands")
        CAPACITIES = "capacities", _("All capacities")
        CHOSEN = "chosen", _("Chosen objects")

    name = models.CharField(max_length=80)
    scope = models.CharField(max_length=10, choices=Scope)
    object_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    is_relative = models.BooleanField()
    limit = models.DecimalField(
        max_digits=18, decimal_places=6
    )  # relative: share of the old figure
    is_active = models.BooleanField(default=True)
    person_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls()]
