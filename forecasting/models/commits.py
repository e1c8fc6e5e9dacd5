"""Commits: what a supplier promises against a release, until when, and under which terms."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Shared
from collab.sharing.walls import Walls
from forecasting.models.releases import COMMIT
from forecasting.models.series import DEMAND
from forecasting.models.weeks import is_monday, weekly_quantities


class CommitTask(Shared):
    """The supplier's (owner's) duty to answer one release of one series until ``due_at``."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        COMMITTED = "committed", _("Committed")
        PARTIAL = "partial", _("Partly committed")
        EXCEPTION = "exception", _("Exception")
        REPLACED = "replaced", _("Replaced by a newer release")

    series_id = models.UUIDField()
    schedule_id = models.UUIDField()
    schedule_number = models.PositiveIntegerField()
    part_number = models.CharField(max_length=40)
    supplier_part_number = models.CharField(max_length=40, blank=True)
    site_code = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    published_at = models.DateTimeField()
    due_at = models.DateTimeField()  # end of the SLA in the supplier's working days
    answered_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(COMMIT),
            models.UniqueConstraint(
                fields=["owner", "schedule_id"], name="forecasting_committask_once"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "state", "due_at"], name="forecasting_committask_due")
        ]


class Commit(Shared):
    """One version of what the supplier (owner) commits for a series, week by week.

    Never changed once it is written. ``states`` holds open, committed, partial or exception per
    week against the release it answers, blank where nothing is asked; ``reasons`` maps a Monday
    to a reason code, ``auto`` where nobody answered. A commit for several weeks together stands
    in ``buckets`` (``from``, ``weeks``, ``quantity``); the weeks inside it are then 0 (FC-07).
    """

    class Origin(models.TextChoices):
        MANUAL = "manual", _("Entered")
        AS_IS = "as_is", _("Committed as is")
        FILE = "file", _("File")
        API = "api", _("API")
        AUTO = "auto", _("Automatic")

    series_id = models.UUIDField()
    schedule_id = models.UUIDField()
    schedule_number = models.PositiveIntegerField()
    part_number = models.CharField(max_length=40)
    supplier_part_number = models.CharField(max_length=40, blank=True)
    site_code = models.CharField(max_length=20, blank=True)
    unit = models.CharField(max_length=3)
    number = models.PositiveIntegerField()  # 1, 2, 3 … per series
    is_current = models.BooleanField(default=True)
    origin = models.CharField(max_length=8, choices=Origin)
    first_week = models.DateField()
    quantities = weekly_quantities()
    low = weekly_quantities(is_optional=True)
    high = weekly_quantities(is_optional=True)
    upside = weekly_quantities(is_optional=True)
    on_hand = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)
    buckets = models.JSONField(default=list, blank=True)
    states = models.JSONField(default=list)
    reasons = models.JSONField(default=dict, blank=True)
    note = models.CharField(max_length=400, blank=True)
    person_id = models.BigIntegerField(null=True, blank=True)
    committed_at = models.DateTimeField()

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(COMMIT),
            models.UniqueConstraint(
                fields=["owner", "series_id", "number"], name="forecasting_commit_number"
            ),
            models.UniqueConstraint(
                fields=["owner", "series_id"],
                condition=Q(is_current=True),
                name="forecasting_commit_current",
            ),
            is_monday("first_week", "forecasting_commit_monday"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "counterparty", "part_number"], name="forecasting_commit_part"
            )
        ]


class CommitReview(Shared):
    """What the customer (owner) says to a commit: accepted with its gaps, or challenged."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        CHALLENGED = "challenged", _("Challenged")

    commit_id = models.UUIDField()
    series_id = models.UUIDField()
    schedule_id = models.UUIDField()
    verdict = models.CharField(max_length=10, choices=Verdict)
    note = models.CharField(max_length=400, blank=True)
    person_id = models.BigIntegerField(null=True, blank=True)
    reviewed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(DEMAND),
            models.UniqueConstraint(
                fields=["owner", "commit_id"], name="forecasting_commitreview_once"
            ),
        ]


class PlanningTerms(Shared):
    """What customer (owner) and supplier agreed about forecasts; empty keys = wider scope.

    Resolved part × site → part → relationship → the shipped default of
    ``forecasting.rules``; ``terms`` holds only what differs (see ``forecasting.services.terms``).
    """

    part_number = models.CharField(max_length=40, blank=True)
    site_code = models.CharField(max_length=20, blank=True)
    terms = models.JSONField(default=dict)
    valid_from = models.DateField()
    changed_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(DEMAND),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "part_number", "site_code", "valid_from"],
                name="forecasting_planningterms_scope",
            ),
        ]
