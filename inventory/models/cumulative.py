"""Where the counters of one part between two partners stand (IN-08)."""

from typing import Any, ClassVar

from django.db import models

from collab.sharing.models import Shared
from collab.sharing.walls import Walls
from inventory.models.receipts import RECEIPT


class CumulativeStanding(Shared):
    """The counters of a customer (owner) with a supplier, per part and site [base units].

    Derived from documents by ``services.cumulative`` and never written by hand. ``since`` is the
    reset that began the period; the period before it counts only while something of it is on the
    road or does not add up.
    """

    part_number = models.CharField(max_length=40)
    supplier_part_number = models.CharField(max_length=40, blank=True)
    site_code = models.CharField(max_length=20, blank=True)
    unit = models.CharField(max_length=3)
    since = models.DateField(null=True, blank=True)
    received = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    shipped = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    open_advices = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    mismatch = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    required = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)
    not_yet_received = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)
    over_received = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)
    to_ship = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)
    previous_open = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    previous_mismatch = models.DecimalField(max_digits=18, decimal_places=3, default=0)
    observed_at = models.DateTimeField(null=True, blank=True)  # of the newest document
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(RECEIPT),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "part_number", "site_code"],
                name="inventory_cumulative_key",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["owner", "counterparty", "part_number"], name="inventory_cumulative_part"
            )
        ]

    def __str__(self) -> str:
        return f"{self.part_number} at {self.site_code}"
