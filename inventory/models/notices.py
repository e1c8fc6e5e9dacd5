"""Disruption notices: what one organisation tells one partner of an effect to come (IN-18)."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from collab.organisations.models import Person
from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls

NOTICE = "inventory.notice"
LONGEST_TEXT = 4000  # CX-0146


class Cause(models.TextChoices):
    """The leading root cause, in the words of CX-0146."""

    STRIKE = "strike", _("Strike")
    NATURAL_DISASTER = "natural-disaster", _("Natural disaster")
    PRODUCTION_INCIDENT = "production-incident", _("Production incident")
    PANDEMIC = "pandemic-or-epidemic", _("Pandemic or epidemic")
    LOGISTICS = "logistics-disruption", _("Logistics disruption")
    WAR = "war", _("War")
    INSOLVENCY = "insolvency", _("Insolvency")
    OTHER = "other", pgettext_lazy("cause", "Other")


class Effect(models.TextChoices):
    """What the cause does to demand or capacity, in the words of CX-0146."""

    DEMAND_REDUCTION = "demand-reduction", _("Less demand")
    DEMAND_INCREASE = "demand-increase", _("More demand")
    CAPACITY_REDUCTION = "capacity-reduction", _("Less capacity")
    CAPACITY_INCREASE = "capacity-increase", _("More capacity")


class DisruptionNotice(Shared):
    """One notice of the sender (owner) to one recipient (counterparty).

    Each addressed partner has a row of its own with only what concerns it, numbered for the two of
    them: nobody learns whom else the sender told. ``source_id`` is that of the disruption,
    ``related_id`` the notice this one forwards, empty where the sender keeps its source to itself.
    ``partner_parts`` are the recipient's numbers of ``parts``, empty texts where unknown.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("notice", "Open")
        RESOLVED = "resolved", pgettext_lazy("notice", "Resolved")

    class Origin(models.TextChoices):
        SCREEN = "screen", _("Screen")
        API = "api", _("API")
        CATENAX = "catenax", "Catena-X"

    number = models.PositiveIntegerField()
    cause = models.CharField(max_length=24, choices=Cause)
    effect = models.CharField(max_length=20, choices=Effect)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    text = models.CharField(max_length=LONGEST_TEXT)
    resolution = models.CharField(max_length=LONGEST_TEXT, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    sites = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    partner_sites = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    parts = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    partner_parts = ArrayField(
        models.CharField(max_length=40, blank=True), default=list, blank=True
    )
    source_id = models.UUIDField()
    related_id = models.UUIDField(null=True, blank=True)
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.SCREEN)
    sender_key = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    person = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(NOTICE),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "number"], name="inventory_notice_number"
            ),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "sender_key"],
                condition=~Q(sender_key=""),
                name="inventory_notice_sender",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="inventory_notice_window",
            ),
            models.CheckConstraint(
                condition=Q(state="open", resolved_at__isnull=True)
                | (Q(state="resolved", resolved_at__isnull=False) & ~Q(resolution="")),
                name="inventory_notice_resolution",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-changed_at", "-id"], name="inventory_notice_own"),
            models.Index(
                fields=["owner", "counterparty", "-changed_at", "-id"],
                name="inventory_notice_shared",
            ),
            models.Index(fields=["related_id"], name="inventory_notice_related"),
        ]

    def __str__(self) -> str:
        return f"N-{self.number}"


class NoticeVersion(Shared):
    """What a notice said as of one of its versions; ``facts`` are its fields by name."""

    notice = OwnedForeignKey(DisruptionNotice, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    stated_at = models.DateTimeField()
    facts = models.JSONField()

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(NOTICE),
            SameOwner("notice", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "notice", "number"], name="inventory_noticeversion_number"
            ),
        ]


class NoticeTrail(Owned):
    """Which received notice an own one forwards: the forwarder's alone, for its recipients not."""

    notice = OwnedForeignKey(DisruptionNotice, on_delete=models.CASCADE)
    received_id = models.UUIDField()

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("notice", on_delete="CASCADE"),
            models.UniqueConstraint(fields=["owner", "notice"], name="inventory_noticetrail_once"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "received_id"], name="inventory_noticetrail_received")
        ]


class NoticeAcceptance(Owned):
    """A planner (owner) lets a received notice mark the projections of the parts it names."""

    notice_id = models.UUIDField()
    accepted_at = models.DateTimeField()
    person = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "notice_id"], name="inventory_noticeacceptance_once"
            ),
        ]
