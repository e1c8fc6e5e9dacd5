"""What was made from what and put into what, and which of it is held back (IN-20)."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from collab.masterdata.models import Part
from collab.organisations.models import Organisation, Person, Site
from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls
from inventory.models.tracking import LINK, end_of_business
from inventory.models.words import StockKind

GENEALOGY = "inventory.genealogy"
LONGEST_REASON = 500


class TraceLink(Shared):
    """``child`` went into ``parent``, by one event of the owner or one document it imported.

    A transformation is a node of its own between what it used up and what it made: each input and
    each output is one link, however many there are of the others. The key is made of owner, event,
    parent and child, so that the same event makes the same links. ``event`` has no constraint:
    events are cut into months.
    """

    class How(models.TextChoices):
        USED = "used", _("Used up")  # a thing went into a transformation
        MADE = "made", _("Made")  # a transformation brought a thing out
        ASSEMBLED = "assembled", _("Built in")
        PACKED = "packed", _("Packed")

    owner = end_of_business()
    counterparty = end_of_business()
    parent = models.CharField(max_length=LINK)
    child = models.CharField(max_length=LINK)
    how = models.CharField(max_length=9, choices=How)
    event = models.UUIDField(null=True, blank=True)  # none for what an as-built document says
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)  # taken out again
    quantity = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    uom = models.CharField(max_length=3, blank=True)  # Rec 20; empty: pieces

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [Walls(GENEALOGY, is_referenced=False)]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["child"], name="inventory_tracelink_into"),
            models.Index(fields=["parent"], name="inventory_tracelink_from"),
            models.Index(fields=["owner", "event"], name="inventory_tracelink_event"),
        ]


class ThingName(Owned):
    """That a partner's own name of a thing (``urn:uuid:``) is the thing of a GS1 name.

    Said by one partner, it holds for what that partner says, and for nobody else.
    """

    counterparty = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    alias = models.CharField(max_length=LINK)
    thing = models.CharField(max_length=LINK)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "alias"], name="inventory_thingname_once"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "alias"], name="inventory_thingname_alias")
        ]


class LotHold(Shared):
    """Owner holds a lot back at one organisation, itself included: a row for each.

    Rows of one ``batch`` were written in one transaction. ``lot`` is empty where the organisation
    does not know it, only things made from it. Numbered for the two of them. ``follows`` is the
    partner's hold that the owner passes on, kept on the owner's own row alone: nobody else learns
    whose hold it was.
    """

    class State(models.TextChoices):
        BLOCKED = "blocked", _("Blocked")
        RELEASED = "released", pgettext_lazy("hold", "Released")

    class Scope(models.TextChoices):
        LOT = "lot", _("The lot alone")
        MADE = "made", _("The lot and everything made from it")

    number = models.PositiveIntegerField()
    batch = models.UUIDField()
    lot = models.CharField(max_length=LINK, blank=True)
    scope = models.CharField(max_length=4, choices=Scope, default=Scope.MADE)
    state = models.CharField(max_length=8, choices=State, default=State.BLOCKED)
    reason = models.CharField(max_length=LONGEST_REASON)
    released_reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    held_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    follows = models.UUIDField(null=True, blank=True)
    person = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(GENEALOGY),
            models.UniqueConstraint(
                fields=["owner", "follows"],
                condition=Q(state="blocked", follows__isnull=False),
                name="inventory_lothold_passed_once",
            ),
            models.CheckConstraint(
                condition=Q(follows__isnull=True) | Q(owner=models.F("counterparty")),
                name="inventory_lothold_follows",
            ),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "number"], name="inventory_lothold_number"
            ),
            models.UniqueConstraint(
                fields=["owner", "batch", "counterparty"], name="inventory_lothold_once"
            ),
            models.CheckConstraint(
                condition=Q(state="blocked", released_at__isnull=True)
                | Q(state="released", released_at__isnull=False),
                name="inventory_lothold_release",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-changed_at", "-id"], name="inventory_lothold_own"),
            models.Index(
                fields=["owner", "counterparty", "-changed_at", "-id"],
                name="inventory_lothold_shared",
            ),
        ]

    def __str__(self) -> str:
        return f"H-{self.number}"


class HeldThing(Shared):
    """One thing that a hold names at its counterparty: the lot, or something made from it."""

    hold = OwnedForeignKey(LotHold, on_delete=models.CASCADE)
    thing = models.CharField(max_length=LINK)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(GENEALOGY),
            SameOwner("hold", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "hold", "thing"], name="inventory_heldthing_once"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["thing"], name="inventory_heldthing_thing")
        ]


class FollowedThing(Owned):
    """One thing that the owner of the row has to hold back because of one standing hold.

    What a hold names and what the owner knows to have been made from it, transformations on the
    way among them; derived, so that an event is looked up in it instead of all holds walked anew.
    ``hold`` may be a partner's row and is a bare key, ``counterparty`` is who holds: oneself, or
    a partner.
    """

    hold = models.UUIDField()
    counterparty = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    thing = models.CharField(max_length=LINK)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(is_referenced=False),
            models.UniqueConstraint(
                fields=["owner", "thing", "hold"], name="inventory_followedthing_once"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "hold"], name="inventory_followedthing_hold")
        ]


class HeldStock(Owned):
    """How much of the owner's stock stands blocked because of holds on one thing [base units].

    Every change of ``quantity`` is a pair of movements between stock of ``kind``, which it was
    and will be again, and blocked stock, whose document is named after this row and its
    ``version``.
    """

    thing = models.CharField(max_length=LINK)
    part = OwnedForeignKey(Part)
    site = OwnedForeignKey(Site)
    counterparty = models.ForeignKey(  # of the stock position
        Organisation, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=10, choices=StockKind, default=StockKind.FREE)
    quantity = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("part"),
            SameOwner("site"),
            models.UniqueConstraint(
                fields=["owner", "thing", "part", "site", "counterparty", "kind"],
                name="inventory_heldstock_key",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0), name="inventory_heldstock_quantity"
            ),
            models.CheckConstraint(condition=~Q(kind="blocked"), name="inventory_heldstock_kind"),
        ]
