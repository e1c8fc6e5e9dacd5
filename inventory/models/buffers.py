"""Safety stock of parts at sites: the policy, what is suggested, and placements over tiers."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.masterdata.models import Part
from collab.organisations.models import Organisation, Site
from collab.sharing.models import Owned, OwnedForeignKey
from collab.sharing.walls import OwnWalls, SameOwner


def _days(**more: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True, **more)


def _quantity() -> models.DecimalField[Any, Any]:
    return models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)


class BufferPolicy(Owned):
    """How a part's safety stock at an own site is found; stated figures go before measured ones.

    ``partner`` is whom it comes from, or for whom it is made. Lead times in days, quantities in
    base units; ``unit_cost`` is the value of one base unit. ``policy`` figures that are NULL are
    measured, or there is no bound.
    """

    class Method(models.TextChoices):
        FORMULA = "formula", _("Formula")
        QUANTILE = "quantile", _("Quantile of lead-time demand")

    part = OwnedForeignKey(Part)
    part_number = models.CharField(max_length=40)
    site = OwnedForeignKey(Site)
    site_code = models.CharField(max_length=20)
    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=8, choices=Method, default=Method.FORMULA)
    service_level = models.DecimalField(max_digits=6, decimal_places=5, default="0.95000")
    lead_days = _days()
    lead_sigma_days = _days()
    processing_days = models.DecimalField(max_digits=7, decimal_places=3, default=0)
    daily_demand = _quantity()
    daily_sigma = _quantity()
    minimum_quantity = _quantity()
    maximum_quantity = _quantity()
    minimum_days = _days()
    maximum_days = _days()
    hard_days = models.DecimalField(max_digits=7, decimal_places=3, default=0)
    soft_days = models.DecimalField(max_digits=7, decimal_places=3, default=0)
    pack_size = _quantity()
    unit_cost = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("part"),
            SameOwner("site"),
            models.UniqueConstraint(
                fields=["owner", "part", "site", "partner"], name="inventory_bufferpolicy_key"
            ),
            models.CheckConstraint(
                condition=Q(service_level__gte="0.5", service_level__lt=1),
                name="inventory_bufferpolicy_level",
            ),
            models.CheckConstraint(
                condition=Q(pack_size__isnull=True) | Q(pack_size__gt=0),
                name="inventory_bufferpolicy_pack",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part_number} at {self.site_code}"


class BufferSuggestion(Owned):
    """What a policy's figures asked for at a moment, and what the planner made of it.

    Quantities in base units. ``figures`` holds every input with its source, the steps of the
    formula and what changed since the last decision; ``service_level`` is what was aimed at.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        CHANGED = "changed", _("Accepted with a change")
        DISMISSED = "dismissed", _("Dismissed")
        SUPERSEDED = "superseded", _("Superseded")

    policy = OwnedForeignKey(BufferPolicy, on_delete=models.CASCADE)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    service_level = models.DecimalField(max_digits=6, decimal_places=5)
    safety_stock = models.DecimalField(max_digits=18, decimal_places=3)
    reorder_point = models.DecimalField(max_digits=18, decimal_places=3)
    target = models.DecimalField(max_digits=18, decimal_places=3)
    minimum_days = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    order_quantity = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    available = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)
    before = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)
    lead_share = models.DecimalField(max_digits=5, decimal_places=4, default=0)
    cost_change = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    figures = models.JSONField(default=dict)
    decided_stock = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    note = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("policy", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "policy"],
                condition=Q(state="open"),
                name="inventory_buffersuggestion_open",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "state", "-id"], name="inventory_suggestion_state")
        ]


class BufferPlacement(Owned):
    """A question of where a chain keeps its safety stock, with the best answer found so far.

    ``problem`` is the document of ``inventory.engine.safety_stock`` with ``x_`` keys for names;
    ``fixed`` the service times a planner gave [days]; ``result`` the engine's answer. ``notes``
    say what is not known of other tiers.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RUNNING = "running", _("Running")
        SOLVED = "solved", _("Solved")
        DISCARDED = "discarded", _("Discarded")

    name = models.CharField(_("name"), max_length=80)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    parent_id = models.UUIDField(null=True, blank=True)
    seconds = models.PositiveSmallIntegerField(default=20)
    seed = models.PositiveIntegerField(default=1)
    currency = models.CharField(max_length=3, default="EUR")
    problem = models.JSONField()
    fixed = models.JSONField(default=dict, blank=True)
    result = models.JSONField(null=True, blank=True)
    notes = models.JSONField(default=list, blank=True)
    job_id = models.UUIDField(null=True, blank=True)
    created_by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls()]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-id"], name="inventory_placement_newest")
        ]

    def __str__(self) -> str:
        return self.name
