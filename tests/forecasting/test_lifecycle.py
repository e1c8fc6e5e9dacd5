"""Parts that replace others, begin and end: worked examples."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.engine.batch import DemandHistory, Forecast, forecast
from forecasting.engine.lifecycle import (
    PRIOR_METHOD,
    Succession,
    combine,
    hand_over,
    programme_prior,
    with_priors,
)
from forecasting.engine.run_out import RUN_OUT_METHOD, common_decay, run_out, with_run_outs

NAN = float("nan")
LEVELS = np.array([0.5, 0.9, 0.95])


def parts(**series: list[float]) -> DemandHistory:
    matrix = np.array(list(series.values()))
    periods = tuple(f"p{bucket}" for bucket in range(matrix.shape[1]))
    return DemandHistory(tuple(series), periods, "M", matrix)


def test_the_successor_owns_the_past_of_both() -> None:
    history = parts(old=[10.0, 8.0, NAN, NAN], new=[NAN, 1.0, 6.0, NAN])
    found = combine(history, [Succession("old", "new", 2.0, effective=2)])
    expected = [[10.0, 8.0, NAN, NAN], [20.0, 17.0, 6.0, NAN]]  # missing in both stays missing
    np.testing.assert_array_equal(found.quantity, expected)
    assert found.withdrawn == {"old"}
    assert history.quantity[1, 0] != history.quantity[1, 0]  # the input is not touched


def test_a_chain_carries_everything_to_its_end_in_any_order() -> None:
    history = parts(c=[0.0, 0.0, 4.0], a=[8.0, 0.0, 0.0], b=[0.0, 3.0, 0.0])
    edges = [Succession("b", "c", 2.0, 2), Succession("a", "b", 0.5, 1)]
    for order in (edges, edges[::-1]):
        found = combine(history, order)
        assert found.quantity[0].tolist() == [8.0, 6.0, 4.0]  # 8 x 0.5 x 2, 3 x 2, 4
        assert found.withdrawn == {"a", "b"}


def test_one_part_may_be_split_among_successors() -> None:
    history = parts(old=[10.0, 20.0], left=[NAN, NAN], right=[NAN, NAN])
    edges = [Succession("old", "left", 0.3, 1), Succession("old", "right", 0.7, 1)]
    assert combine(history, edges).quantity[1:].tolist() == [[3.0, 6.0], [7.0, 14.0]]


def test_the_old_part_is_forecast_as_nothing_and_the_new_one_from_both() -> None:
    history = parts(old=[6.0] * 20 + [0.0] * 4, new=[0.0] * 20 + [6.0] * 4)
    found = forecast(combine(history, [Succession("old", "new", 1.0, 20)]), horizon=3)
    assert found.method == ("withdrawn", "ma12")
    assert found.mean.tolist() == [[0.0] * 3, [pytest.approx(6.0)] * 3]


def test_a_change_to_come_moves_the_forecast_not_the_past() -> None:
    history = parts(old=[4.0] * 24, new=[NAN] * 24)
    change = [Succession("old", "new", 2.0, effective=25)]
    assert combine(history, change).quantity.tolist()[0] == [4.0] * 24
    before = forecast(history, horizon=3)
    after = hand_over(before, change, n_periods=24)
    assert after.mean.tolist() == [[pytest.approx(4.0), 0, 0], [0, pytest.approx(8), 8]]
    assert after.quantiles[0, 1:].sum() == 0
    assert after.quantiles[1, 1:] == pytest.approx(2 * before.quantiles[0, 1:])


@pytest.mark.parametrize(
    ("edges", "complaint"),
    [
        (
            [("a", "b"), ("b", "c"), ("c", "a")],
            "without a circle, got (a -> b -> c|b -> c -> a|c -> a -> b)",
        ),
        ([("a", "z")], "expected a series of the history, got z"),
        ([("a", "b"), ("a", "b")], "expected one succession of a by b, got two"),
    ],
)
def test_successions_that_cannot_be(edges: list[tuple[str, str]], complaint: str) -> None:
    history = parts(a=[1.0], b=[1.0], c=[1.0])
    with pytest.raises(ValueError, match=complaint):
        combine(history, [Succession(old, new, 1.0, 0) for old, new in edges])


@pytest.mark.parametrize(
    ("new", "factor", "effective", "complaint"),
    [
        ("b", 0.0, 1, "expected a finite factor > 0, got 0.0 for a"),
        ("b", NAN, 1, "expected a finite factor > 0, got nan for a"),
        ("b", 1.0, -1, "expected a bucket >= 0, got -1 for a"),
        ("a", 1.0, 1, "expected two different parts, got a twice"),
    ],
)
def test_a_succession_that_cannot_be(
    new: str, factor: float, effective: int, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Succession("a", new, factor, effective)


def test_interval_sums_cannot_be_handed_over() -> None:
    history = parts(old=[4.0] * 24, new=[NAN] * 24)
    found = forecast(history, horizon=3, intervals=[2])
    with pytest.raises(ValueError, match="expected a forecast without interval sums"):
        hand_over(found, [Succession("old", "new", 2.0, 25)], n_periods=24)
    with pytest.raises(ValueError, match="expected a forecast without interval sums"):
        with_priors(history, found, {})


def new_parts() -> tuple[DemandHistory, Forecast]:
    history = parts(
        unborn=[NAN] * 24, young=[NAN] * 22 + [10.0, 30.0], grown=[5.0] * 24, other=[NAN] * 24
    )
    return history, forecast(history, horizon=2)


def test_a_new_part_leans_on_its_programme() -> None:
    history, found = new_parts()
    need = programme_prior(np.array([400.0, 500.0]), usage=2, take_rate=0.25)
    assert need.tolist() == [200.0, 250.0]
    priors = {"unborn": need, "young": need, "grown": need}
    leaned = with_priors(history, found, priors, strength=6)
    assert leaned.mean[0].tolist() == [200.0, 250.0]  # nothing of its own yet
    assert leaned.mean[1] == pytest.approx((2 * 20 + 6 * need) / 8)  # two buckets against six
    assert leaned.mean[2].tolist() == found.mean[2].tolist()  # no longer new
    assert leaned.mean[3].tolist() == [0.0, 0.0]  # no programme known
    assert leaned.method == (PRIOR_METHOD, PRIOR_METHOD, "ma12", "no-data")
    assert (np.diff(leaned.quantiles, axis=2) >= 0).all()
    assert leaned.quantiles[0, 0, -1] > 200


@given(st.floats(0.1, 1e3), st.integers(0, 5))
def test_more_own_demand_weighs_more(strength: float, known: int) -> None:
    history = parts(young=[NAN] * (24 - known) + [10.0] * known)
    found = forecast(history, horizon=1)
    leaned = with_priors(history, found, {"young": np.array([100.0])}, strength=strength)
    share = (100 - leaned.mean[0, 0]) / 90
    assert share == pytest.approx(known / (known + strength), abs=1e-6)


@pytest.mark.parametrize("prior", [[1.0], [1.0, -1.0], [1.0, NAN]])
def test_priors_that_cannot_be(prior: list[float]) -> None:
    history, found = new_parts()
    with pytest.raises(ValueError, match="expected 2 finite priors >= 0 for young"):
        with_priors(history, found, {"young": np.array(prior)})


@pytest.mark.parametrize(
    ("volume", "usage", "take_rate", "complaint"),
    [
        (-1.0, 1, 1, "finite volumes"),
        (NAN, 1, 1, "finite volumes"),
        (1.0, 0, 1, "a finite usage > 0, got 0"),
        (1.0, 1, 1.2, r"a take rate in \[0, 1\], got 1.2"),
    ],
)
def test_programmes_that_cannot_be(
    volume: float, usage: float, take_rate: float, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        programme_prior(np.array([volume]), usage=usage, take_rate=take_rate)


def fading(n_series: int, decay: float, phi: float, seed: int, n_periods: int = 60) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mean = rng.gamma(1.0, 2.0, (n_series, 1)) * np.exp(-decay * np.arange(n_periods))
    return rng.poisson(mean * rng.gamma(1 / phi, phi, mean.shape)).astype(float)


def test_linked_parts_show_their_decay() -> None:
    demand = fading(800, 0.05, 0.3, seed=1)[:, :24]
    assert common_decay(demand, np.ones_like(demand, dtype=bool)) == pytest.approx(0.05, abs=0.006)
    growing = demand[:, ::-1]
    assert common_decay(growing, np.ones_like(demand, dtype=bool)) == 0.0
    assert common_decay(np.zeros((2, 5)), np.ones((2, 5), dtype=bool)) == 0.0


@pytest.mark.parametrize(("decay", "phi"), [(0.05, 0.3), (0.02, 1.0), (0.1, 0.01)])
def test_the_last_time_buy_covers_what_comes(decay: float, phi: float) -> None:
    demand = fading(1500, decay, phi, seed=2)
    found = run_out(demand[:, :24], horizon=36, levels=LEVELS, dispersion=np.full(1500, phi))
    remaining = demand[:, 24:].sum(axis=1)
    assert found.total.sum() == pytest.approx(remaining.sum(), rel=0.15)
    assert 0.93 <= np.mean(remaining <= found.quantiles[:, 2]) <= 0.985  # asked for: 0.95
    assert found.mean.sum(axis=1) == pytest.approx(found.total)
    assert (np.diff(found.mean, axis=1) <= 0).all()


def test_a_withdrawn_bucket_is_missing_not_zero() -> None:
    demand = fading(200, 0.05, 0.3, seed=3)[:, :24]
    demand[:, ::3] = NAN
    found = run_out(demand, horizon=12, levels=LEVELS, dispersion=np.full(200, 0.3))
    assert found.decay == pytest.approx(0.05, abs=0.015)
    nothing = run_out(np.full((1, 6), NAN), horizon=3, levels=LEVELS, dispersion=np.ones(1))
    assert nothing.total.tolist() == [0.0]
    assert nothing.quantiles.tolist() == [[0.0, 0.0, 0.0]]


def test_a_horizon_is_needed() -> None:
    with pytest.raises(ValueError, match="expected a horizon >= 1, got 0"):
        run_out(np.ones((1, 3)), horizon=0, levels=LEVELS, dispersion=np.ones(1))


def test_an_end_that_is_announced_keeps_the_class() -> None:
    history = replace(parts(a=[3.0] * 24), running_out=frozenset({"a"}))
    assert forecast(history, horizon=2).demand_class == ("run-out",)


def test_parts_of_one_programme_fade_together_in_the_forecast() -> None:
    demand = fading(60, 0.06, 0.2, seed=4)
    names = tuple(f"p{row}" for row in range(60))
    periods = tuple(f"b{bucket}" for bucket in range(24))
    history = DemandHistory(names, periods, "M", demand[:, :24], frozenset(names[:50]))
    plain = forecast(history, horizon=12)
    groups = dict.fromkeys(names[:40], "programme") | {names[55]: "programme"}
    found = with_run_outs(history, plain, groups, since=0)
    assert set(found.method[:40]) == {RUN_OUT_METHOD}
    assert RUN_OUT_METHOD not in found.method[40:]  # no group, or not ending
    assert (np.diff(found.mean[:40], axis=1) <= 0).all()
    came = demand[:40, 24:36].sum()
    assert abs(found.mean[:40].sum() - came) < abs(plain.mean[:40].sum() - came)
    assert (np.diff(found.quantiles, axis=2) >= 0).all()
    with pytest.raises(ValueError, match="expected a bucket from 0 to 23, got 24"):
        with_run_outs(history, plain, groups, since=24)
    with pytest.raises(ValueError, match="expected a forecast without interval sums"):
        with_run_outs(history, forecast(history, horizon=3, intervals=[2]), groups, since=0)
