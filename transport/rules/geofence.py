"""Arrival at and departure from sites, read from positions with hysteresis (TR-12)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from transport.rules.road import great_circle_km
from transport.rules.tracking import Ping


@dataclass(frozen=True, slots=True, kw_only=True)
class Geofence:
    """A site [degrees WGS 84]: inside from ``radius_m`` on, outside only beyond ``exit_m``.

    The ring between keeps a truck that stands at the fence from coming and going.
    """

    site: str
    latitude: float
    longitude: float
    radius_m: float = 300.0
    exit_m: float = 600.0

    def __post_init__(self) -> None:
        if not 0 < self.radius_m < self.exit_m:
            raise ValueError(f"expected 0 < radius < exit, got {self.radius_m} and {self.exit_m}")

    def metres(self, ping: Ping) -> float:
        """Return the distance of a position from the site [m]."""
        return 1000 * great_circle_km(self.latitude, self.longitude, ping.latitude, ping.longitude)


class MilestoneKind(StrEnum):
    """What a truck did at a site."""

    ARRIVED = "arrived"
    DEPARTED = "departed"


@dataclass(frozen=True, slots=True)
class Milestone:
    """Seen at the first position that shows it."""

    site: str
    kind: MilestoneKind
    at: datetime


def milestones(pings: Iterable[Ping], fences: Sequence[Geofence]) -> tuple[Milestone, ...]:
    """Return arrivals and departures in order of time; pings in any order, doubles change nothing.

    Per site they alternate, beginning with an arrival. Drive-through between two pings is not
    seen, nor invented.
    """
    ordered = sorted(pings, key=lambda ping: (ping.at, ping.latitude, ping.longitude))
    inside: set[str] = set()
    found: list[Milestone] = []
    for ping in ordered:
        for fence in fences:
            metres = fence.metres(ping)
            if fence.site not in inside and metres <= fence.radius_m:
                inside.add(fence.site)
                found.append(Milestone(fence.site, MilestoneKind.ARRIVED, ping.at))
            elif fence.site in inside and metres > fence.exit_m:
                inside.discard(fence.site)
                found.append(Milestone(fence.site, MilestoneKind.DEPARTED, ping.at))
    return tuple(found)
