"""What holders will add to their stock: planned production."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from collab.masterdata.models import Part
from collab.organisations.models import Site
from collab.sharing.models import Owned, OwnedForeignKey, Shared
from collab.sharing.walls import OwnWalls, SameOwner, Walls
from inventory.models.coverage import COVERAGE


class PlannedOutput(Shared):
    """What the holder will add to its stock for one counterparty on a day: production to come."""

    part = OwnedForeignKey(Part)
    part_number = models.CharField(max_length=40)
    partner_part_number = models.CharField(max_length=40, blank=True)
    site = OwnedForeignKey(Site)
    site_code = models.CharField(max_length=20)
    on = models.DateField()
    quantity = models.DecimalField(max_digits=18, decimal_places=3)  # base units of the part
    unit = models.CharField(max_length=3, blank=True)
    planned_at = models.DateTimeField(auto_now=True)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(COVERAGE),
            SameOwner("part"),
            SameOwner("site"),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "part", "site", "on"],
                name="inventory_plannedoutput_day",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0), name="inventory_plannedoutput_quantity"
            ),
        ]


class PlanReceipt(Owned):
    """That a sender's statement of planned output was taken, so that a late copy changes nothing.

    ``fingerprint`` is a SHA-256 over what the statement said.
    """

    sender_key = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=64)
    on = models.DateField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(
                fields=["owner", "sender_key"], name="inventory_planreceipt_sender"
            ),
        ]
