"""When a carrier's fixed services leave: the timetable of part loads."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collab.sharing.models import Shared
from collab.sharing.walls import Walls
from transport.models.money import TARIFF


class Departure(Shared):
    """One weekly service of a carrier (counterparty) on a lane, as its customer (owner) books it.

    Zones are those of tariffs: a site's code, a post code area, a country. Minutes count from
    midnight of the clock at the origin, ``arrives_minute`` at the destination, ``transit_days``
    calendar days after the day of departure. Freight must be there ``cut_off_minutes`` before.
    """

    code = models.CharField(_("code"), max_length=35)
    origin_zone = models.CharField(max_length=60)
    destination_zone = models.CharField(max_length=60)
    weekday = models.PositiveSmallIntegerField(_("weekday"))  # 0 = Monday
    departs_minute = models.PositiveSmallIntegerField(_("departs"))
    cut_off_minutes = models.PositiveSmallIntegerField(_("cut-off [min before]"), default=0)
    transit_days = models.PositiveSmallIntegerField(_("transit days"))
    arrives_minute = models.PositiveSmallIntegerField(_("arrives"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)  # first day without it
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(Shared.Meta):
        constraints: ClassVar[list[Any]] = [
            Walls(TARIFF),
            models.UniqueConstraint(
                fields=["owner", "counterparty", "code", "weekday"],
                name="transport_departure_code",
            ),
            models.CheckConstraint(
                condition=Q(
                    weekday__lte=6,
                    departs_minute__lt=1440,
                    arrives_minute__lt=1440,
                    transit_days__lte=30,
                    cut_off_minutes__lte=2880,
                ),
                name="transport_departure_clock",
            ),
            models.CheckConstraint(
                condition=Q(transit_days__gt=0) | Q(arrives_minute__gt=F("departs_minute")),
                name="transport_departure_onwards",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="transport_departure_dates",
            ),
        ]

    def __str__(self) -> str:
        return self.code
