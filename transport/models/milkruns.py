"""Milk-run scenarios of a planner, the fixed routes published from them, and the answers."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collab.organisations.models import Site
from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls
from transport.models.measured import place_column
from transport.models.tenders import ANSWER

ROUTE = "transport.route"


class MilkRunScenario(Owned):
    """One plan question for a plant and its suppliers, with the best answer found so far.

    ``problem`` and ``plan`` are the documents of ``transport.engine.milkrun``; ``options`` what
    the planner pinned, forbade or fixed. A re-solve with other options is a new scenario whose
    ``parent_id`` it is compared with.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RUNNING = "running", _("Running")
        SOLVED = "solved", _("Solved")
        INFEASIBLE = "infeasible", _("Not feasible")
        PUBLISHED = "published", _("Published")
        DISCARDED = "discarded", _("Discarded")

    name = models.CharField(_("name"), max_length=80)
    plant = OwnedForeignKey(Site)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    parent_id = models.UUIDField(null=True, blank=True)
    first_week = models.DateField()  # Monday of the week the volumes are of
    seconds = models.PositiveSmallIntegerField(default=60)
    seed = models.PositiveIntegerField(default=1)
    co2_price_minor = models.BigIntegerField(default=10000)  # per tonne
    currency = models.CharField(max_length=3, default="EUR")
    options = models.JSONField(default=dict, blank=True)
    problem = models.JSONField(default=dict)
    plan = models.JSONField(null=True, blank=True)
    explanation = models.JSONField(default=dict, blank=True)  # why each supplier is where it is
    sweep = models.JSONField(default=list, blank=True)  # cost and CO2 over the carbon price
    conflicts = models.JSONField(default=list, blank=True)  # of an infeasible problem
    job_id = models.UUIDField(null=True, blank=True)
    created_by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls(), SameOwner("plant")]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-id"], name="transport_scenario_newest")
        ]

    def __str__(self) -> str:
        return self.name


class RouteTemplate(Shared):
    """A fixed route: the same stops at the same clock times on its weekdays (TR-03).

    ``counterparty`` is the carrier that drives it (the owner before one has it). Loads are made
    from it for each occurrence. ``stops``: place, minutes of day, windows, figures: as the
    carrier may see them. A changed stop needs ``notice_days`` working days.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        ACCEPTED = "accepted", _("Accepted")
        ACTIVE = "active", _("Active")
        ENDED = "ended", _("Ended")

    number = models.CharField(max_length=35)
    scenario = OwnedForeignKey(MilkRunScenario, on_delete=models.PROTECT)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    plant_code = models.CharField(max_length=20)
    weekdays = models.JSONField()  # ISO, ascending
    vehicle_type = models.CharField(max_length=20)
    start_minute = models.PositiveSmallIntegerField()
    end_minute = models.PositiveSmallIntegerField()
    stops = models.JSONField()
    distance_km = models.DecimalField(max_digits=9, decimal_places=2)
    cost_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="EUR")
    emissions_kg = models.DecimalField(max_digits=12, decimal_places=3)
    fill = models.DecimalField(max_digits=6, decimal_places=4)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    notice_days = models.PositiveSmallIntegerField(default=5)
    replaces_id = models.UUIDField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(ROUTE),
            SameOwner("scenario"),
            models.UniqueConstraint(
                fields=["owner", "number"], name="transport_routetemplate_number"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="transport_routetemplate_dates",
            ),
        ]


class RouteStop(Shared):
    """A supplier's (counterparty's) own stop on a fixed route: its times, volumes and empties."""

    route = OwnedForeignKey(RouteTemplate, on_delete=models.CASCADE)
    route_number = models.CharField(max_length=35)
    sequence = models.PositiveSmallIntegerField()
    place = place_column()
    weekdays = models.JSONField()
    arrive_minute = models.PositiveSmallIntegerField()  # of the day at the place, local time
    depart_minute = models.PositiveSmallIntegerField()
    window = models.JSONField()  # [from, until] in minutes of the day
    figures = models.JSONField(default=dict)  # per weekday: kg, m3, pallets, ldm
    reason = models.JSONField(default=dict)  # why it is on this route, in the supplier's figures
    valid_from = models.DateField()
    state = models.CharField(max_length=10, default="proposed")  # proposed, accepted, change

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(ROUTE),
            SameOwner("route", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "route", "sequence"], name="transport_routestop_sequence"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["counterparty", "owner"], name="transport_routestop_partner")
        ]


class RouteAnswer(Shared):
    """What a supplier or carrier (owner) says to a fixed route or its stop on it."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        CHANGE = "change", _("Change wanted")

    subject_id = models.UUIDField()  # RouteTemplate for a carrier, RouteStop for a supplier
    route_number = models.CharField(max_length=35)
    verdict = models.CharField(max_length=10, choices=Verdict)
    wish = models.CharField(max_length=400, blank=True)
    person_id = models.BigIntegerField(null=True, blank=True)
    answered_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(ANSWER),
            models.UniqueConstraint(
                fields=["owner", "subject_id"], name="transport_routeanswer_once"
            ),
        ]
