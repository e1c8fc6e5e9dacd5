"""The pooled regression: what it recovers, and what it must not look at."""

import numpy as np
import pytest

from forecasting.engine.features import make_features
from forecasting.engine.paths import WINDOWS, make_paths
from forecasting.engine.regression import (
    LEADS,
    Training,
    capped,
    fit,
    training_rows,
    with_lead,
)
from tests.forecasting.generated import intermittent

WINDOW = WINDOWS["M"]


def features_of(quantity: np.ndarray) -> np.ndarray:
    return make_features(quantity, make_paths(quantity, WINDOW), WINDOW)


def rows_of(quantity: np.ndarray, horizon: int = 12) -> Training:
    return training_rows(
        quantity,
        features_of(quantity),
        horizon=horizon,
        frequency="M",
        stands_for=np.ones(quantity.shape[0]),
    )


def test_it_recovers_known_coefficients() -> None:
    rng = np.random.default_rng(1)
    features = np.hstack([np.ones((60_000, 1)), rng.normal(size=(60_000, 3))])
    truth = np.array([0.4, 0.7, -0.5, 0.0])
    target = rng.poisson(np.exp(features @ truth)).astype(float)
    found = fit(Training(features, target, np.ones(60_000)))
    assert found is not None
    slopes = found.coefficients / found.spread
    assert slopes[1:] == pytest.approx(truth[1:], abs=0.02)
    assert found.predict(features).mean() == pytest.approx(target.mean(), rel=0.02)


def test_an_earlier_fit_to_begin_with_ends_at_the_same_place() -> None:
    training = rows_of(intermittent(200, 36, seed=2))
    cold = fit(training)
    warm = fit(training, fit(rows_of(intermittent(150, 30, seed=3))))
    assert cold is not None
    assert warm is not None
    assert warm.predict(training.features) == pytest.approx(
        cold.predict(training.features), rel=5e-3
    )


def test_a_row_for_every_origin_with_something_after_it() -> None:
    quantity = np.arange(20.0)[None, :].repeat(4, axis=0) + np.arange(4)[:, None]
    training = rows_of(quantity, horizon=4)  # windows of one bucket each
    for features, target, weight in zip(
        training.features, training.target, training.weight, strict=True
    ):
        lead = round(features[-5] * 4)
        newest = np.exp(features[2]) - 0.05  # mean of the last three, so the middle one of them
        assert target == pytest.approx(newest + 2 + lead)
        assert 0 < weight <= 1
    assert set(np.round(training.features[:, -5] * LEADS)) == {0, 1, 2, 3}


def test_the_future_of_an_origin_reaches_only_its_target() -> None:
    quantity = intermittent(50, 30, seed=4)
    changed = quantity.copy()
    changed[:, -1] += 48  # a multiple of the leads, so that each keeps its turn
    before, after = rows_of(quantity), rows_of(changed)
    touched = (before.features != after.features).any(axis=1)
    assert not touched.any()  # nobody is asked after the last bucket
    assert (before.target != after.target).any()


def test_nothing_to_learn_from_is_no_regression() -> None:
    assert fit(rows_of(np.zeros((5, 20)))) is None
    assert fit(rows_of(np.zeros((0, 20)))) is None
    assert fit(rows_of(np.ones((5, 2)))) is None


def test_one_large_part_does_not_decide_for_all() -> None:
    quantity = intermittent(300, 36, seed=5)
    alone = fit(rows_of(quantity))
    giant = 1e6 * (1 + np.sin(np.arange(36)))[None, :]
    joined = fit(rows_of(np.vstack([quantity, giant])))
    assert alone is not None
    assert joined is not None
    features = features_of(quantity)[:, -1]
    ratio = joined.mean_ahead(features).sum() / alone.mean_ahead(features).sum()
    assert ratio == pytest.approx(1, abs=0.1)


def test_the_cap() -> None:
    assert capped(np.array([9.0, 0.4]), np.array([1.0, 0.0])).tolist() == [3.5, 0.4]


def test_the_lead_is_appended_with_what_fades() -> None:
    found = with_lead(np.arange(15.0)[None, :], np.array([0.5]))
    assert found.shape == (1, 20)
    assert found[0, 15:].tolist() == [0.5, 0.5, 4.0, 6.0, 6.5]
