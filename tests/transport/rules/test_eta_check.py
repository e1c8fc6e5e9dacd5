"""New parameters replace old ones only where trips not seen say so (TR-13)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transport.engine.days import Trip, lanes, simulate
from transport.rules.driven import break_samples, driven_minutes, rests, stretches
from transport.rules.eta_check import LEAST_HELD_OUT, judge, pinball
from transport.rules.eta_model import Eta, EtaModel
from transport.rules.tracking import Ping

AT = datetime(2026, 11, 9, 6, tzinfo=UTC)
SLOW = EtaModel(speed_kmh=(35.0,) * 24, widen_early=0.3, widen_late=0.3, name="slow")


def trips(days: int, seed: int = 5) -> list[Trip]:
    """Return simulated trips on four lanes."""
    return simulate(lanes(seed, 4), seed=seed, days=days)


def test_tr_13_a_model_that_misses_gives_way_and_a_good_one_stays() -> None:
    known = trips(20)
    judged = judge(known, SLOW, seen_until=None, name="v1")
    assert judged is not None
    assert judged.is_better
    assert judged.score.loss < judged.before.loss / 2
    assert abs(judged.score.within - 0.8) < 0.12
    assert judged.held_out == len(known) // 2
    assert judged.model.name == "v1"

    # Somebody's clock was wrong for weeks: what is learnt from it must not come into use.
    broken = [_three_times_as_slow(each) for each in known[:60]] + known[60:]
    again = judge(broken, judged.model, seen_until=known[59].arrived_at, name="v2")
    assert again is not None
    assert not again.is_better
    assert again.score.loss > again.before.loss


def test_trips_a_model_was_fitted_on_are_no_test_of_it() -> None:
    known = trips(10)
    newest = max(each.arrived_at for each in known)
    assert judge(known, EtaModel(), seen_until=newest, name="v2") is None
    few = sorted(known, key=lambda each: each.arrived_at)[-LEAST_HELD_OUT].arrived_at
    assert judge(known, EtaModel(), seen_until=few, name="v2") is None, "one too few"
    before = few - timedelta(seconds=1)
    judged = judge(known, EtaModel(), seen_until=before, name="v2")
    assert judged is not None
    assert judged.held_out == LEAST_HELD_OUT
    assert judge([], EtaModel(), seen_until=None, name="v1") is None


@settings(max_examples=60)
@given(st.integers(-300, 300), st.integers(0, 120), st.integers(0, 120))
def test_the_loss_is_least_where_the_arrival_is(off: int, early: int, late: int) -> None:
    def told(middle: int) -> Eta:
        p50 = AT + timedelta(minutes=middle)
        return Eta(
            AT, p50 - timedelta(minutes=early), p50, p50 + timedelta(minutes=late), 0, 0, 0, 0, "m"
        )

    exact = Eta(AT, AT, AT, AT, 0, 0, 0, 0, "m")
    assert pinball(exact, AT) == 0
    assert pinball(told(off), AT) >= 0
    assert pinball(told(off + (200 if off >= 0 else -200)), AT) >= pinball(told(off), AT)


@pytest.mark.parametrize("every", [5, 10, 15])
def test_breaks_are_read_from_standing_positions(every: int) -> None:
    pings = [
        Ping(
            device="t",
            at=AT + timedelta(minutes=minute),
            latitude=48 + 0.009 * (min(minute, 200) + max(0, minute - 245)),
            longitude=10,
        )
        for minute in range(3, 420 + every, every)
    ]
    found = stretches(pings)
    short, long = break_samples(found, at_stops=[False] * len(found))
    assert long == ()
    (sample,) = short
    assert sample.minutes == pytest.approx(45, abs=every)
    assert sample.driven_min == pytest.approx(200, abs=every)
    (rest,) = rests(found)
    whole = driven_minutes(found, after=AT)
    assert whole + rest.minutes == pytest.approx(sum(each.minutes for each in found))
    assert break_samples(found, at_stops=[True] * len(found)) == ((), ()), "handling is no break"


def _three_times_as_slow(trip: Trip) -> Trip:
    return replace(
        trip,
        drives=tuple(replace(each, minutes=3 * each.minutes) for each in trip.drives),
        observations=tuple(
            replace(each, drive_min=3 * each.drive_min) for each in trip.observations
        ),
    )
