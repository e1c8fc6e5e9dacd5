"""The unit a series is counted in."""

import numpy as np
import pytest

from forecasting.engine.units import counting_units


@pytest.mark.parametrize(
    ("demands", "unit"),
    [
        ([3.0, 0.0, 2.0, 7.0], 1.0),
        ([12.0, 6.0, 0.0, 18.0, 6.0, 30.0], 6.0),  # boxes of six
        ([12.0, 6.0, 0.0, 18.0], 1.0),  # three demands prove no box
        ([12.0, 6.0, 18.0, 6.0, 31.0], 1.0),  # one exception disproves it
        ([0.5, 1.5, 2.0], 0.1),
        ([0.5, 1.5, 2.0, 2.5, 0.5], 0.5),  # halves, five times
        ([0.125, 3.0], 0.001),
        ([1 / 3, 2.0], 0.000001),  # no power of ten makes it whole
        ([float("nan"), 4.0], 1.0),
        ([0.0, 0.0], 1.0),
        ([1e12, 1.0], 1.0),
    ],
)
def test_units(demands: list[float], unit: float) -> None:
    assert counting_units(np.array([demands]))[0] == pytest.approx(unit)


def test_series_do_not_disturb_each_other() -> None:
    quantity = np.array([[0.25, 1.0], [3.0, 4.0], [0.5, 0.5]])
    assert counting_units(quantity).tolist() == pytest.approx([0.01, 1.0, 0.1])
