"""Seasons: found where the years agree, ignored where they do not."""

import numpy as np
import pytest

from forecasting.engine.season import (
    common_profile,
    damped_trend,
    has_cycles,
    seasonal_indices,
    theta_drift,
    trend_line,
)

WAVE = 1 + 0.4 * np.sin(2 * np.pi * np.arange(12) / 12)


def test_a_clean_season_is_found_at_the_right_months() -> None:
    quantity = np.tile(WAVE, 4)[None, :] * np.array([[100.0], [3000.0]])
    season = seasonal_indices(quantity, common_profile(quantity, 12))
    assert season.index == pytest.approx(np.tile(WAVE, (2, 1)), abs=0.02)
    assert season.past() == pytest.approx(np.tile(WAVE, (2, 4)), abs=0.02)
    assert season.ahead(5) == pytest.approx(np.tile(WAVE[:5], (2, 1)), abs=0.02)


def test_a_history_that_ends_within_a_year_keeps_its_months() -> None:
    quantity = np.tile(WAVE, 4)[None, :41] * 100.0  # ends after the fifth month
    season = seasonal_indices(quantity, common_profile(quantity, 12))
    assert season.ahead(3) == pytest.approx(WAVE[None, 5:8], abs=0.03)


def test_noise_is_no_season() -> None:
    quantity = np.random.default_rng(1).poisson(3, (300, 48)).astype(float)
    season = seasonal_indices(quantity, common_profile(quantity, 12))
    assert np.abs(season.index - 1).mean() < 0.06


def test_sparse_parts_borrow_the_common_season() -> None:
    rng = np.random.default_rng(2)
    quantity = rng.poisson(np.tile(WAVE, 4) * 1.5, (600, 48)).astype(float)
    season = seasonal_indices(quantity, common_profile(quantity, 12))
    assert np.corrcoef(season.index.mean(axis=0), WAVE)[0, 1] > 0.97


def test_a_trend_is_no_season() -> None:
    quantity = np.linspace(100, 300, 48)[None, :]
    season = seasonal_indices(quantity, common_profile(quantity, 12))
    assert season.index == pytest.approx(np.ones((1, 12)), abs=0.02)
    assert trend_line(quantity, 12) == pytest.approx(quantity, rel=0.01)


@pytest.mark.parametrize("fill", [0.0, float("nan")])
def test_nothing_has_no_season(fill: float) -> None:
    quantity = np.full((2, 30), fill)
    season = seasonal_indices(quantity, common_profile(quantity, 12))
    assert season.index.tolist() == np.ones((2, 12)).tolist()


def test_weeks_are_smoothed_over_their_neighbours() -> None:
    rng = np.random.default_rng(3)
    year = 1 + 0.5 * np.sin(2 * np.pi * np.arange(52) / 52)
    quantity = rng.poisson(np.tile(year, 3) * 40, (50, 156)).astype(float)
    season = seasonal_indices(quantity, common_profile(quantity, 52))
    assert np.abs(season.index - year).mean() < 0.06


def test_two_cycles_are_the_least() -> None:
    assert has_cycles(24, 12)
    assert not has_cycles(23, 12)


def test_a_damped_trend_follows_a_line_from_below() -> None:
    line = 50 + 2.0 * np.arange(60)[None, :]
    level, step = damped_trend(line, 0.3)
    assert level[0, -1] == pytest.approx(line[0, -1], rel=0.02)
    assert 0.5 < step[0, -1] <= 2.0


def test_half_the_slope_is_the_drift() -> None:
    line = 5 + 3.0 * np.arange(20)[None, :]
    with_gap = line.copy()
    with_gap[0, 4:9] = np.nan
    assert theta_drift(line) == pytest.approx([1.5])
    assert theta_drift(with_gap) == pytest.approx([1.5])
    assert theta_drift(np.full((1, 20), np.nan)).tolist() == [0.0]
