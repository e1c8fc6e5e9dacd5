"""Soft locks: who of the own organisation edits a grid row right now."""

from typing import Any, ClassVar

from django.db import models

from collab.sharing.models import Owned
from collab.sharing.walls import OwnWalls


class RowLock(Owned):
    """A person works on a row of a plan; it warns the others until ``until`` and stops nobody."""

    object_id = models.UUIDField()
    person_id = models.BigIntegerField()
    initials = models.CharField(max_length=4)
    name = models.CharField(max_length=120)
    until = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "object_id"], name="forecasting_rowlock_object"
            ),
        ]
