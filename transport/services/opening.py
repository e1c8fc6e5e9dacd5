"""When places handle goods: calendars of master data, usual hours where there is none."""

from collections.abc import Sequence
from datetime import date, time

from collab.masterdata.queries import CalendarRow, calendars
from collab.organisations.context import acting, acting_organisation_id
from transport.rules.collection import Opening
from transport.services.places import Place

PLANT_HOURS = (time(6), time(22))
PARTNER_HOURS = (time(8), time(16))
_MEMO = "transport.calendars"


def opening_of(place: Place) -> Opening:
    """Return when a place handles goods.

    An own site keeps to its calendar, a partner's to the calendar of the partner; without one it
    is Monday to Friday, 06:00 to 22:00 at an own site and 08:00 to 16:00 at a partner's.
    """
    is_own = place["organisation_id"] == acting_organisation_id()
    found = calendar_at(place)
    opens, closes = PLANT_HOURS if is_own else PARTNER_HOURS
    if found is not None and found.opens_at and found.closes_at:
        opens, closes = found.opens_at, found.closes_at
    return Opening(
        opens=opens,
        closes=closes,
        timezone=place["timezone"],
        is_working=found.is_working if found else _is_weekday,
    )


def calendar_at(place: Place) -> CalendarRow | None:
    """Return the calendar that a place keeps to, ``None`` where usual hours have to do."""
    is_own = place["organisation_id"] == acting_organisation_id()
    return next(
        (
            each
            for each in known_calendars()
            if (each.site_code == place["site_code"] and not each.dock and is_own)
            or (not is_own and each.partner_id == place["organisation_id"])
        ),
        None,
    )


def known_calendars() -> Sequence[CalendarRow]:
    """Return own calendars; read once per unit of work."""
    memo = acting().memo
    if _MEMO not in memo:
        memo[_MEMO] = calendars()
    found: Sequence[CalendarRow] = memo[_MEMO]
    return found


def _is_weekday(day: date) -> bool:
    return day.isoweekday() <= 5
