"""Tracking events with what they are about, and what they fold into: units and positions.

Events and their things are cut into months by their time-ordered keys, and too many for keys that
other tables refer to: links from and to them are bare keys (``docs/decisions/0018``).
"""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.masterdata.models import Part
from collab.organisations.models import Organisation, Site
from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls
from inventory.models.words import SourceGrade

TRACKING = "inventory.tracking"
LINK = 250
"""Most characters of an identifier or a word of a vocabulary."""


def end_of_business() -> "models.ForeignKey[Any, Any]":
    """Return a column for one end of a row in a bulk table: no index and no check of its own.

    Other indexes begin with it, and the policies let nobody but the acting organisation in as
    owner; the counterparty comes from rows that do have the key. A check by the database for each
    row of each table would cost more than the rest of the statement.
    """
    return models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
        db_constraint=False,
    )


class TrackingEvent(Shared):
    """One EPCIS event as its owner recorded it; never changed, at most declared wrong.

    ``counterparty`` is the one partner whose business it is, the owner itself where nobody's.
    ``digest`` is the SHA-256 of what a repetition must have in common.
    """

    owner = end_of_business()
    counterparty = end_of_business()
    event_id = models.CharField(max_length=LINK)
    event_hash = models.CharField(max_length=LINK)
    digest = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=LINK)  # ObjectEvent, … or {namespace}name
    action = models.CharField(max_length=7, blank=True)
    happened_at = models.DateTimeField()
    offset = models.CharField(max_length=6)  # zone of the place: +01:00
    recorded_at = models.DateTimeField()
    declared_at = models.DateTimeField(null=True, blank=True)  # it declares an event wrong
    biz_step = models.CharField(max_length=LINK, blank=True)
    disposition = models.CharField(max_length=LINK, blank=True)
    read_point = models.CharField(max_length=LINK, blank=True)
    biz_location = models.CharField(max_length=LINK, blank=True)
    site_id = models.UUIDField(null=True, blank=True)  # the owner's
    site_code = models.CharField(max_length=20, blank=True)
    transformation_id = models.CharField(max_length=LINK, blank=True)
    traits = ArrayField(models.TextField(), default=list)
    body = models.JSONField()
    source = models.CharField(max_length=40)
    source_grade = models.CharField(max_length=10, choices=SourceGrade)
    is_voided = models.BooleanField(default=False)  # an error declaration took it back

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [Walls(TRACKING)]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["counterparty", "owner", "id"], name="inventory_event_shared"),
            BrinIndex(
                fields=["happened_at"],
                pages_per_range=32,
                autosummarize=True,
                name="inventory_event_time",
            ),
            BrinIndex(
                fields=["recorded_at"],
                pages_per_range=32,
                autosummarize=True,
                name="inventory_event_recorded",
            ),
        ]


class EventSeen(Owned):
    """That an event was taken, whatever time it is sent with again; kept when the event is not.

    ``id`` is made of owner, event id and whether it declares an error.
    """

    owner = end_of_business()
    event = models.UUIDField()
    digest = models.BinaryField(max_length=32)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [OwnWalls(is_referenced=False)]


class EventThing(Shared):
    """One thing, or one quantity of a class of things, in its role in an event.

    ``counted`` is what it adds to the tracked position of the site [base units of the part].
    """

    owner = end_of_business()
    counterparty = end_of_business()
    event = models.UUIDField()
    role = models.CharField(max_length=12)
    thing = models.CharField(max_length=LINK)
    quantity = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    uom = models.CharField(max_length=3, blank=True)
    site_id = models.UUIDField(null=True, blank=True)
    part_id = models.UUIDField(null=True, blank=True)
    counted = models.DecimalField(max_digits=18, decimal_places=3, default=0)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [Walls(TRACKING, is_referenced=False)]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "thing", "id"], name="inventory_thing_history")
        ]


