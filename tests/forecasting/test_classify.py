"""Demand classes at and around their limits."""

import numpy as np
import pytest

from forecasting.engine.classify import classify

NAN = float("nan")


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([10.0] * 24, "smooth"),  # asked for in every bucket, alike
        ([1.0, 20.0] * 12, "erratic"),  # in every bucket, unevenly: CV² 0.82
        ([0.0, 5.0] * 12, "intermittent"),  # every second bucket, alike
        ([0.0, 1.0, 0.0, 20.0] * 6, "lumpy"),  # every second bucket, unevenly
        ([NAN] * 20 + [3.0] * 4, "new"),  # four buckets old
        ([NAN] * 18 + [3.0] * 6, "smooth"),  # six buckets are enough
        ([4.0] * 12 + [0.0] * 12, "dead"),  # twelve silent buckets
        ([4.0] * 13 + [0.0] * 11, "intermittent"),  # eleven are not
        ([4.0] * 12 + [NAN] * 12, "withdrawn"),  # missing is not silent
        ([NAN] * 24, "no-data"),
        ([0.0] * 24, "dead"),
    ],
)
def test_classes(history: list[float], expected: str) -> None:
    assert classify(np.array([history])).tolist() == [expected]


def test_the_interval_limit_itself_is_not_sparse() -> None:
    at_limit = np.array([[1.0] * 25 + [0.0] * 8])  # 33 / 25 = 1.32 exactly
    above = np.array([[1.0] * 25 + [0.0] * 9])
    assert classify(at_limit).tolist() == ["smooth"]
    assert classify(above).tolist() == ["intermittent"]


def test_the_order_of_series_does_not_matter() -> None:
    history = np.random.default_rng(1).poisson(0.7, size=(50, 30)).astype(np.float64)
    assert classify(history[::-1]).tolist() == classify(history)[::-1].tolist()


def test_what_somebody_said_comes_first() -> None:
    steady = np.full((4, 24), 4.0)
    steady[3] = NAN
    ending = np.array([True, False, True, True])
    withdrawn = np.array([False, True, True, True])
    found = classify(steady, is_ending=ending, is_withdrawn=withdrawn)
    assert found.tolist() == ["run-out", "withdrawn", "withdrawn", "no-data"]
