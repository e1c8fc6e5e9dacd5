"""When a driver may be followed, which positions are refused, and why none come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rules.geofence import Geofence, Milestone, MilestoneKind, milestones
from transport.rules.tracking import (
    MissingCause,
    MissingOwner,
    Ping,
    PingCause,
    TrackingFacts,
    missing_cause,
    ping_refusal,
    poll_interval,
    tracking_window,
)

PICKUP = datetime(2026, 11, 9, 8, tzinfo=UTC)
DELIVERY = PICKUP + timedelta(hours=30)
WINDOW = tracking_window(PICKUP, DELIVERY)
PING = Ping(device="plate B 77 ABC", at=PICKUP, latitude=45.65, longitude=25.6)
DEVICES = frozenset({PING.device})


def refused(ping: Ping, received_at: datetime | None = None, previous: Ping | None = None):
    found = ping_refusal(
        ping,
        received_at=received_at or ping.at,
        window=WINDOW,
        devices=DEVICES,
        previous=previous,
    )
    return found and found.cause


def test_the_window_of_a_load() -> None:
    assert WINDOW.start == PICKUP - timedelta(minutes=90)
    assert WINDOW.end == DELIVERY + timedelta(days=7)
    unloaded = PICKUP + timedelta(hours=20)
    assert tracking_window(PICKUP, DELIVERY, unloaded).end == unloaded
    cancelled = PICKUP - timedelta(days=2)
    assert not tracking_window(PICKUP, DELIVERY, cancelled).covers(PICKUP)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({}, None),
        ({"at": WINDOW.start}, None),
        ({"at": WINDOW.end}, None),
        ({"at": WINDOW.start - timedelta(seconds=1)}, PingCause.OUTSIDE_WINDOW),
        ({"at": WINDOW.end + timedelta(seconds=1)}, PingCause.OUTSIDE_WINDOW),
        ({"latitude": 90.1}, PingCause.OFF_PLANET),
        ({"longitude": float("nan")}, PingCause.OFF_PLANET),
        ({"latitude": 0.0, "longitude": 0.0}, PingCause.NULL_ISLAND),
        ({"latitude": 0.0}, None),  # the equator is a place
        ({"device": "somebody else"}, PingCause.FOREIGN_DEVICE),
    ],
)
def test_which_pings_are_refused(change: dict[str, object], cause: PingCause | None) -> None:
    assert refused(replace(PING, **change)) == cause


def test_a_clock_may_go_two_minutes_fast() -> None:
    assert refused(PING, received_at=PING.at - timedelta(minutes=2)) is None
    early = PING.at - timedelta(minutes=2, seconds=1)
    assert refused(PING, received_at=early) == PingCause.FUTURE


def test_no_truck_flies_whatever_the_order_of_arrival() -> None:
    later = replace(PING, at=PING.at + timedelta(minutes=30), latitude=46.65)  # 111 km
    assert refused(later, previous=PING) == PingCause.IMPOSSIBLE_SPEED
    assert refused(PING, previous=later) == PingCause.IMPOSSIBLE_SPEED
    slower = replace(later, at=PING.at + timedelta(hours=2))
    assert refused(slower, previous=PING) is None
    jitter = replace(PING, latitude=PING.latitude + 0.003)  # 330 m at the same instant
    assert refused(jitter, previous=PING) is None


def test_polling() -> None:
    assert [poll_interval(km) / timedelta(minutes=1) for km in (None, 400, 100, 3)] == [
        30, 30, 15, 15,
    ]  # fmt: skip


@given(st.datetimes(timezones=st.just(UTC)), st.floats(), st.floats())
def test_no_position_outside_the_window_is_ever_taken(
    at: datetime, latitude: float, longitude: float
) -> None:
    ping = Ping(device=PING.device, at=at, latitude=latitude, longitude=longitude)
    if refused(ping) is None:
        assert WINDOW.covers(at)
        assert abs(latitude) <= 90
        assert abs(longitude) <= 180


FACTS = TrackingFacts(
    is_carrier_onboarded=True, has_customer_equipment=True, has_platform_equipment=True,
    last_ping_at=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "cause", "owner"),
    [
        ({}, MissingCause.NEVER_TRACKED, MissingOwner.CARRIER),
        (
            {"is_carrier_onboarded": False},
            MissingCause.CARRIER_NOT_ONBOARDED, MissingOwner.PLANNER,
        ),
        (
            {"has_platform_equipment": False},
            MissingCause.NO_EQUIPMENT_TO_PLATFORM, MissingOwner.CUSTOMER,
        ),
        (
            {"has_platform_equipment": False, "has_customer_equipment": False},
            MissingCause.NO_EQUIPMENT_TO_CUSTOMER, MissingOwner.CARRIER,
        ),
        ({"last_ping_at": PICKUP}, MissingCause.SIGNAL_LOST, MissingOwner.CARRIER),
    ],
)  # fmt: skip
def test_missing_tracking_has_a_cause_an_action_and_an_owner(
    change: dict[str, object], cause: MissingCause, owner: MissingOwner
) -> None:
    now = PICKUP + timedelta(hours=3)
    found = missing_cause(replace(FACTS, **change), now=now, window=WINDOW)
    assert found is not None
    assert (found.cause, found.owner) == (cause, owner)
    assert found.action


def test_nothing_is_missed_before_after_or_with_a_fresh_ping() -> None:
    fresh = replace(FACTS, last_ping_at=PICKUP)
    assert missing_cause(fresh, now=PICKUP + timedelta(hours=1), window=WINDOW) is None
    assert missing_cause(FACTS, now=WINDOW.start, window=WINDOW) is None
    assert missing_cause(FACTS, now=WINDOW.end + timedelta(1), window=WINDOW) is None


FENCE = Geofence(site="Plant", latitude=45.65, longitude=25.6, radius_m=300, exit_m=600)
METRE = 1 / 111_195  # degrees of latitude


def pings_at(*metres: float) -> list[Ping]:
    return [
        replace(PING, at=PICKUP + timedelta(minutes=15 * i), latitude=45.65 + each * METRE)
        for i, each in enumerate(metres)
    ]


def test_a_truck_at_the_fence_comes_and_goes_once() -> None:
    there = pings_at(5000, 290, 310, 280, 590, 310, 900, 400)
    assert milestones(there, [FENCE]) == (
        Milestone("Plant", MilestoneKind.ARRIVED, there[1].at),
        Milestone("Plant", MilestoneKind.DEPARTED, there[6].at),
    )


@given(st.lists(st.floats(0, 2000), max_size=20), st.randoms(use_true_random=False))
def test_milestones_alternate_whatever_order_pings_come_in(
    metres: list[float], chance: object
) -> None:
    there = pings_at(*metres)
    found = milestones(there, [FENCE])
    kinds = [each.kind for each in found]
    assert kinds == [MilestoneKind.ARRIVED, MilestoneKind.DEPARTED] * (len(kinds) // 2) + [
        MilestoneKind.ARRIVED
    ] * (len(kinds) % 2)
    mixed = [*there, *there]
    chance.shuffle(mixed)
    assert milestones(mixed, [FENCE]) == found
