"""Replies kept under the caller's idempotency key."""

from typing import Any, ClassVar

from django.db import models

from collab.organisations.owned import Owned
from collab.organisations.walls import OwnWalls


class IdempotencyKey(Owned):
    """The reply that a key's first request got; 24 hours long every repetition gets the same."""

    method = models.CharField(max_length=7)
    path = models.CharField(max_length=300)
    key = models.CharField(max_length=200)
    body_hash = models.CharField(max_length=64)  # SHA-256, hex
    status = models.PositiveSmallIntegerField()
    reply = models.BinaryField()
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "method", "path", "key"], name="integration_idempotency_once"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "created_at"], name="integration_idempotency_age")
        ]
