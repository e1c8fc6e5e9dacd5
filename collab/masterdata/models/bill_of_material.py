"""What a part is made of: one row a component and position."""

from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collab.masterdata.models.parts import Part
from collab.masterdata.models.validity import DateRange
from collab.sharing.models import Owned, OwnedForeignKey
from collab.sharing.walls import OwnWalls, SameOwner


class BomLine(Owned):
    """``quantity`` [``unit``] of ``component`` goes into one base unit of ``parent``.

    ``take_rate`` is the share of parents that have it, ``scrap_rate`` the share added for losses.
    Effective from ``valid_from`` on and before ``valid_to``; NULL leaves that side open. Of the
    lines of one ``alternate_group`` the effective one with the lowest ``priority`` counts.
    """

    parent = OwnedForeignKey(Part)
    component = OwnedForeignKey(Part)
    position = models.CharField(_("position"), max_length=10, blank=True)
    quantity = models.DecimalField(_("usage"), max_digits=18, decimal_places=6)
    unit = models.CharField(_("unit"), max_length=3)
    take_rate = models.DecimalField(_("take rate"), max_digits=7, decimal_places=6, default=1)
    scrap_rate = models.DecimalField(_("scrap rate"), max_digits=7, decimal_places=6, default=0)
    valid_from = models.DateField(_("effective from"), null=True, blank=True)
    valid_to = models.DateField(_("effective until"), null=True, blank=True)
    change_number = models.CharField(_("change number"), max_length=20, blank=True)
    alternate_group = models.CharField(_("alternate group"), max_length=20, blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"), default=1)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("parent"),
            SameOwner("component"),
            models.CheckConstraint(
                condition=~Q(parent=F("component")), name="masterdata_bomline_not_itself"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="masterdata_bomline_usage"),
            models.CheckConstraint(
                condition=Q(take_rate__gt=0, take_rate__lte=1), name="masterdata_bomline_take_rate"
            ),
            models.CheckConstraint(condition=Q(scrap_rate__gte=0), name="masterdata_bomline_scrap"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_to__gt=F("valid_from")),
                name="masterdata_bomline_dates",
            ),
            ExclusionConstraint(
                name="masterdata_bomline_one_at_a_time",
                expressions=[
                    ("owner", RangeOperators.EQUAL),
                    ("parent", RangeOperators.EQUAL),
                    ("component", RangeOperators.EQUAL),
                    ("position", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "component"], name="masterdata_bomline_up"),
            models.Index(fields=["owner", "parent"], name="masterdata_bomline_down"),
        ]