class UnitState(Shared):
    """Where one identified thing is by its owner's events, each fact by the newest that says it.

    The ``…_event`` keys are the events that said so: keys sort by event time, so a late event
    changes only what no newer one has said. The nil UUID stands for none.
    """

    NIL: ClassVar[str] = "00000000-0000-0000-0000-000000000000"

    owner = end_of_business()
    counterparty = end_of_business()
    thing = models.CharField(max_length=LINK)
    first_event = models.UUIDField()  # with the last one it says in which months its events are
    seen_event = models.UUIDField()
    observed_at = models.DateTimeField()
    biz_step = models.CharField(max_length=LINK, blank=True)
    source = models.CharField(max_length=40)
    source_grade = models.CharField(max_length=10, choices=SourceGrade)
    is_ended = models.BooleanField(default=False)  # used up, destroyed or taken out of use
    place_event = models.UUIDField(default=NIL)
    read_point = models.CharField(max_length=LINK, blank=True)
    biz_location = models.CharField(max_length=LINK, blank=True)
    site_id = models.UUIDField(null=True, blank=True)  # the owner's
    site_code = models.CharField(max_length=20, blank=True)
    placed_at = models.DateTimeField(null=True, blank=True)
    disposition_event = models.UUIDField(default=NIL)
    disposition = models.CharField(max_length=LINK, blank=True)
    parent_event = models.UUIDField(default=NIL)
    parent = models.CharField(max_length=LINK, blank=True)
    emptied_event = models.UUIDField(default=NIL)  # everything in it was taken out
    part_id = models.UUIDField(null=True, blank=True)
    part_number = models.CharField(max_length=40, blank=True)
    shown_at = models.DateTimeField()  # on screens, last or as planned
    changed_at = models.DateTimeField()

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(TRACKING, is_referenced=False),
            models.UniqueConstraint(fields=["owner", "thing"], name="inventory_unit_thing"),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-observed_at", "-id"], name="inventory_unit_newest"),
            models.Index(
                fields=["counterparty", "owner", "-observed_at", "-id"],
                name="inventory_unit_shared",
            ),
            models.Index(
                fields=["owner", "parent"], condition=~Q(parent=""), name="inventory_unit_children"
            ),
        ]


class TrackedPosition(Owned):
    """What tracking events sum up to at one site for one part [base units]; may be negative.

    It is negative where goods left that no event brought: the ledger of stock is another book.
    """

    site = OwnedForeignKey(Site)
    part = OwnedForeignKey(Part)
    quantity = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("site"),
            SameOwner("part"),
            models.UniqueConstraint(
                fields=["owner", "site", "part"], name="inventory_trackedposition_key"
            ),
        ]


class ReadPoint(Owned):
    """A place where things are read: the site it stands for, and what being read there means.

    For readers: ``reader`` and ``antenna`` name the device, ``lane_order`` counts the antennas of
    one reader from outside to inside, and a tag counts once it was read ``least_reads`` times with
    at least ``least_rssi_dbm`` within ``window_ms``.
    """

    class Direction(models.TextChoices):
        IN = "in", _("Coming in")
        OUT = "out", _("Going out")
        BOTH = "both", _("Told by the order of antennas")
        NONE = "none", _("Not told")

    identifier = models.CharField(max_length=LINK)
    name = models.CharField(max_length=80, blank=True)
    site = OwnedForeignKey(Site, null=True, blank=True)
    biz_step = models.CharField(max_length=40, blank=True)
    direction = models.CharField(max_length=4, choices=Direction, default=Direction.NONE)
    counterparty = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reader = models.CharField(max_length=40, blank=True)
    antenna = models.PositiveSmallIntegerField(null=True, blank=True)
    lane_order = models.PositiveSmallIntegerField(default=0)
    least_rssi_dbm = models.SmallIntegerField(default=-65)
    least_reads = models.PositiveSmallIntegerField(default=2)
    window_ms = models.PositiveIntegerField(default=2000)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("site"),
            models.UniqueConstraint(
                fields=["owner", "identifier", "reader", "antenna"],
                nulls_distinct=False,
                name="inventory_readpoint_identifier",
            ),
            models.UniqueConstraint(
                fields=["owner", "reader", "antenna"],
                condition=~Q(reader=""),
                name="inventory_readpoint_antenna",
            ),
            models.CheckConstraint(
                condition=Q(least_reads__gte=1) & Q(window_ms__gte=1),
                name="inventory_readpoint_filter",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.identifier


class TrackingCorrection(Owned):
    """What somebody has to look at: an event not taken, or a name nobody has mapped yet.

    One waiting row per reason and subject: more of the same only count up.
    """

    class Reason(models.TextChoices):
        CONFLICT = "conflict", _("Same event, other content")
        REFUSED = "refused", _("Event not taken")
        FOREIGN = "foreign", _("Place of another organisation")
        READ_POINT = "read_point", _("Unknown read point")
        PRODUCT = "product", _("Unknown product")
        UNIT = "unit", _("Unknown unit")
        TAG = "tag", _("Tag that says nothing")
        DEVICE = "device", _("Unknown device")

    reason = models.CharField(max_length=10, choices=Reason)
    subject = models.CharField(max_length=LINK)
    detail = models.TextField(blank=True)
    body = models.JSONField(default=dict)
    source = models.CharField(max_length=40)
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "reason", "subject"],
                condition=Q(settled_at__isnull=True),
                name="inventory_correction_waiting",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-last_at", "-id"], name="inventory_correction_newest")
        ]
