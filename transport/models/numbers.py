"""The numbers an organisation gives its orders, loads and shipments."""

from typing import Any, ClassVar

from django.db import models

from collab.sharing.models import Owned
from collab.sharing.walls import OwnWalls


class NumberCounter(Owned):
    """The last number of one kind given in one year; it only grows, gaps are allowed."""

    kind = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "kind", "year"], name="transport_numbercounter_once"
            ),
        ]
