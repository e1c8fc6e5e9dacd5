"""On which days a place or a partner works."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collab.organisations.models import Organisation, Site
from collab.sharing.models import Owned, OwnedForeignKey
from collab.sharing.walls import OwnWalls, SameOwner

WEEKDAYS = (1, 2, 3, 4, 5)


def monday_to_friday() -> list[int]:
    """Return the ISO weekdays of the usual working week."""
    return list(WEEKDAYS)


class WorkingCalendar(Owned):
    """The working week of a site, of one of its docks, or of a carrier; exceptions come on top.

    ``weekdays`` are ISO numbers, 1 = Monday; opening times are local to the site or partner.
    A calendar of a site with ``dock`` counts before the site's own.
    """

    name = models.CharField(_("name"), max_length=80)
    site = OwnedForeignKey(Site, null=True, blank=True)
    dock = models.CharField(_("dock"), max_length=20, blank=True)
    partner = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=monday_to_friday)
    opens_at = models.TimeField(_("opens at"), null=True, blank=True)
    closes_at = models.TimeField(_("closes at"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("site"),
            models.UniqueConstraint(fields=["owner", "name"], name="masterdata_calendar_name"),
            models.UniqueConstraint(
                fields=["owner", "site", "dock"],
                condition=Q(site__isnull=False),
                name="masterdata_calendar_of_site",
            ),
            models.UniqueConstraint(
                fields=["owner", "partner"],
                condition=Q(partner__isnull=False),
                name="masterdata_calendar_of_partner",
            ),
            models.CheckConstraint(
                condition=Q(site__isnull=True) | Q(partner__isnull=True),
                name="masterdata_calendar_one_place",
            ),
            models.CheckConstraint(
                condition=Q(dock="") | Q(site__isnull=False), name="masterdata_calendar_dock_site"
            ),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7]),
                name="masterdata_calendar_weekdays",
            ),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True, closes_at__isnull=True)
                | Q(opens_at__isnull=False, closes_at__isnull=False, closes_at__gt=F("opens_at")),
                name="masterdata_calendar_opening",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CalendarException(Owned):
    """A day that differs from the week: a holiday, a shutdown day, or a Saturday that is worked."""

    calendar = OwnedForeignKey(WorkingCalendar, on_delete=models.CASCADE)
    on = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=80)
    is_working = models.BooleanField(_("worked"), default=False)

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(),
            SameOwner("calendar", on_delete="CASCADE"),
            models.UniqueConstraint(
                fields=["owner", "calendar", "on"], name="masterdata_calendarexception_day"
            ),
        ]
