"""When a truck is where: stops in their order, with windows, breaks and rests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from collab.masterdata.refusals import Refused
from transport.rules.driver import Activity, Kind, insert_breaks
from transport.services.distances import road
from transport.services.layout import StopPlan

SERVICE = timedelta(minutes=45)


def timed(stops: Sequence[StopPlan], *, start: datetime) -> list[StopPlan]:
    """Return the stops with planned times from ``start`` on, as early as windows allow.

    45 minutes at each stop; driving is broken and rested as the driver rules ask. A truck that
    is early waits.

    Raises ``Refused`` naming the first place that would be reached after its window.
    """
    matrix = road([each.place for each in stops])
    done: list[Activity] = []
    found: list[StopPlan] = []
    at = start
    for before, stop in zip([None, *stops], stops, strict=False):
        code = stop.place["code"]
        if before is not None:
            hop = matrix.hop(before.place["code"], code)
            done.append(Activity(Kind.DRIVE, hop.minutes, code))
            plan = insert_breaks(done, overnight=True)
            at = start + timedelta(minutes=sum(each.minutes for each in plan))
        if at > stop.window_until:
            expected = f"stops that reach {stop.place['name']} by {_text(stop.window_until)}"
            raise Refused("orders", expected, _text(at))
        wait = max(timedelta(0), stop.window_from - at)
        if wait:
            rests = wait >= timedelta(hours=11)
            done.append(Activity(Kind.REST if rests else Kind.WAIT, wait / MINUTE, code))
        done.append(Activity(Kind.WORK, SERVICE / MINUTE, code))
        arrival = at + wait
        found.append(replace(stop, planned_arrival=arrival, planned_departure=arrival + SERVICE))
        at = arrival + SERVICE
    return found


MINUTE = timedelta(minutes=1)


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
