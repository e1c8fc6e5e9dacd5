"""How a part is packed, in general or for one partner."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.masterdata.models.parts import Part
from collab.organisations.models import Organisation
from collab.sharing.models import Owned, OwnedForeignKey
from collab.sharing.walls import OwnWalls, SameOwner


class Packaging(Owned):
    """One kind of pack of a part; ``partner`` NULL means it holds for all without their own.

    ``quantity`` is in base units of the part, weights in kg, lengths in mm.
    """

    part = OwnedForeignKey(Part)
    partner = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    code = models.CharField(_("pack number"), max_length=20)
    kind = models.CharField(_("pack type"), max_length=3, default="BX")  # UN/ECE Rec 21
    quantity = models.DecimalField(_("quantity per pack"), max_digits=18, decimal_places=3)
    tare_weight_kg = models.DecimalField(
        _("empty weight [kg]"), max_digits=10, decimal_places=3, null=True, blank=True
    )
    length_mm = models.PositiveIntegerField(_("length [mm]"), null=True, blank=True)
    width_mm = models.PositiveIntegerField(_("width [mm]"), null=True, blank=True)
    height_mm = models.PositiveIntegerField(_("height [mm]"), null=True, blank=True)
    stack_limit = models.PositiveSmallIntegerField(_("stacked at most"), default=1)
    packs_per_load_unit = models.PositiveSmallIntegerField(_("packs per load unit"), default=1)
    is_returnable = models.BooleanField(_("returnable"), default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("part"),
            models.UniqueConstraint(
                fields=["owner", "part", "partner", "code"],
                nulls_distinct=False,
                name="masterdata_packaging_code",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="masterdata_packaging_filled"),
            models.CheckConstraint(
                condition=Q(stack_limit__gte=1, packs_per_load_unit__gte=1),
                name="masterdata_packaging_stack",
            ),
            models.CheckConstraint(
                condition=Q(tare_weight_kg__isnull=True) | Q(tare_weight_kg__gte=0),
                name="masterdata_packaging_weight",
            ),
        ]

    def __str__(self) -> str:
        return self.code
