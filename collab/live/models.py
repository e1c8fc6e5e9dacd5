"""The stored feed: numbered frames per viewing organisation, so that replay survives restarts."""

from typing import Any, ClassVar

from django.db import models
from uuid_utils.compat import uuid7

from collab.organisations.context import acting_organisation_id
from collab.organisations.walls import OwnWalls


class ViewerManager(models.Manager[Any]):
    """Rows of the viewing organisation."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(viewer_id=acting_organisation_id())


class FeedHead(models.Model):
    """The last number given to a viewer; its row lock makes numbers gapless and ordered."""

    viewer = models.OneToOneField(
        "organisations.Organisation",
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="+",
    )
    seq = models.BigIntegerField(default=0)

    objects: ClassVar[ViewerManager] = ViewerManager()

    class Meta:
        base_manager_name = "objects"
        constraints: ClassVar[list[Any]] = [OwnWalls(column="viewer_id")]


class FeedFrame(models.Model):
    """One frame as shown to one viewer, in each language."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    viewer = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    seq = models.BigIntegerField()
    topic = models.CharField(max_length=60)
    frames = models.JSONField()  # language → frame without its number
    shown_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[ViewerManager] = ViewerManager()

    class Meta:
        base_manager_name = "objects"
        constraints: ClassVar[list[Any]] = [
            OwnWalls(column="viewer_id"),
            models.UniqueConstraint(fields=["viewer", "seq"], name="live_feedframe_seq"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["viewer", "shown_at"], name="live_feedframe_age")
        ]
