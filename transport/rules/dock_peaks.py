"""Planned arrivals per 15 minutes against doors: peaks, their cost, before and after (TR-09).

Minutes count from 00:00 of the site's day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BUCKET_MIN = 15


@dataclass(frozen=True, slots=True)
class Arrival:
    """A truck planned at ``minute`` that needs a door of ``capability``."""

    truck: str
    minute: float
    capability: str


@dataclass(frozen=True, slots=True)
class Bucket:
    """Arrivals of one capability in a quarter of an hour, and the doors for them."""

    start_min: int
    capability: str
    trucks: tuple[str, ...]
    doors: int

    @property
    def arrivals(self) -> int:
        """How many trucks come."""
        return len(self.trucks)

    @property
    def excess(self) -> int:
        """Trucks that find no door, >= 0."""
        return max(0, self.arrivals - self.doors)


def profile(
    arrivals: Sequence[Arrival], doors: Mapping[str, int], bucket_min: int = BUCKET_MIN
) -> tuple[Bucket, ...]:
    """Return the buckets in which somebody arrives, by time, then capability.

    Raises ``ValueError`` if a capability has no entry in ``doors`` (0 doors is an entry), doors
    are negative or the bucket is not positive.
    """
    if bucket_min <= 0:
        raise ValueError(f"expected a bucket > 0 min, got {bucket_min}")
    if any(count < 0 for count in doors.values()):
        raise ValueError("expected doors >= 0")
    trucks: dict[tuple[int, str], list[str]] = {}
    for arrival in arrivals:
        if arrival.capability not in doors:
            raise ValueError(f"expected doors for {arrival.capability}, got none ({arrival.truck})")
        start = int(arrival.minute // bucket_min) * bucket_min
        trucks.setdefault((start, arrival.capability), []).append(arrival.truck)
    return tuple(
        Bucket(start, capability, tuple(sorted(trucks[start, capability])), doors[capability])
        for start, capability in sorted(trucks)
    )


def peaks(buckets: Sequence[Bucket]) -> tuple[Bucket, ...]:
    """Return the buckets with more trucks than doors, the worst first."""
    found = [each for each in buckets if each.excess]
    return tuple(sorted(found, key=lambda each: (-each.excess, each.start_min, each.capability)))


def peak_cents(buckets: Sequence[Bucket], cents_per_truck: int) -> int:
    """Return what the peaks cost in a route plan: trucks without a door x ``cents_per_truck``."""
    if cents_per_truck < 0:
        raise ValueError(f"expected cost >= 0, got {cents_per_truck}")
    return sum(each.excess for each in buckets) * cents_per_truck


@dataclass(frozen=True, slots=True)
class Change:
    """Arrivals of one capability and quarter before and after a re-plan."""

    start_min: int
    capability: str
    before: int
    after: int
    doors: int


def before_after(before: Sequence[Bucket], after: Sequence[Bucket]) -> tuple[Change, ...]:
    """Return both profiles side by side, every bucket of either, by time, then capability."""
    old = {(each.start_min, each.capability): each for each in before}
    new = {(each.start_min, each.capability): each for each in after}
    return tuple(
        Change(
            *key,
            before=old[key].arrivals if key in old else 0,
            after=new[key].arrivals if key in new else 0,
            doors=(new.get(key) or old[key]).doors,
        )
        for key in sorted(old.keys() | new.keys())
    )
