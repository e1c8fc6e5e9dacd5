"""What arrived, held against what was advised, and what the supplier says to it (IN-21)."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collab.masterdata.models import Part
from collab.organisations.models import Person, Site
from collab.sharing.models import OwnedForeignKey, Shared
from collab.sharing.walls import SameOwner, Walls
from inventory.models.words import SourceGrade

RECEIPT = "inventory.receipt"


class Difference(models.TextChoices):
    """In what a line differs; in step with ``rules.receipt.Difference``."""

    MISSING = "missing", _("Missing")
    SHORT = "short", _("Short")
    OVER = "over", _("Over")
    NOT_ADVISED = "not_advised", _("Not advised")
    WRONG_PART = "wrong_part", _("Wrong part")
    LABEL = "label", _("Label")
    DAMAGED = "damaged", _("Damaged")


class GoodsReceipt(Shared):
    """One delivery that the customer (owner) took in from a supplier (counterparty).

    It closes the dispatch advice it names; a wrong one is cancelled and recorded anew.
    """

    class State(models.TextChoices):
        RECORDED = "recorded", _("Recorded")
        CANCELLED = "cancelled", _("Cancelled")

    class Origin(models.TextChoices):
        SCREEN = "screen", _("Screen")
        API = "api", _("API")
        FILE = "file", _("File")
        EDIFACT = "edifact", _("EDIFACT")
        X12 = "x12", _("X12")

    number = models.CharField(max_length=35)
    state = models.CharField(max_length=10, choices=State, default=State.RECORDED)
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.SCREEN)
    advice_id = models.UUIDField(null=True, blank=True)
    advice_number = models.CharField(max_length=35, blank=True)
    delivery_note = models.CharField(max_length=35, blank=True)
    despatched_at = models.DateTimeField(null=True, blank=True)  # of the advice
    expected_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    site = OwnedForeignKey(Site)
    site_code = models.CharField(max_length=20)
    plate = models.CharField(max_length=20, blank=True)  # of the vehicle
    is_different = models.BooleanField(default=False)
    is_beyond = models.BooleanField(default=False)  # differs by more than the tolerance
    source_grade = models.CharField(max_length=10, choices=SourceGrade, default=SourceGrade.COUNTED)
    note = models.CharField(max_length=400, blank=True)
    sender_key = models.CharField(max_length=120, blank=True)
    person = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(RECEIPT),
            SameOwner("site"),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "number"], name="inventory_goodsreceipt_number"
            ),
            models.UniqueConstraint(
                fields=["owner", "advice_id"],
                condition=Q(advice_id__isnull=False, state="recorded"),
                name="inventory_goodsreceipt_advice",
            ),
            models.UniqueConstraint(
                fields=["owner", "sender_key"],
                condition=~Q(sender_key=""),
                name="inventory_goodsreceipt_sender",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "-received_at", "-id"], name="inventory_receipt_own"),
            models.Index(
                fields=["owner", "counterparty", "-received_at", "-id"],
                name="inventory_receipt_shared",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ReceiptLine(Shared):
    """One part of a receipt; quantities in ``unit``, ``received`` with the ``damaged`` in it.

    ``position`` is that of the advised line; what came beside the advice is numbered after it.
    ``labels`` are those that something was wrong with: plate and state.
    """

    receipt = OwnedForeignKey(GoodsReceipt, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    part = OwnedForeignKey(Part)
    part_number = models.CharField(max_length=40)  # the receiver's
    supplier_part_number = models.CharField(max_length=40, blank=True)
    advised_part_number = models.CharField(max_length=40, blank=True)
    advised = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)
    received = models.DecimalField(max_digits=18, decimal_places=3)
    damaged = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    unit = models.CharField(max_length=3)
    base_quantity = models.DecimalField(max_digits=18, decimal_places=3)  # received, base units
    base_unit = models.CharField(max_length=3)
    differences = ArrayField(
        models.CharField(max_length=12, choices=Difference), default=list, blank=True
    )
    is_beyond = models.BooleanField(default=False)
    labels = models.JSONField(default=list, blank=True)
    order_number = models.CharField(max_length=35, blank=True)
    delivery_note = models.CharField(max_length=35, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(RECEIPT),
            SameOwner("receipt", on_delete="CASCADE"),
            SameOwner("part"),
            models.UniqueConstraint(
                fields=["owner", "receipt", "position"], name="inventory_receiptline_position"
            ),
            models.CheckConstraint(
                condition=Q(received__gte=0, damaged__gte=0) & Q(damaged__lte=F("received")),
                name="inventory_receiptline_sane",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "counterparty", "part_number"], name="inventory_receiptline_part"
            )
        ]


class ReceiptAnswer(Shared):
    """What the supplier (owner) says to a receipt that differs from its advice."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        DISPUTED = "disputed", _("Disputed")

    receipt_id = models.UUIDField()
    receipt_number = models.CharField(max_length=35)
    verdict = models.CharField(max_length=10, choices=Verdict)
    note = models.CharField(max_length=400, blank=True)
    answered_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(RECEIPT),
            models.UniqueConstraint(
                fields=["owner", "receipt_id"], name="inventory_receiptanswer_once"
            ),
        ]
