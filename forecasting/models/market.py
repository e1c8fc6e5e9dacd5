"""What is known about the market beside past demand (FC-20)."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Owned
from collab.sharing.walls import OwnWalls


class MarketSignal(Owned):
    """A signal with its source, effect range [% of demand] and validity; empty scope = all.

    Accepting it makes a new demand version of every series in its scope, unless it is already in
    the baseline.
    """

    class Kind(models.TextChoices):
        REGISTRATIONS = "registrations", _("Registrations")
        ORDERS = "orders", _("Orders on hand")
        DEALER_STOCK = "dealer_stock", _("Dealer stock")
        TAKE_RATE = "take_rate", _("Take rate")
        BUILD_SCHEDULE = "build_schedule", _("Build schedule")
        INDEX = "index", _("Market index")
        LAUNCH = "launch", _("Launch")
        PROMOTION = "promotion", _("Promotion")
        SELL_THROUGH = "sell_through", _("Sell-through")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")

    kind = models.CharField(max_length=14, choices=Kind)
    title = models.CharField(max_length=120)
    source = models.CharField(max_length=200)
    observed_on = models.DateField()
    programme = models.CharField(max_length=40, blank=True)  # part number of a programme
    region = models.CharField(max_length=40, blank=True)
    part_numbers = models.JSONField(default=list, blank=True)
    effect_low = models.DecimalField(max_digits=7, decimal_places=2)
    effect_likely = models.DecimalField(max_digits=7, decimal_places=2)
    effect_high = models.DecimalField(max_digits=7, decimal_places=2)
    valid_from = models.DateField()
    valid_to = models.DateField()
    is_in_baseline = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=400, blank=True)
    series_changed = models.PositiveIntegerField(default=0)
    added_value = models.JSONField(null=True, blank=True)  # skill against the version before
    external_id = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.CheckConstraint(
                condition=Q(effect_low__lte=F("effect_likely"))
                & Q(effect_likely__lte=F("effect_high"))
                & Q(effect_low__gte=-100),
                name="forecasting_marketsignal_range",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__gte=F("valid_from")), name="forecasting_marketsignal_validity"
            ),
            models.UniqueConstraint(
                fields=["owner", "external_id"],
                condition=~Q(external_id=""),
                name="forecasting_marketsignal_external",
            ),
        ]
