"""The codes by which partners know the owner's sites and unloading points."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.organisations.models import Organisation, Site
from collab.sharing.models import Owned, OwnedForeignKey
from collab.sharing.walls import OwnWalls, SameOwner


class SiteAlias(Owned):
    """A partner's code for a site, or for the dock or line of it that ``unloading_point`` names.

    A code that is not here is unknown: what it came with is held, never sent to a default.
    """

    site = OwnedForeignKey(Site)
    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    partner_code = models.CharField(_("partner's code"), max_length=40)
    compare_key = models.CharField(max_length=40, editable=False)
    unloading_point = models.CharField(_("dock or line"), max_length=20, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("site"),
            models.UniqueConstraint(
                fields=["owner", "partner", "compare_key"], name="masterdata_sitealias_code"
            ),
            models.CheckConstraint(
                condition=~Q(compare_key=""), name="masterdata_sitealias_has_key"
            ),
        ]

    def __str__(self) -> str:
        return self.partner_code
