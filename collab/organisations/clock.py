"""The organisation's clock: which calendar day an instant falls on.

Times are *shown* in the reader's zone; days are *decided* in the organisation's. So a plan, a
release and a due day mean the same week to the planner at a page, to a system over REST and to a
job at night, wherever the planner happens to be.
"""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from collab.organisations.context import acting_organisation

NIGHT_FROM: Final = 1
"""O'clock of the organisation at which its night's work begins."""


def own_zone() -> ZoneInfo:
    """Return the zone of the organisation acted for."""
    return ZoneInfo(acting_organisation().timezone)


def own_day(at: datetime | None = None) -> date:
    """Return the day of ``at`` (aware; now if None) by the clock of the organisation acted for."""
    return timezone.localdate(at, own_zone())


def night_of(at: datetime) -> date | None:
    """Return the day whose night has begun at ``at`` (aware) for the acting one; None till then."""
    here = at.astimezone(own_zone())
    return here.date() if here.hour >= NIGHT_FROM else None
