"""Who passes the gate, who does not, and that passing never hurts."""

import numpy as np
import pytest

from forecasting.engine.accuracy import mean_squared_scaled_error, weighted_quantile_loss
from forecasting.engine.batch import forecast
from forecasting.engine.calibration import centre_sums, interval_factor, unmeasured
from forecasting.engine.dispersion import Residuals, Shrinkage
from forecasting.engine.gate import Origin, choose, interval_sums, is_better, origins_for, winners
from forecasting.engine.methods import CHAMPION, TOOLBOX, Points, Toolbox
from forecasting.engine.problem import Frequency
from forecasting.engine.sample import OTHERS, cohort_names, draw
from tests.forecasting import generated

DECILES = np.arange(1, 10) / 10
NAMES = [CHAMPION, "tsb", "ses"]


def losses(rows: list[list[float]]) -> np.ndarray:
    """Losses of one cohort: a row per origin, a column per method."""
    return np.array(rows)[:, :, None]


def test_two_per_cent_at_two_of_three_origins() -> None:
    even = losses([[100, 100, 100]] * 3)
    assert choose(NAMES, even, even) == [CHAMPION]
    just = losses([[100, 98, 100], [100, 98, 100], [100, 100, 100]])
    assert choose(NAMES, just, just) == ["tsb"]
    short = losses([[100, 98, 100], [100, 98.1, 100], [100, 100, 100]])
    assert choose(NAMES, short, short) == [CHAMPION]


def test_better_in_one_measure_alone_is_not_better() -> None:
    even, half = losses([[100, 100, 100]] * 3), losses([[100, 50, 100]] * 3)
    assert choose(NAMES, half, even) == choose(NAMES, even, half) == [CHAMPION]


def test_two_small_wins_do_not_pay_for_a_disaster() -> None:
    disaster = losses([[100, 97, 100], [100, 97, 100], [100, 300, 100]])
    assert choose(NAMES, disaster, disaster) == [CHAMPION]


def test_of_those_that_pass_the_least_product_wins() -> None:
    squared = losses([[100, 90, 80]] * 3)
    quantile = losses([[100, 90, 95]] * 3)
    assert choose(NAMES, squared, quantile) == ["ses"]  # 76 against 81


def test_a_method_that_could_not_speak_everywhere_stays_out() -> None:
    late = losses([[100, 100, np.inf], [100, 100, 50], [100, 100, 50]])
    assert choose(NAMES, late, late) == [CHAMPION]


def test_without_any_demand_nobody_is_better() -> None:
    assert not is_better(np.zeros((3, 3, 1)), 0).any()


@pytest.mark.parametrize(
    ("n_periods", "horizon", "origins"),
    [
        (39, 12, (27, 30, 33)),
        (60, 12, (48, 51, 54)),
        (20, 12, (12, 14, 16)),  # a year must be known first
        (15, 12, (8, 9, 11)),  # a short history is judged from eight on
        (12, 6, (8, 9, 10)),
        (11, 6, ()),
        (30, 1, (26, 27, 28)),  # a short horizon still gets three different origins
    ],
)
def test_origins(n_periods: int, horizon: int, origins: tuple[int, ...]) -> None:
    assert origins_for(n_periods, horizon) == origins


def origin(actual: np.ndarray, means: dict[str, float], members: list[int]) -> Origin:
    n_series = actual.shape[0]
    residuals = Residuals(np.zeros(n_series), np.ones(n_series))
    points = {
        name: Points(np.full((n_series, 1), mean), np.full((n_series, 1), mean), residuals)
        for name, mean in means.items()
    }
    return Origin(
        at=20,
        actual=actual,
        scale=np.ones(n_series),
        cohorts=np.array([[row in members] for row in range(n_series)], dtype=float),
        points=points,
        shrinkages={name: Shrinkage(0.1, 1.0) for name in means},
    )


def test_only_the_members_at_the_origin_judge() -> None:
    # the first two agree with tsb; the others, no members then, with the champion
    actual = np.array([[9.0] * 6, [9.0] * 6, [2.0] * 6, [2.0] * 6, [2.0] * 6])
    judged = [origin(actual, {CHAMPION: 2.0, "tsb": 9.0}, [0, 1])] * 3
    assert winners(judged, [CHAMPION, "tsb"], 1) == ["tsb"]
    judged = [origin(actual, {CHAMPION: 2.0, "tsb": 9.0}, [2, 3])] * 3
    assert winners(judged, [CHAMPION, "tsb"], 1) == [CHAMPION]
    assert winners([], [CHAMPION, "tsb"], 1) == [CHAMPION]


