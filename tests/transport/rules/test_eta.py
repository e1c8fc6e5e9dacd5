"""Arrival estimates: worked cases, laws, and days that were not used to fit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transport.engine.days import history, lanes, simulate
from transport.rules.eta import estimate, renew
from transport.rules.eta_accuracy import accuracy
from transport.rules.eta_colour import Colour, colour
from transport.rules.eta_fit import History, fit
from transport.rules.eta_model import Ahead, Eta, EtaModel, Remaining
from transport.rules.eta_walk import base_minutes
from transport.rules.tender import Window

PING = datetime(2026, 11, 9, 9, tzinfo=UTC)
CERTAIN = EtaModel(
    speed_kmh=(60.0,) * 24, near_factor=1, spread=0, hour_spread=0, bias=0, dwell_factor=1,
    dwell_spread=0, break_from_min=270, break_to_min=270, short_break_min=45, long_break_min=660,
    name="certain",
)  # fmt: skip
ways = st.lists(st.builds(Ahead, st.floats(0, 700), st.floats(0, 120)), min_size=1, max_size=4).map(
    tuple
)


def after(minutes: float) -> datetime:
    return PING + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("remaining", "minutes", "dwell", "short", "long"),
    [
        ({"ways": (Ahead(120),)}, 120, 0, 0, 0),
        ({"ways": (Ahead(100, 40), Ahead(100))}, 240, 40, 0, 0),
        ({"ways": (Ahead(270),)}, 270, 0, 0, 0),  # there just before the break
        ({"ways": (Ahead(271),)}, 316, 0, 45, 0),
        ({"ways": (Ahead(100),), "since_break_min": 200}, 145, 0, 45, 0),
        ({"ways": (Ahead(541),)}, 541 + 45 + 660, 0, 45, 660),  # the rest makes a break needless
        ({"ways": (Ahead(60),), "today_min": 500}, 720, 0, 0, 660),
        ({"ways": (Ahead(60),), "duty_min": 760}, 720, 0, 0, 660),  # 13 h on duty
        ({"ways": (Ahead(60),), "rested_min": 20, "since_break_min": 250}, 85, 0, 25, 0),
        ({"ways": (Ahead(60),), "rested_min": 600, "today_min": 530}, 120, 0, 0, 60),
        ({"ways": (Ahead(0),)}, 0, 0, 0, 0),
    ],
)
def test_driving_dwell_and_breaks(
    remaining: dict[str, object], minutes: float, dwell: float, short: float, long: float
) -> None:
    found = estimate(Remaining(at=PING, **remaining), CERTAIN)
    assert abs(found.p50 - after(minutes)) <= timedelta(seconds=1)
    parts = (found.dwell_min, found.short_break_min, found.long_break_min)
    assert parts == (dwell, short, long)
    assert found.ping_at == PING


def test_the_rush_hour_and_the_last_kilometres_take_longer() -> None:
    slow_at_ten = replace(
        CERTAIN, speed_kmh=tuple(30.0 if hour == 10 else 60.0 for hour in range(24))
    )
    way = (Ahead(90),)
    assert base_minutes(Remaining(PING, way), slow_at_ten) == (pytest.approx(120),)
    later = Remaining(PING + timedelta(hours=2), way)
    assert base_minutes(later, slow_at_ten) == (pytest.approx(90),)
    town = replace(CERTAIN, near_factor=0.5)
    assert base_minutes(Remaining(PING, way), town) == (pytest.approx(110),)


@settings(max_examples=40)
@example((Ahead(18), Ahead(20)), 0.0, 487.0, 1.0)  # home in the last minute of the day, or not
@given(ways, st.floats(0, 300), st.floats(0, 540), st.floats(0, 700))
def test_the_range_is_ordered_and_further_is_never_sooner(
    ahead: tuple[Ahead, ...], since: float, today: float, rested: float
) -> None:
    model = EtaModel()
    here = Remaining(PING, ahead, since, today, max(since, today), rested)
    near = estimate(here, model)
    assert PING <= near.p10 <= near.p50 <= near.p90
    further = (*ahead[:-1], Ahead(ahead[-1].km + 50))
    assert estimate(replace(here, ways=further), model).p50 > near.p50


def test_the_range_narrows_on_the_way() -> None:
    widths = [
        (eta.p90 - eta.p10) / timedelta(minutes=1)
        for km in (200, 100, 50, 10, 1)
        for eta in [estimate(Remaining(PING, (Ahead(km),)), EtaModel())]
    ]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 5


def test_without_a_new_ping_there_is_no_new_eta() -> None:
    first = estimate(Remaining(PING, (Ahead(100),)), EtaModel())
    assert renew(first, Remaining(PING, (Ahead(50),)), EtaModel(name="other")) is first
    assert renew(first, Remaining(PING - timedelta(minutes=1), (Ahead(50),)), EtaModel()) is first
    newer = Remaining(PING + timedelta(minutes=15), (Ahead(80),))
    assert renew(first, newer, EtaModel()) == estimate(newer, EtaModel()) != first


@pytest.mark.parametrize(
    ("end", "now", "expected"),
    [
        (130, 10, Colour.ON_TIME),
        (120, 10, Colour.ON_TIME),  # P50 at the end of the window
        (119, 10, Colour.LATE),
        (100, 10, Colour.LATE),  # with luck just in time
        (99, 10, Colour.CANNOT_MAKE_IT),
        (130, 61, Colour.NO_SIGNAL),
    ],
)
def test_colours(end: float, now: float, expected: Colour) -> None:
    eta = Eta(PING, after(100), after(120), after(150), 120, 0, 0, 0, "m")
    appointment = Window(after(0), after(end))
    assert colour(eta, appointment, after(now)) == expected
    assert colour(None, appointment, after(now)) == Colour.NO_SIGNAL


def test_accuracy_by_hours_out() -> None:
    eta = Eta(PING, after(100), after(120), after(150), 120, 0, 0, 0, "m")
    bands = accuracy([(eta, after(60)), (eta, after(110)), (eta, after(121)), (eta, after(-1))])
    assert [(band.to_hours, band.count) for band in bands[:4]] == [(1, 1), (2, 1), (4, 1), (8, 0)]
    assert (bands[0].mean_absolute_min, bands[0].bias_min, bands[0].within) == (60, -60, 0)
    assert (bands[2].bias_min, bands[2].within) == (1, 1)
    assert bands[3].within is None


def test_too_little_history_is_refused() -> None:
    empty = History(drives=(), dwells=(), short_breaks=(), long_breaks=(), observations=())
    with pytest.raises(ValueError, match="expected 30 observations"):
        fit(empty, "v1")


def test_four_arrivals_of_five_lie_in_the_range_on_days_that_were_not_used_to_fit() -> None:
    # three networks, for bad weather lies over whole days: one of them says too little
    pairs = []
    for seed in (11, 12, 13):
        runs = lanes(seed, count=3)
        past = simulate(runs, seed=seed, days=100)
        model = fit(history(past, every=16), "v1")
        unseen = simulate(runs, seed=seed, days=40, first_day=100)
        pairs += [
            (estimate(each.remaining, model), each.arrived_at)
            for trip in unseen
            for each in trip.observations[::10]
        ]
    within = sum(eta.p10 <= arrived <= eta.p90 for eta, arrived in pairs) / len(pairs)
    assert 0.75 <= within <= 0.85
    bands = [band for band in accuracy(pairs) if band.count]
    assert bands[0].mean_absolute_min < 15  # in the last hour
    assert bands[0].mean_absolute_min < bands[-2].mean_absolute_min


def test_same_seed_same_days_whatever_else_is_asked_for() -> None:
    runs = lanes(5, count=2)
    both = simulate(runs, seed=5, days=4)
    assert simulate(runs, seed=5, days=2, first_day=2) == both[4:]
    for trip in both:
        for each in trip.observations:
            assert trip.started_at <= each.remaining.at <= trip.arrived_at
            assert each.drive_min >= 0
