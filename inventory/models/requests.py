"""Recursive requests for data in a disruption, and their answers (IN-19, OR-08)."""

from typing import Any, ClassVar, Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Person
from collab.organisations.walls import VIEWER
from collab.sharing.models import (
    Owned,
    OwnedForeignKey,
    Shared,
    SharedManager,
    StatementTimestamp,
)
from collab.sharing.walls import OwnWalls, SameOwner, Walls
from inventory.models.notices import Cause, Effect
from inventory.rules.data_request import Decision as Said

REQUEST = "inventory.request"
Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


class CrisisWalls(Walls):
    """A row for its two ends alone, and for the other end only until it ends.

    A grant opens it to nobody but the counterparty, whoever else it names: nobody learns of
    another's request. Access needs no cleaning up: the row itself says until when it is.
    """

    def read_condition(self, table: str) -> str:
        """Return the condition under which a viewer sees a row."""
        is_live = f'"{table}".ended_at IS NULL AND "{table}".ends_at > statement_timestamp()'
        return (
            f"({super().read_condition(table)}) AND (owner_id = {VIEWER}"
            f" OR (counterparty_id = {VIEWER} AND {is_live}))"
        )


class CrisisManager(SharedManager[Row_co]):
    """The only door to requests and answers: ``CrisisWalls`` says the same in SQL."""

    def get_queryset(self) -> models.QuerySet[Row_co]:
        viewer = acting_organisation_id()
        theirs = Q(
            counterparty_id=viewer, ended_at__isnull=True, ends_at__gt=StatementTimestamp()
        )  # fmt: skip
        return super().get_queryset().filter(Q(owner_id=viewer) | theirs)


class Criticality(models.TextChoices):
    """How much hangs on an answer."""

    LOW = "low", pgettext_lazy("criticality", "Low")
    MEDIUM = "medium", pgettext_lazy("criticality", "Medium")
    HIGH = "high", pgettext_lazy("criticality", "High")


class Ending(models.TextChoices):
    """What ended a request."""

    NOTICE = "notice", _("The disruption is over")
    DATE = "date", _("Its date has come")
    WITHDRAWN = "withdrawn", _("Taken back")
    ABOVE = "above", _("What it answers has ended")


class DataRequest(Shared):
    """One request of the asking side (owner) to one supplier (counterparty).

    Each asked party has a row of its own, numbered for the two of them, that tells nothing of
    others. ``starts_at`` to ``ends_at`` is the time asked about, and access ends with it.
    ``chain`` is the sealed key of the chain, with how many tiers may follow; it is shown to nobody.
    ``partner_parts`` are the asked side's numbers of ``parts``, empty texts where unknown.
    """

    number = models.PositiveIntegerField()
    criticality = models.CharField(max_length=6, choices=Criticality, default=Criticality.MEDIUM)
    cause = models.CharField(max_length=24, choices=Cause)
    effect = models.CharField(max_length=20, choices=Effect)
    text = models.CharField(max_length=1000, blank=True)
    parts = ArrayField(models.CharField(max_length=40))
    partner_parts = ArrayField(models.CharField(max_length=40, blank=True))
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=9, choices=Ending, blank=True)
    chain = models.TextField(editable=False)
    sender_key = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    person = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[CrisisManager[Self]] = CrisisManager()

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            CrisisWalls(REQUEST),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "number"], name="inventory_request_number"
            ),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "sender_key"],
                condition=~Q(sender_key=""),
                name="inventory_request_sender",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")) & Q(due_at__lte=F("ends_at")),
                name="inventory_request_window",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="")
                | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="inventory_request_ending",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-changed_at", "-id"], name="inventory_request_own"),
            models.Index(
                fields=["owner", "counterparty", "-changed_at", "-id"],
                name="inventory_request_shared",
            ),
        ]

    def __str__(self) -> str:
        return f"R-{self.number}"


class RequestOrigin(Owned):
    """What an own request was made for: a notice, or a request that we were asked.

    The asking side's alone. ``received_id`` is empty at the root of a chain.
    """

    request = OwnedForeignKey(DataRequest, on_delete=models.CASCADE, related_name="origins")
    notice_id = models.UUIDField(null=True, blank=True)
    received_id = models.UUIDField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("request", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "request"], name="inventory_requestorigin_once"
            ),
            models.CheckConstraint(
                condition=Q(notice_id__isnull=False, received_id__isnull=True)
                | Q(notice_id__isnull=True, received_id__isnull=False),
                name="inventory_requestorigin_one",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "received_id"], name="inventory_requestorigin_above"),
            models.Index(fields=["owner", "notice_id"], name="inventory_requestorigin_notice"),
        ]


class DataAnswer(Shared):
    """What the asked side (owner) answers a request with; its counterparty asked.

    ``figures`` has an entry for each part of the request, in its order; ``nodes`` and ``gaps`` tell
    of the tiers below, under keyed names, tier 1 being those whom the owner asked. Both are empty
    unless it approved. ``number`` is that of the request, whose end it has too.
    """

    class Decision(models.TextChoices):
        APPROVED = Said.APPROVED.value, _("Approved")
        DECLINED = Said.DECLINED.value, _("Declined")

    request_id = models.UUIDField()
    number = models.PositiveIntegerField()
    decision = models.CharField(max_length=8, choices=Decision)
    figures = models.JSONField(default=list)
    nodes = models.JSONField(default=list)
    gaps = models.JSONField(default=dict)
    is_final = models.BooleanField(default=False)
    as_of = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    person = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[CrisisManager[Self]] = CrisisManager()

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            CrisisWalls(REQUEST),
            models.UniqueConstraint(
                fields=["owner", "request_id"], name="inventory_dataanswer_once"
            ),
            models.CheckConstraint(
                condition=Q(decision=Said.APPROVED.value)
                | Q(figures=[], nodes=[], gaps={}, is_final=False),
                name="inventory_dataanswer_declined",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-as_of", "-id"], name="inventory_dataanswer_own"),
            models.Index(
                fields=["owner", "counterparty", "-as_of", "-id"],
                name="inventory_dataanswer_shared",
            ),
            models.Index(fields=["request_id"], name="inventory_dataanswer_request"),
        ]