def test_sums_over_consecutive_intervals() -> None:
    sums, known = interval_sums(np.array([[1.0, 2.0, np.nan, 4.0, 5.0]]), 2)
    assert sums.tolist() == [[3.0, 4.0]]
    assert known.tolist() == [[2.0, 1.0]]
    flat, path = np.array([[2.0]]), np.array([[1.0, 2.0, 3.0, 4.0, 5.0]])
    assert centre_sums(flat, 3, 2).tolist() == [[6.0]]
    assert centre_sums(path, 2, 2).tolist() == [[3.0, 7.0]]


def test_the_spread_of_sums_is_measured() -> None:
    rng = np.random.default_rng(1)
    independent = rng.poisson(5 * rng.gamma(1 / 0.5, 0.5, (400, 12))).astype(float)
    alike = rng.poisson(np.repeat(5 * rng.gamma(1 / 0.5, 0.5, (400, 1)), 12, axis=1)) * 1.0
    factors = {}
    for name, actual in {"independent": independent, "alike": alike}.items():
        judged = origin(actual, {CHAMPION: 5.0}, list(range(400)))
        judged.shrinkages[CHAMPION] = Shrinkage(0.5, 1e9)  # type: ignore[index]
        factors[name] = interval_factor([judged], CHAMPION, 0, 4)
    assert factors["independent"] == pytest.approx(0.25, abs=0.06)  # scatter evens out
    assert factors["alike"] == pytest.approx(1.0, abs=0.26)  # nothing does
    assert interval_factor([], CHAMPION, 0, 4) == unmeasured(4)


def test_small_classes_are_judged_together() -> None:
    classes = np.array(["lumpy"] * 25 + ["smooth"] * 3 + ["new"] * 2 + ["no-data"])
    names = cohort_names(classes, ["no-data"])
    assert set(names[:25]) == {"lumpy"}
    assert set(names[25:30]) == {OTHERS}
    assert names[30] == ""


def test_the_sample_holds_every_cohort_and_ignores_the_order() -> None:
    series = tuple(f"s{row}" for row in range(9000))
    cohorts = np.array(["lumpy"] * 8900 + ["smooth"] * 100)
    found = draw(series, cohorts, n_periods=39, seed=1)
    assert 1500 < found.rows.size < 2600
    assert (found.rows >= 8900).sum() == 100
    assert found.stands_for.sum() == pytest.approx(9000)
    turned = draw(series[::-1], cohorts[::-1], n_periods=39, seed=1)
    assert [series[row] for row in found.rows] == [series[::-1][row] for row in turned.rows]
    assert found.rows.tolist() != draw(series, cohorts, n_periods=39, seed=2).rows.tolist()


def measured(
    past: np.ndarray, actual: np.ndarray, frequency: Frequency, toolbox: Toolbox
) -> tuple[float, float]:
    problem = generated.history(past, frequency)
    found = forecast(problem, horizon=actual.shape[1], quantiles=list(DECILES), toolbox=toolbox)
    return (
        weighted_quantile_loss(actual, found.quantiles, DECILES),
        mean_squared_scaled_error(actual, found.mean, past),
    )


@pytest.mark.parametrize(
    ("demand", "n_periods", "horizon", "frequency", "most"),
    [
        ("with_trend_and_season", 60, 12, "M", 0.85),  # far better than the mean of 12
        ("erratic_weeks", 130, 13, "W", 1.0),
        ("stationary", 48, 12, "M", 1.0),
        ("intermittent", 48, 12, "M", 1.0),
    ],
)
def test_no_worse_than_the_champion(
    demand: str, n_periods: int, horizon: int, frequency: Frequency, most: float
) -> None:
    quantity = getattr(generated, demand)(250, n_periods + horizon, 1)
    past, actual = quantity[:, :n_periods], quantity[:, n_periods:]
    champion = measured(past, actual, frequency, TOOLBOX.only(CHAMPION))
    engine = measured(past, actual, frequency, TOOLBOX)
    assert engine[0] <= most * champion[0] * 1.003  # WQL; the rest is chance
    assert engine[1] <= most * champion[1] * 1.003  # MSSE


def test_a_toolbox_needs_its_champion() -> None:
    with pytest.raises(ValueError, match="expected the champion ma12"):
        TOOLBOX.only("tsb")
