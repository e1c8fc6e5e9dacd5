"""Offering loads to carriers one after the other, and what they answer (TR-10)."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls
from transport.models.loads import Load

TENDER = "transport.tender"
ANSWER = "transport.answer"


class Tender(Owned):
    """The round of offers for one load: carriers in their order, one asked at a time.

    ``ranking`` lists organisation ids with price [minor units] and minutes to answer; carriers
    never see it. A new round (``number``) begins when the load changes so that slots re-open.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        ACCEPTED = "accepted", _("Accepted")
        EXHAUSTED = "exhausted", _("Nobody took it")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    load = OwnedForeignKey(Load, on_delete=models.CASCADE)
    number = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    ranking = models.JSONField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("load", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "load", "number"], name="transport_tender_number"
            ),
            models.UniqueConstraint(
                fields=["owner", "load"],
                condition=Q(state="running"),
                name="transport_tender_one_running",
            ),
        ]


class TenderOffer(Shared):
    """A load as it is offered to one carrier (counterparty): stops, windows, price, deadline."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        EXPIRED = "expired", _("Not answered in time")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    tender = OwnedForeignKey(Tender, on_delete=models.CASCADE)
    load_id = models.UUIDField()
    load_number = models.CharField(max_length=35)
    rank = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    vehicle_type = models.CharField(max_length=20, blank=True)
    stops = models.JSONField()  # purpose, place, window, planned times, figures
    slots = models.JSONField(default=list)  # slots to pick from at the plant: from, until, dock
    distance_km = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    weight_kg = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    price_minor = models.BigIntegerField()
    price_lines = models.JSONField(default=list)  # of the tariff
    currency = models.CharField(max_length=3, default="EUR")
    offered_at = models.DateTimeField()
    answer_until = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(TENDER),
            SameOwner("tender", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "tender", "rank"], name="transport_tenderoffer_rank"
            ),
            models.UniqueConstraint(
                fields=["owner", "tender"],
                condition=Q(state="open"),
                name="transport_tenderoffer_one_open",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["counterparty", "owner", "answer_until"], name="transport_offer_of_carrier"
            ),
            models.Index(fields=["owner", "state", "answer_until"], name="transport_offer_due"),
        ]


class TenderAnswer(Shared):
    """What the carrier (owner) says to an offer of ``counterparty``; with the slot it picked."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")

    offer_id = models.UUIDField()
    load_number = models.CharField(max_length=35)
    verdict = models.CharField(max_length=10, choices=Verdict)
    slot = models.JSONField(null=True, blank=True)  # from, until, dock: of the offer's slots
    plate = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    person_id = models.BigIntegerField(null=True, blank=True)
    answered_at = models.DateTimeField()

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(ANSWER),
            models.UniqueConstraint(fields=["owner", "offer_id"], name="transport_answer_once"),
        ]
