"""Catena-X: under which identifiers own things are known, and what partners stated of theirs."""

from typing import Any, ClassVar

from django.db import models

from collab.masterdata.models import Part
from collab.organisations.models import Organisation, Site
from collab.sharing.models import Owned, OwnedForeignKey
from collab.sharing.walls import OwnWalls, SameOwner


class MaterialTwin(Owned):
    """The identifier under which a part is known in the dataspace between it and a partner."""

    part = OwnedForeignKey(Part)
    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    asset_id = models.UUIDField()

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("part"),
            models.UniqueConstraint(
                fields=["owner", "partner", "part"], name="inventory_materialtwin_part"
            ),
            models.UniqueConstraint(
                fields=["owner", "partner", "asset_id"], name="inventory_materialtwin_asset"
            ),
        ]


class SiteAddress(Owned):
    """The business partner number of the address (BPNA) of an own site."""

    site = OwnedForeignKey(Site)
    bpna = models.CharField(max_length=16)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("site"),
            models.UniqueConstraint(fields=["owner", "site"], name="inventory_siteaddress_site"),
        ]


class StatedAspect(Owned):
    """The newest aspect that a partner sent about a part; ``direction`` is empty where it has none.

    ``document`` is the aspect as it came, ``changed_at`` its newest time of update.
    """

    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    part = OwnedForeignKey(Part)
    part_number = models.CharField(max_length=40)
    model = models.CharField(max_length=40)
    direction = models.CharField(max_length=8, blank=True)
    document = models.TextField()  # JSON: numbers stay exactly as they came
    changed_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(auto_now=True)
    message_id = models.UUIDField()

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("part"),
            models.UniqueConstraint(
                fields=["owner", "partner", "part", "model", "direction"],
                name="inventory_statedaspect_key",
            ),
        ]
