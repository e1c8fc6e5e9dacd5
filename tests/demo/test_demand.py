"""Laws of the invented demand."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.demo.demand import (
    ERRATIC,
    HISTORY_DAYS,
    INTERMITTENT,
    LUMPY,
    PLANNED_DAYS,
    RUNNER,
    DemandSeries,
    Pattern,
    add_series,
    draw_demand,
    stock_that_lasts,
)
from inventory.rules.days_of_supply import days_of_supply

patterns = st.sampled_from([RUNNER, ERRATIC, INTERMITTENT, LUMPY])
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@given(patterns, days, st.integers(0, 1000), st.floats(min_value=0.1, max_value=1e5))
def test_any_day_gets_whole_demand(
    pattern: Pattern, today: date, seed: int, monthly_mean: float
) -> None:
    rng = np.random.default_rng(seed)
    found = draw_demand(rng, pattern, monthly_mean=monthly_mean, today=today)
    assert (len(found.monthly), len(found.daily), len(found.planned)) == (36, 90, 56)
    assert all(quantity is not None and quantity >= 0 for quantity in found.monthly)
    assert min(found.daily + found.planned) >= 0


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e6)), max_size=40), days)
def test_given_months_are_kept(months: list[float | None], today: date) -> None:
    rng = np.random.default_rng(1)
    found = draw_demand(rng, ERRATIC, monthly_mean=5.0, today=today, months=months)
    expected = [None if quantity is None else round(quantity) for quantity in months]
    assert list(found.monthly) == expected


@pytest.mark.parametrize("pattern", [RUNNER, ERRATIC, INTERMITTENT, LUMPY])
def test_the_mean_is_kept_over_many_parts(pattern: Pattern) -> None:
    rng = np.random.default_rng(1)
    drawn = [
        draw_demand(rng, pattern, monthly_mean=50.0, today=date(2026, 11, 2)).monthly
        for _ in range(200)
    ]
    assert float(np.mean(np.array(drawn, dtype=float))) == pytest.approx(50, rel=0.1)


@given(st.floats(0, 55.9), st.lists(st.integers(0, 500), min_size=56, max_size=56))
def test_stock_lasts_as_long_as_asked(wanted: float, planned: list[int]) -> None:
    stock = stock_that_lasts(wanted, planned)
    lasts = days_of_supply(Decimal(stock), [Decimal(quantity) for quantity in planned])
    assert float(lasts.days) >= wanted - 0.01


def test_demands_add_up_with_their_usage() -> None:
    one = DemandSeries((1, None, 3), (1,) * HISTORY_DAYS, (2,) * PLANNED_DAYS)
    other = DemandSeries((10,), (0,) * HISTORY_DAYS, (4,) * PLANNED_DAYS)
    total = add_series([(one, 2.0), (other, 0.5)])
    assert total.monthly == (2, 0, 11)  # 3 x 2 + 10 x 0.5; the newest months meet
    assert total.daily[0] == 2
    assert total.planned[0] == 6
