"""The clock of the cast: all its organisations and sites keep the time of Berlin."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")


def today_here() -> date:
    """Return today where the cast lives, which near midnight is not today in UTC."""
    return datetime.now(ZONE).date()
