"""Where others' systems are told of what happened, and each attempt to tell them."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from collab.organisations.owned import Owned, OwnedForeignKey
from collab.organisations.walls import OwnWalls, SameOwner


class WebhookEndpoint(Owned):
    """An address that the owner had us send to, with the secret that signs for it alone.

    ``secret`` is sealed (``webhooks.secrets``). An endpoint that answered 410 is disabled.
    """

    url = models.CharField(max_length=500)
    secret = models.TextField()
    former_secret = models.TextField(blank=True)  # still signs, until a rotation ends
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    disabled_reason = models.CharField(max_length=200, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls()]


class WebhookDelivery(Owned):
    """One message to an endpoint; its ``id`` is the ``webhook-id`` of every attempt."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        DEAD = "dead", _("Never delivered")

    endpoint = OwnedForeignKey(WebhookEndpoint, on_delete=models.CASCADE)
    content_type = models.CharField(max_length=80, default="application/json")
    body = models.BinaryField()
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls(), SameOwner("endpoint")]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-id"], name="integration_delivery_newest"),
            models.Index(fields=["owner", "state", "-id"], name="integration_delivery_state"),
        ]


class WebhookAttempt(Owned):
    """One try to deliver: when it is due, and what came of it.

    ``status`` is what the receiver answered, 0 if there was no answer; ``note`` says why.
    """

    delivery = OwnedForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()  # from 1
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("delivery"),
            models.UniqueConstraint(
                fields=["owner", "delivery", "number"], name="integration_attempt_once"
            ),
        ]
