"""Delivery schedules (releases): drafts and held ones inside, published ones for the supplier."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls
from forecasting.models.series import DEMAND, DemandSeries
from forecasting.models.weeks import is_monday, weekly_quantities

COMMIT = "forecasting.commit"


class Commitment(models.TextChoices):
    """How binding a line is (DELFOR 4017): each level implies the weaker ones."""

    FIRM = "firm", _("Firm")
    PRODUCTION = "production", _("Production go-ahead")
    MATERIAL = "material", _("Material go-ahead")
    FORECAST = "forecast", _("Forecast")
    BACKLOG = "backlog", _("Backlog")


class Origin(models.TextChoices):
    """By which door a document came."""

    SCREEN = "screen", _("Screen")
    API = "api", _("API")
    FILE = "file", _("File")
    EDIFACT = "edifact", _("EDIFACT")
    X12 = "x12", _("X12")
    CATENAX = "catenax", _("Catena-X")
    CHAIN = "chain", _("Customers' releases")


class ReleaseDraft(Owned):
    """A release on its way out: prepared, or held because it deviates too far; suppliers see none.

    ``document`` holds what will be published (``forecasting.services.releases.Document`` as plain
    JSON), ``deviations`` why it is held.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        HELD = "held", _("Held")
        PUBLISHED = "published", _("Published")
        DISCARDED = "discarded", _("Discarded")

    series = OwnedForeignKey(DemandSeries, on_delete=models.CASCADE)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.SCREEN)
    document = models.JSONField()
    deviations = models.JSONField(default=list)
    schedule_id = models.UUIDField(null=True, blank=True)  # once published
    source_key = models.CharField(max_length=120, blank=True)  # the sender's key, if any
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("series", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "source_key"],
                condition=~Q(source_key=""),
                name="forecasting_releasedraft_source",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "state", "-id"], name="forecasting_draft_newest")
        ]


class DeliverySchedule(Shared):
    """A published release of one series; it replaces its predecessor wholly (FC-03).

    Never changed: only ``is_current`` moves on to the next one. ``quantities`` sums the discrete
    lines per week from ``first_week`` on; go-aheads are cumulative quantities with their end.
    """

    series = OwnedForeignKey(DemandSeries, on_delete=models.PROTECT)
    number = models.PositiveIntegerField()  # 1, 2, 3 … per series
    document_number = models.CharField(max_length=35)  # as the sender calls it
    previous_document_number = models.CharField(max_length=35, blank=True)
    batch_id = models.UUIDField()  # all schedules published together
    is_current = models.BooleanField(default=True)
    origin = models.CharField(max_length=10, choices=Origin)
    part_number = models.CharField(max_length=40)
    supplier_part_number = models.CharField(max_length=40, blank=True)
    site_code = models.CharField(max_length=20, blank=True)
    unloading_point = models.CharField(max_length=25, blank=True)
    unit = models.CharField(max_length=3)
    issued_at = models.DateTimeField()
    published_at = models.DateTimeField()
    first_week = models.DateField()
    quantities = weekly_quantities()
    low = weekly_quantities(is_optional=True)
    high = weekly_quantities(is_optional=True)
    firm_until = models.DateField(null=True, blank=True)  # last firm day
    received_cumulative = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    received_since = models.DateField(null=True, blank=True)  # start of the cumulative period
    in_transit = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    backlog = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    last_receipt = models.JSONField(null=True, blank=True)  # quantity, on, dispatch number
    production_go_ahead = models.JSONField(null=True, blank=True)  # cumulative quantity, until
    material_go_ahead = models.JSONField(null=True, blank=True)
    alerts = ArrayField(models.CharField(max_length=30), default=list)  # of FC-05
    note = models.CharField(max_length=400, blank=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(DEMAND),
            SameOwner("series"),
            models.UniqueConstraint(
                fields=["owner", "series", "number"], name="forecasting_deliveryschedule_number"
            ),
            models.UniqueConstraint(
                fields=["owner", "series"],
                condition=Q(is_current=True),
                name="forecasting_deliveryschedule_current",
            ),
            is_monday("first_week", "forecasting_deliveryschedule_monday"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "counterparty", "-published_at"],
                name="forecasting_schedule_newest",
            ),
            models.Index(fields=["owner", "batch_id"], name="forecasting_schedule_batch"),
        ]


class ScheduleLine(Shared):
    """One line of a delivery schedule: a discrete quantity due between two days."""

    schedule = OwnedForeignKey(DeliverySchedule, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    commitment = models.CharField(max_length=10, choices=Commitment)
    due_from = models.DateField()
    due_until = models.DateField()  # = due_from for a day, Sunday for a week
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    cumulative = models.DecimalField(max_digits=18, decimal_places=3, null=True)  # R(due)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(DEMAND),
            SameOwner("schedule", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "schedule", "position"], name="forecasting_scheduleline_position"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0) & Q(due_until__gte=models.F("due_from")),
                name="forecasting_scheduleline_sane",
            ),
        ]


class ReleaseAnswer(Shared):
    """What the supplier (owner) says to a customer's schedule: seen, accepted or rejected.

    ``lines`` maps a position to ``accepted`` or ``rejected`` with a reason; empty = the whole.
    """

    class Verdict(models.TextChoices):
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        ACCEPTED = "accepted", _("Accepted")
        PARTIAL = "partial", _("Partly accepted")
        REJECTED = "rejected", _("Rejected")

    schedule_id = models.UUIDField()
    series_id = models.UUIDField()
    document_number = models.CharField(max_length=35)
    part_number = models.CharField(max_length=40)
    verdict = models.CharField(max_length=12, choices=Verdict)
    lines = models.JSONField(default=dict, blank=True)
    note = models.CharField(max_length=400, blank=True)
    person_id = models.BigIntegerField(null=True, blank=True)
    answered_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(COMMIT),
            models.UniqueConstraint(
                fields=["owner", "schedule_id"], name="forecasting_releaseanswer_once"
            ),
        ]
