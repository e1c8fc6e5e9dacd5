"""Planned arrivals of a day at one's own site against its doors (TR-09)."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Site
from transport.models import Load, VehicleType, Visit
from transport.rules.dock_peaks import Arrival, Bucket, peaks, profile
from transport.services.opening import known_calendars

ANY = "any"
_NUMBER = re.compile(r"[\W_]*\d+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class DockDay:
    """One day at one site; ``doors`` by capability, empty where master data knows none."""

    site_code: str
    day: date
    doors: Mapping[str, int]
    buckets: Sequence[Bucket]
    peaks: Sequence[Bucket]
    arrivals: int

    @property
    def has_doors(self) -> bool:
        """Whether any door is known."""
        return bool(self.doors)


def dock_day(site_code: str, day: date) -> DockDay:
    """Return the planned arrivals of a day per quarter of an hour against the doors.

    A door is a calendar of master data that names the site and a dock. Its capability is the
    dock's code without the number: SIDE-1 and SIDE-2 are two doors for ``side``. A truck whose
    type asks for none of them may use any. Times are local to the site.
    """
    site = Site.objects.filter(code=site_code).first()
    if site is None:
        raise Refused("site", "the code of a site of yours", site_code)
    zone = ZoneInfo(site.timezone)
    first = datetime.combine(day, time(0), zone)
    doors = doors_of(site_code, day)
    visits = Visit.objects.filter(
        counterparty_id=acting_organisation_id(),
        place__site_code=site_code,
        planned_arrival__gte=first,
        planned_arrival__lt=first + timedelta(days=1),
    ).exclude(load_state="cancelled")
    rows = list(visits.values_list("load_id", "load_number", "planned_arrival", "dock"))
    needs = _needs([row[0] for row in rows])
    arrivals = []
    for load_id, number, at, dock in rows:
        wanted = capability_of(dock) if dock else needs.get(load_id, ANY)
        minute = (at.astimezone(zone) - first).total_seconds() / 60
        arrivals.append(Arrival(number, minute, wanted if wanted in doors else ANY))
    known = {ANY: sum(doors.values()), **doors}
    buckets = profile(arrivals, known)
    return DockDay(
        site_code=site_code,
        day=day,
        doors=doors,
        buckets=buckets,
        peaks=peaks(buckets) if doors else (),
        arrivals=len(arrivals),
    )


def doors_of(site_code: str, day: date) -> dict[str, int]:
    """Return how many doors of each capability are worked at an own site on a day."""
    return dict(
        Counter(
            capability_of(each.dock)
            for each in known_calendars()
            if each.site_code == site_code and each.dock and each.is_working(day)
        )
    )


def capability_of(dock: str) -> str:
    """Return the capability that a dock's code names: ``side`` of SIDE-2."""
    return _NUMBER.sub("", dock).lower() or ANY


def _needs(load_ids: Sequence[object]) -> dict[object, str]:
    """Return the first capability that the vehicle type of each load asks for."""
    types = dict(VehicleType.objects.values_list("code", "capabilities"))
    rows = Load.objects.filter(pk__in=list(load_ids)).values_list("pk", "vehicle_type")
    return {key: str(types[code][0]).lower() for key, code in rows if types.get(code)}
