"""How an estimated arrival stands to its appointment (TR-13)."""

from datetime import datetime, timedelta
from enum import StrEnum

from transport.rules.eta_model import Eta
from transport.rules.tender import Window


class Colour(StrEnum):
    """How an arrival stands to its appointment."""

    ON_TIME = "on_time"
    LATE = "late"
    CANNOT_MAKE_IT = "cannot_make_it"
    NO_SIGNAL = "no_signal"


def colour(
    eta: Eta | None,
    appointment: Window,
    now: datetime,
    *,
    tolerance: timedelta = timedelta(0),
    stale_after: timedelta = timedelta(hours=1),
) -> Colour:
    """Return the colour of an appointment.

    No signal: no estimate, or its ping older than ``stale_after``. Cannot make it: even P10 is
    after the end of the window plus ``tolerance``. Late: P50 is. Else on time.
    """
    if eta is None or now - eta.ping_at > stale_after:
        return Colour.NO_SIGNAL
    latest = appointment.end + tolerance
    if eta.p10 > latest:
        return Colour.CANNOT_MAKE_IT
    return Colour.LATE if eta.p50 > latest else Colour.ON_TIME
