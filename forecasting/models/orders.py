"""Purchase order lines, confirmations, and which differences are tolerated (FC-30)."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Owned, Shared
from collab.sharing.walls import OwnWalls, Walls
from forecasting.models.releases import COMMIT
from forecasting.models.series import DEMAND


class OrderLine(Shared):
    """One line (or schedule line) of a customer's (owner's) order; money in minor units."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CONFIRMED = "confirmed", _("Confirmed")
        APPROVAL = "approval", _("Needs approval")
        BLOCKED = "blocked", _("Blocked")
        CANCELLED = "cancelled", _("Cancelled")

    order_number = models.CharField(max_length=35)
    line = models.PositiveIntegerField()
    schedule_line = models.PositiveIntegerField(default=1)
    part_number = models.CharField(max_length=40)
    supplier_part_number = models.CharField(max_length=40, blank=True)
    site_code = models.CharField(max_length=20, blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    unit = models.CharField(max_length=3)
    due_on = models.DateField()
    price_minor = models.BigIntegerField(null=True, blank=True)  # per price_unit
    price_unit = models.DecimalField(max_digits=12, decimal_places=3, default=1)
    currency = models.CharField(max_length=3, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    confirmed = models.JSONField(null=True, blank=True)  # the confirmation that counts
    history = models.JSONField(default=list)  # every step with its time
    ordered_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(DEMAND),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "order_number", "line", "schedule_line"],
                name="forecasting_orderline_key",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="forecasting_orderline_some"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "counterparty", "state", "due_on"], name="forecasting_order_open"
            )
        ]


class OrderConfirmation(Shared):
    """What the supplier (owner) answers to an order line: as it is, or with a difference."""

    order_line_id = models.UUIDField()
    order_number = models.CharField(max_length=35)
    line = models.PositiveIntegerField()
    number = models.PositiveIntegerField()  # 1, 2, 3 … per order line
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    due_on = models.DateField()
    price_minor = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    person_id = models.BigIntegerField(null=True, blank=True)
    confirmed_at = models.DateTimeField()

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(COMMIT),
            models.UniqueConstraint(
                fields=["owner", "order_line_id", "number"],
                name="forecasting_orderconfirmation_number",
            ),
        ]


class ToleranceGroup(Owned):
    """What differences a buyer accepts from a group of suppliers; an empty group is for all."""

    class Outside(models.TextChoices):
        BLOCK = "block", _("Block")
        APPROVAL = "approval", _("Ask the buyer")

    name = models.CharField(max_length=80)
    supplier_ids = models.JSONField(default=list, blank=True)  # organisation ids
    quantity_below = models.DecimalField(max_digits=5, decimal_places=4, default=0)  # share
    quantity_above = models.DecimalField(max_digits=5, decimal_places=4, default=0)
    days_early = models.PositiveSmallIntegerField(default=0)
    days_late = models.PositiveSmallIntegerField(default=0)
    price_above = models.DecimalField(max_digits=5, decimal_places=4, default=0)
    outside = models.CharField(max_length=8, choices=Outside, default=Outside.APPROVAL)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "name"], name="forecasting_tolerancegroup_name"
            ),
        ]
