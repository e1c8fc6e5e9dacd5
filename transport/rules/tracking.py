"""When positions may exist, which are refused, and why none come (TR-12, TR-14)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import isfinite

from transport.rules.road import great_circle_km

BEFORE_PICKUP = timedelta(minutes=90)
AFTER_DELIVERY = timedelta(days=7)
POLL_NEAR = timedelta(minutes=15)
POLL_FAR = timedelta(minutes=30)
NEAR_KM = 100.0
FUTURE_TOLERANCE = timedelta(minutes=2)
NULL_ISLAND_DEGREES = 0.01
FASTEST_KMH = 130.0
JITTER_KM = 0.5


@dataclass(frozen=True, slots=True)
class TrackingWindow:
    """Positions may exist from ``start`` to ``end``, both included."""

    start: datetime
    end: datetime

    def covers(self, instant: datetime) -> bool:
        """Return whether a position of ``instant`` may exist."""
        return self.start <= instant <= self.end


def tracking_window(
    pickup_start: datetime, delivery_end: datetime, ended_at: datetime | None = None
) -> TrackingWindow:
    """Return 90 min before the pickup window to 7 days after the delivery window.

    ``ended_at``, the instant the load was unloaded or cancelled, ends it at once: a driver is
    followed only while the load is active. Raises ``ValueError`` if delivery ends before pickup.
    """
    if delivery_end < pickup_start:
        raise ValueError(f"expected delivery after pickup {pickup_start}, got {delivery_end}")
    start = pickup_start - BEFORE_PICKUP
    end = delivery_end + AFTER_DELIVERY
    if ended_at is not None:
        end = max(start, min(end, ended_at))
    return TrackingWindow(start, end)


def poll_interval(km_to_next_stop: float | None) -> timedelta:
    """Return how often to ask for a position: 15 min near the next stop, 30 min far or unknown."""
    if km_to_next_stop is not None and km_to_next_stop <= NEAR_KM:
        return POLL_NEAR
    return POLL_FAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """A position [degrees WGS 84] that ``device`` says to have had at ``at``."""

    device: str
    at: datetime
    latitude: float
    longitude: float


class PingCause(StrEnum):
    """Why a position is refused: stable codes."""

    OFF_PLANET = "off_planet"
    NULL_ISLAND = "null_island"
    FOREIGN_DEVICE = "foreign_device"
    FUTURE = "future"
    OUTSIDE_WINDOW = "outside_window"
    IMPOSSIBLE_SPEED = "impossible_speed"


@dataclass(frozen=True, slots=True)
class PingRefusal:
    """A refused position: code and what to tell the sender."""

    cause: PingCause
    reason: str


def ping_refusal(
    ping: Ping,
    *,
    received_at: datetime,
    window: TrackingWindow,
    devices: Collection[str],
    previous: Ping | None = None,
) -> PingRefusal | None:
    """Return why a position is refused, ``None`` if it is taken; the first cause that holds.

    Parameters
    ----------
    received_at
        When the platform heard it; up to 2 min later is a clock that goes a little fast.
    devices
        Devices assigned to this load.
    previous
        The taken position nearest before ``ping`` in time, of the same load, if any. A position
        that is older than it is judged by the same speed, so order of arrival does not matter.
    """
    if not _is_on_earth(ping):
        reason = f"({ping.latitude}, {ping.longitude}) is not on this planet."
        return PingRefusal(PingCause.OFF_PLANET, reason)
    if max(abs(ping.latitude), abs(ping.longitude)) < NULL_ISLAND_DEGREES:
        return PingRefusal(PingCause.NULL_ISLAND, "(0, 0) is what a device says without a fix.")
    if ping.device not in devices:
        return PingRefusal(PingCause.FOREIGN_DEVICE, f"{ping.device} does not carry this load.")
    if ping.at - received_at > FUTURE_TOLERANCE:
        minutes = (ping.at - received_at) / timedelta(minutes=1)
        return PingRefusal(PingCause.FUTURE, f"The position lies {minutes:.0f} min in the future.")
    if not window.covers(ping.at):
        return PingRefusal(
            PingCause.OUTSIDE_WINDOW,
            f"The load is tracked from {window.start:%Y-%m-%d %H:%M} "
            f"to {window.end:%Y-%m-%d %H:%M %Z} only.",
        )
    if previous is not None:
        speed = speed_kmh(previous, ping)
        if speed > FASTEST_KMH:
            return PingRefusal(
                PingCause.IMPOSSIBLE_SPEED, f"No truck drives {speed:.0f} km/h between two pings."
            )
    return None


def speed_kmh(one: Ping, other: Ping) -> float:
    """Return the speed between two positions [km/h]; a move within the fix error (500 m) is 0."""
    km = great_circle_km(one.latitude, one.longitude, other.latitude, other.longitude) - JITTER_KM
    if km <= 0:
        return 0.0
    hours = abs((other.at - one.at) / timedelta(hours=1))
    return km / hours if hours else float("inf")


def _is_on_earth(ping: Ping) -> bool:
    return (
        isfinite(ping.latitude)
        and isfinite(ping.longitude)
        and abs(ping.latitude) <= 90
        and abs(ping.longitude) <= 180
    )


class MissingCause(StrEnum):
    """Why a load has no position (TR-14)."""

    CARRIER_NOT_ONBOARDED = "carrier_not_onboarded"
    NO_EQUIPMENT_TO_CUSTOMER = "no_equipment_to_customer"
    NO_EQUIPMENT_TO_PLATFORM = "no_equipment_to_platform"
    NEVER_TRACKED = "never_tracked"
    SIGNAL_LOST = "signal_lost"


class MissingOwner(StrEnum):
    """Whose turn it is."""

    PLANNER = "planner"
    CARRIER = "carrier"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class MissingTracking:
    """Cause, what to do about it and who does it."""

    cause: MissingCause
    action: str
    owner: MissingOwner


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingFacts:
    """What is known of the tracking of a load."""

    is_carrier_onboarded: bool
    has_customer_equipment: bool  # plate or device told to the customer in the order
    has_platform_equipment: bool  # plate or device known to the platform
    last_ping_at: datetime | None


def missing_cause(
    facts: TrackingFacts, *, now: datetime, window: TrackingWindow
) -> MissingTracking | None:
    """Return why no position comes, ``None`` if there is nothing to miss.

    Nothing is missed outside the window nor while the last position is at most two far polling
    intervals old. The earliest broken link of the chain is named.
    """
    fresh = facts.last_ping_at is not None and now - facts.last_ping_at <= 2 * POLL_FAR
    if fresh or not window.start + 2 * POLL_FAR <= now <= window.end:
        return None
    if facts.last_ping_at is not None:
        return MissingTracking(
            MissingCause.SIGNAL_LOST,
            "Call the driver: the device fell silent.",
            MissingOwner.CARRIER,
        )
    if not facts.is_carrier_onboarded:
        return MissingTracking(
            MissingCause.CARRIER_NOT_ONBOARDED,
            "Invite the carrier, or send the driver a link.",
            MissingOwner.PLANNER,
        )
    if not facts.has_platform_equipment:
        if facts.has_customer_equipment:
            return MissingTracking(
                MissingCause.NO_EQUIPMENT_TO_PLATFORM,
                "Pass on the licence plate or device the carrier named in the order.",
                MissingOwner.CUSTOMER,
            )
        return MissingTracking(
            MissingCause.NO_EQUIPMENT_TO_CUSTOMER,
            "Name the licence plate or device of this load.",
            MissingOwner.CARRIER,
        )
    return MissingTracking(
        MissingCause.NEVER_TRACKED,
        "Check that the telematics account shares this vehicle, or send the driver a link.",
        MissingOwner.CARRIER,
    )
