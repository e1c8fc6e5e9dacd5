"""Demand files: what is read, and the line that is blamed when it cannot be."""

from pathlib import Path

import numpy as np
import pytest

from forecasting.engine.problem import Frequency
from forecasting.engine.reader import UnreadableDemand, read_demand


def write(folder: Path, *rows: str, header: str = "series,period,quantity") -> Path:
    path = folder / "demand.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_rows_in_any_order_with_gaps(tmp_path: Path) -> None:
    path = write(tmp_path, "b,2001-02,3", "a,2000-12,1.5", "", "a,2001-02,")
    found = read_demand(path, "M")
    assert found.series == ("b", "a")
    assert found.periods == ("2000-12", "2001-01", "2001-02")
    expected = [[np.nan, np.nan, 3.0], [1.5, np.nan, np.nan]]
    np.testing.assert_array_equal(found.quantity, expected)


def test_an_absent_period_may_mean_zero_but_an_empty_quantity_never(tmp_path: Path) -> None:
    path = write(tmp_path, "a,2001-01,4", "a,2001-03,", "b,2001-03,1")
    found = read_demand(path, "M", absent="zero")
    np.testing.assert_array_equal(found.quantity, [[4.0, 0.0, np.nan], [0.0, 0.0, 1.0]])


@pytest.mark.parametrize(
    ("frequency", "first", "last", "periods"),
    [
        ("W", "2020-W52", "2021-W01", ("2020-W52", "2020-W53", "2021-W01")),  # a long year
        ("D", "2024-02-28", "2024-03-01", ("2024-02-28", "2024-02-29", "2024-03-01")),
        ("M", "2001-12", "2002-01", ("2001-12", "2002-01")),
    ],
)
def test_periods(
    tmp_path: Path, frequency: Frequency, first: str, last: str, periods: tuple[str, ...]
) -> None:
    found = read_demand(write(tmp_path, f"a,{first},1", f"a,{last},1"), frequency)
    assert found.periods == periods


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("a,2001-13,1", "expected a period like 2001-03, got '2001-13'"),
        ("a,2001-W09,1", "expected a period like 2001-03, got '2001-W09'"),
        ("a,2001-02,-1", "expected a quantity from 0 to 1e+12, got '-1'"),
        ("a,2001-02,nan", "expected a quantity from 0 to 1e+12, got 'nan'"),
        ("a,2001-02,1e999", "expected a quantity from 0 to 1e+12, got '1e999'"),
        ("a,2001-02,many", "expected a quantity from 0 to 1e+12, got 'many'"),
        ("a,2001-02", "expected 3 columns, got 2"),
        (",2001-02,1", "expected a series, got none"),
        ("a,2001-01,1", "expected one row for a in 2001-01, got two"),
        ("a,9999-01,1", "expected at most 20000 periods, got 95977"),
    ],
)
def test_the_line_is_named(tmp_path: Path, row: str, complaint: str) -> None:
    with pytest.raises(UnreadableDemand) as refused:
        read_demand(write(tmp_path, "a,2001-01,1", row), "M")
    assert str(refused.value) == f"{complaint} (demand.csv:3)"
    assert refused.value.line == 3


@pytest.mark.parametrize(
    ("frequency", "period", "complaint"),
    [
        ("W", "2021-W53", "expected a period that exists, got '2021-W53'"),
        ("D", "2023-02-29", "expected a period that exists, got '2023-02-29'"),
        ("D", "2023-02", "expected a period like 2001-03-05, got '2023-02'"),
    ],
)
def test_periods_that_do_not_exist(
    tmp_path: Path, frequency: Frequency, period: str, complaint: str
) -> None:
    with pytest.raises(UnreadableDemand, match=complaint):
        read_demand(write(tmp_path, f"a,{period},1"), frequency)


def test_header_and_emptiness(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDemand, match=r"expected the columns .*demand.csv:1\)"):
        read_demand(write(tmp_path, header="part,month,amount"), "M")
    with pytest.raises(UnreadableDemand, match="expected at least one row, got none"):
        read_demand(write(tmp_path), "M")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"series,period,quantity\na,2001-01,\xff\n")
    with pytest.raises(UnreadableDemand, match="expected comma-separated UTF-8 text"):
        read_demand(binary, "M")
