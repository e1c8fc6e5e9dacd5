"""IN-14: a limit is crossed when a value stays outside long enough, in whatever order it comes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.sensor_limits import (
    INSIDE,
    Limit,
    Measured,
    Scope,
    Side,
    Standing,
    fold,
    most_specific,
)
from inventory.rules.token_bucket import Bucket, take

START = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
COLD = Limit(2.0, 8.0, 10 * MINUTE)


def at(minute: float, value: float) -> Measured:
    return Measured(START + minute * MINUTE, value)


def test_a_short_excursion_is_none_and_a_long_one_ends_by_itself() -> None:
    short = fold(COLD, [at(0, 5), at(1, 9), at(9, 9.5), at(10, 8)])
    assert short.standing == INSIDE
    assert not short.ended
    warm = fold(COLD, [at(0, 5), at(1, 9), at(11, 9), at(20, 12)])
    assert warm.standing == Standing(Side.HIGH, START + MINUTE, is_breached=True)
    back = fold(COLD, [at(30, 7)], warm.standing)
    assert back.standing == INSIDE
    assert [(each.side, each.ended_at) for each in back.ended] == [(Side.HIGH, START + 30 * MINUTE)]


def test_from_too_warm_to_too_cold_is_another_run() -> None:
    found = fold(COLD, [at(0, 9), at(12, 9), at(13, 1), at(20, 1)])
    assert found.standing == Standing(Side.LOW, START + 13 * MINUTE, is_breached=False)
    assert [each.side for each in found.ended] == [Side.HIGH]


def brute_force(limit: Limit, readings: list[Measured]) -> bool:
    """Say whether the last run of equal sides outside has lasted long enough."""
    run: list[Measured] = []
    for each in sorted(readings):
        side = limit.side_of(each.value)
        if run and limit.side_of(run[0].value) is not side:
            run = []
        if side is not Side.INSIDE:
            run.append(each)
        else:
            run = []
    return bool(run) and run[-1].at - run[0].at >= limit.duration


VALUES = st.dictionaries(
    st.integers(0, 120), st.sampled_from([0.0, 1.9, 2.0, 5.0, 8.0, 8.1, 20.0]), min_size=1
)


@given(VALUES, st.randoms(use_true_random=False), st.integers(0, 30))
def test_late_readings_come_to_what_a_replay_comes_to(
    values: dict[int, float], chance: "object", duration: int
) -> None:
    limit = Limit(2.0, 8.0, duration * MINUTE)
    arriving = [at(minute, value) for minute, value in values.items()]
    chance.shuffle(arriving)  # type: ignore[attr-defined]
    stored: list[Measured] = []
    standing, known = INSIDE, []
    for each in arriving:
        is_late = bool(stored) and each < max(stored)
        stored = sorted([*stored, each])
        if is_late:
            inside = [one for one in stored if limit.side_of(one.value) is Side.INSIDE]
            begin = max((one for one in inside if one < each), default=stored[0])
            end = min((one for one in inside if one > each), default=None)
            window = [one for one in stored if begin <= one and (end is None or one <= end)]
            folded = fold(limit, window)
            standing = folded.standing if end is None else standing
            whole = [one for one in fold(limit, stored).ended if one not in known]
            assert {one.began_at for one in whole} <= {one.began_at for one in folded.ended}
        else:
            standing = fold(limit, [each], standing).standing
        known = fold(limit, stored).ended
    assert standing == fold(limit, sorted(stored)).standing
    assert standing.is_breached == brute_force(limit, stored)


@given(VALUES)
def test_ended_breaches_lasted_long_enough_and_do_not_overlap(values: dict[int, float]) -> None:
    found = fold(COLD, sorted(at(minute, value) for minute, value in values.items()))
    for each in found.ended:
        assert each.breached_at - each.began_at >= COLD.duration
        assert each.ended_at is not None
        assert each.ended_at > each.breached_at
        assert COLD.side_of(each.worst) is each.side
    for one, other in pairwise(found.ended):
        assert one.ended_at is not None
        assert one.ended_at <= other.began_at


def test_the_most_specific_limit_counts() -> None:
    scopes = [
        Scope("temperature"),
        Scope("temperature", device_kind="sensor"),
        Scope("temperature", thing="urn:epc:id:sscc:1.2"),
        Scope("temperature", unit="FAH", thing="urn:epc:id:sscc:1.2", device_kind="sensor"),
    ]
    mine = Scope("temperature", "CEL", "urn:epc:id:sscc:1.2", None, "sensor")
    assert most_specific(scopes, mine) == 2
    assert most_specific(scopes, Scope("temperature", "CEL", device_kind="sensor")) == 1
    assert most_specific(scopes, Scope("humidity")) is None


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 50)), max_size=30))
def test_a_bucket_grants_the_burst_and_its_rate_at_most(asked: list[tuple[int, int]]) -> None:
    bucket, now, granted = Bucket(20.0, START), START, 0
    for seconds, wanted in asked:
        now += timedelta(seconds=seconds)
        bucket, got = take(bucket, wanted, at=now, per_minute=6, burst=20)
        granted += got
        assert 0 <= got <= wanted
        assert 0 <= bucket.tokens <= 20
    assert granted <= 20 + (now - START).total_seconds() / 10 + 1e-6
