"""Who read what of whom: written by the viewer, read by both, changed by nobody."""

from typing import Any, ClassVar

from django.db import models
from uuid_utils.compat import uuid7

from collab.organisations.context import acting_organisation_id
from collab.organisations.walls import VIEWER, OwnWalls


class AccessReadManager(models.Manager["AccessRead"]):
    """Reads by or of the acting organisation; the database decides."""

    def get_queryset(self) -> models.QuerySet["AccessRead"]:
        acting_organisation_id()  # fail closed outside acting_for
        return super().get_queryset()


class AccessRead(models.Model):
    """How often, within one minute, ``viewer`` read rows of ``provider`` through grants."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    viewer = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    provider = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    topic = models.CharField(max_length=40)
    minute = models.DateTimeField()
    reads = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()

    objects: ClassVar[AccessReadManager] = AccessReadManager()

    class Meta:
        app_label = "sharing"
        base_manager_name = "objects"
        constraints: ClassVar[list[Any]] = [
            OwnWalls(column="viewer_id", also_read=f"provider_id = {VIEWER}"),
            models.UniqueConstraint(
                fields=["viewer", "provider", "topic", "minute"], name="sharing_accessread_minute"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["provider", "-minute", "-id"], name="sharing_accessread_provider")
        ]
