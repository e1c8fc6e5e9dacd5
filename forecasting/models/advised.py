"""What suppliers announced that they sent, as the transport app tells it (FC-21)."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from collab.sharing.models import Shared
from collab.sharing.walls import Walls
from forecasting.models.releases import COMMIT


class Advised(Shared):
    """One line of a dispatch advice that counts, of a supplier (owner) for its customer.

    An advice that is replaced or cancelled leaves no line behind. ``received_at`` is when the
    customer had received it.
    """

    advice_id = models.UUIDField()
    number = models.CharField(max_length=35)  # of the advice
    position = models.PositiveSmallIntegerField()
    part_number = models.CharField(max_length=40)  # the customer's
    site_code = models.CharField(max_length=20, blank=True)
    order_number = models.CharField(max_length=35, blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    unit = models.CharField(max_length=3)
    despatched_at = models.DateTimeField()
    expected_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(COMMIT),
            models.UniqueConstraint(
                fields=["owner", "advice_id", "position"], name="forecasting_advised_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="forecasting_advised_some"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "counterparty", "part_number", "despatched_at"],
                name="forecasting_advised_part",
            )
        ]
