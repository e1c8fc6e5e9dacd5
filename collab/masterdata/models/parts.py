"""Parts, the numbers partners know them by, and the units only one part can translate."""

from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collab.masterdata.models.validity import DateRange
from collab.organisations.models import Organisation
from collab.sharing.models import Owned, OwnedForeignKey
from collab.sharing.walls import OwnWalls, SameOwner


class Part(Owned):
    """Something the owner makes, buys or builds in, under the owner's number for it.

    ``compare_key`` is the number in capitals without separators; two numbers with one key are
    reported, not refused, because separators do carry meaning in some old systems.
    """

    class Kind(models.TextChoices):
        PROGRAMME = "programme", _("Programme")
        ASSEMBLY = "assembly", _("Assembly")
        COMPONENT = "component", _("Component")
        MATERIAL = "material", _("Material")

    number = models.CharField(_("part number"), max_length=40)
    compare_key = models.CharField(max_length=40, editable=False)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.COMPONENT)
    base_unit = models.CharField(_("base unit"), max_length=3, default="H87")  # UN/ECE Rec 20
    gtin = models.CharField(_("GTIN"), max_length=14, blank=True)
    material_uuid = models.UUIDField(_("material UUID"), null=True, blank=True)
    gross_weight_g = models.DecimalField(
        _("gross weight [g]"), max_digits=14, decimal_places=3, null=True, blank=True
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            models.UniqueConstraint(fields=["owner", "number"], name="masterdata_part_number"),
            models.UniqueConstraint(
                fields=["owner", "gtin"], condition=~Q(gtin=""), name="masterdata_part_gtin"
            ),
            models.UniqueConstraint(
                fields=["owner", "material_uuid"], name="masterdata_part_material"
            ),
            models.CheckConstraint(condition=~Q(number=""), name="masterdata_part_has_number"),
            models.CheckConstraint(condition=~Q(compare_key=""), name="masterdata_part_has_key"),
            models.CheckConstraint(
                condition=Q(gross_weight_g__isnull=True) | Q(gross_weight_g__gte=0),
                name="masterdata_part_weight",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "compare_key"], name="masterdata_part_by_key"),
            models.Index(fields=["owner", "name", "id"], name="masterdata_part_by_name"),
            models.Index(fields=["owner", "-id"], name="masterdata_part_newest"),
        ]

    def __str__(self) -> str:
        return self.number


class PartAlias(Owned):
    """A partner's number for a part; on one day a partner's number means one part at most.

    Holds from ``valid_from`` on and before ``valid_to``; an open end is NULL.
    """

    part = OwnedForeignKey(Part)
    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    partner_number = models.CharField(_("partner's part number"), max_length=40)
    compare_key = models.CharField(max_length=40, editable=False)
    revision = models.CharField(_("revision"), max_length=20, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("part"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="masterdata_partalias_dates",
            ),
            models.CheckConstraint(
                condition=~Q(compare_key=""), name="masterdata_partalias_has_key"
            ),
            models.CheckConstraint(
                condition=~Q(partner=F("owner")), name="masterdata_partalias_of_another"
            ),
            ExclusionConstraint(
                name="masterdata_partalias_one_at_a_time",
                expressions=[
                    ("owner", RangeOperators.EQUAL),
                    ("partner", RangeOperators.EQUAL),
                    ("compare_key", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "part"], name="masterdata_partalias_of_part"),
        ]

    def __str__(self) -> str:
        return self.partner_number


class UnitFactor(Owned):
    """How many base units of a part one of another unit holds: what only this part can tell."""

    part = OwnedForeignKey(Part, on_delete=models.CASCADE)
    unit = models.CharField(_("unit"), max_length=3)
    factor = models.DecimalField(_("base units in one"), max_digits=18, decimal_places=9)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("part", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "part", "unit"], name="masterdata_unitfactor_unit"
            ),
            models.CheckConstraint(condition=Q(factor__gt=0), name="masterdata_unitfactor_above_0"),
        ]
