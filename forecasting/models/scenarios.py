"""Scenarios: private copies of the plan with changed inputs, and those shown to a partner."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Owned, Shared
from collab.sharing.walls import OwnWalls, Walls
from forecasting.models.releases import COMMIT
from forecasting.models.series import DEMAND
from forecasting.models.weeks import is_monday, weekly_quantities


class Scenario(Owned):
    """A what-if over the current plan; ``changes`` are its inputs, ``outcome`` what it computed."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PROMOTED = "promoted", _("Promoted")
        DISCARDED = "discarded", _("Discarded")

    name = models.CharField(max_length=120)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    changes = models.JSONField(default=list)
    outcome = models.JSONField(null=True, blank=True)
    person_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls()]


class ScenarioOffer(Shared):
    """A scenario's figures of one series shown to its supplier, to accept or to abort."""

    scenario_id = models.UUIDField()
    name = models.CharField(max_length=120)
    series_id = models.UUIDField()
    part_number = models.CharField(max_length=40)
    site_code = models.CharField(max_length=20, blank=True)
    first_week = models.DateField()
    baseline = weekly_quantities()
    quantities = weekly_quantities()
    is_withdrawn = models.BooleanField(default=False)
    offered_at = models.DateTimeField()

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(DEMAND),
            models.UniqueConstraint(
                fields=["owner", "scenario_id", "series_id"], name="forecasting_scenariooffer_once"
            ),
            is_monday("first_week", "forecasting_scenariooffer_monday"),
        ]


class ScenarioAnswer(Shared):
    """The supplier's (owner's) answer to an offered scenario."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        ABORTED = "aborted", _("Aborted")

    offer_id = models.UUIDField()
    verdict = models.CharField(max_length=8, choices=Verdict)
    note = models.CharField(max_length=400, blank=True)
    person_id = models.BigIntegerField(null=True, blank=True)
    answered_at = models.DateTimeField()

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(COMMIT),
            models.UniqueConstraint(
                fields=["owner", "offer_id"], name="forecasting_scenarioanswer_once"
            ),
        ]
