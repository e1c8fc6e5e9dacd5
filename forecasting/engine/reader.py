"""Read demand histories from a file; the engine's only contact with the file system."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from forecasting.engine.problem import LARGEST_QUANTITY, DemandHistory, Frequency

Value = TypeVar("Value", int, float)
Line = tuple[int, str, str, str]  # number, series, period, quantity
MAX_PERIODS = 20_000
MAX_CELLS = 50_000_000
SHOWN = 40
HEADER = ["series", "period", "quantity"]
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class UnreadableDemand(ValueError):
    """A demand file breaks its format; the message is ``<what> (<file>:<line>)``."""

    def __init__(self, what: str, *, file: str, line: int) -> None:
        self.what, self.file, self.line = what, file, line
        super().__init__(f"{what} ({file}:{line})")


def read_demand(
    path: Path, frequency: Frequency, *, absent: Literal["missing", "zero"] = "missing"
) -> DemandHistory:
    """Return the demand history in the CSV file ``path``: columns series, period, quantity.

    Parameters
    ----------
    path
        UTF-8 text. Periods are ``2001-03``, ``2001-W09`` or ``2001-03-05`` as
        ``frequency`` says; rows come in any order. An empty quantity is missing.
    frequency
        ``"M"``, ``"W"`` or ``"D"``.
    absent
        What a period that the file leaves out means between the first and last period
        of the whole file.

    Returns
    -------
    DemandHistory
        Series in the order of their first row, periods gapless.

    Raises
    ------
    UnreadableDemand
        With the line that breaks the format: wrong column, period or quantity, a row
        given twice, a span of more than 20,000 periods, 50 million cells, or no row at all.
    OSError
        If the file cannot be opened.
    """
    return arranged(_rows(path), path.name, frequency, absent=absent)


def arranged(
    lines_read: Iterable[Line],
    source: str,
    frequency: Frequency,
    *,
    absent: Literal["missing", "zero"] = "missing",
) -> DemandHistory:
    """Return the demand history of rows however they were read; ``source`` is named in errors.

    As ``read_demand``; an ``UnreadableDemand`` holds the number that came with the row.
    """
    rows, lines = _cells(lines_read, source, frequency)
    if not rows:
        raise UnreadableDemand("expected at least one row, got none", file=source, line=lines)
    row_of = {name: row for row, name in enumerate(dict.fromkeys(series for series, _ in rows))}
    first = min(bucket for _, bucket in rows)
    n_periods = max(bucket for _, bucket in rows) - first + 1
    if len(row_of) * n_periods > MAX_CELLS:
        raise UnreadableDemand(
            f"expected at most {MAX_CELLS} series x periods, got {len(row_of)} x {n_periods}",
            file=source,
            line=lines,
        )
    matrix = np.full((len(row_of), n_periods), 0.0 if absent == "zero" else np.nan)
    for (series, bucket), quantity in rows.items():
        matrix[row_of[series], bucket - first] = quantity
    return DemandHistory(
        series=tuple(row_of),
        periods=tuple(_period(first + offset, frequency) for offset in range(n_periods)),
        frequency=frequency,
        quantity=matrix,
    )


def _cells(
    lines_read: Iterable[Line], source: str, frequency: Frequency
) -> tuple[dict[tuple[str, int], float], int]:
    """Return the quantity by series and bucket, and the number of the last line read.

    Stops at the first line that stretches the span too far, so a slip in one year costs no
    memory.
    """
    rows: dict[tuple[str, int], float] = {}
    first, last, lines = 0, 0, 1
    for line, series, period, quantity in lines_read:
        lines = line
        bucket = _checked(lambda text: _bucket(text, frequency), period, source, line)
        first, last = (min(first, bucket), max(last, bucket)) if rows else (bucket, bucket)
        if last - first >= MAX_PERIODS:
            raise UnreadableDemand(
                f"expected at most {MAX_PERIODS} periods, got {last - first + 1}",
                file=source,
                line=line,
            )
        if (series, bucket) in rows:
            raise UnreadableDemand(
                f"expected one row for {series} in {period}, got two", file=source, line=line
            )
        rows[series, bucket] = _checked(_quantity, quantity, source, line)
    return rows, lines


def _rows(path: Path) -> Iterator[Line]:
    """Yield line number, series, period and quantity of each row."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.reader(file)
        try:
            header = next(table, [])
            if [name.strip() for name in header] != HEADER:
                raise UnreadableDemand(
                    f"expected the columns {','.join(HEADER)}, got {_short(','.join(header))}",
                    file=path.name,
                    line=1,
                )
            for row in table:
                if not row:
                    continue
                if len(row) != len(HEADER):
                    raise UnreadableDemand(
                        f"expected {len(HEADER)} columns, got {len(row)}",
                        file=path.name,
                        line=table.line_num,
                    )
                if not row[0].strip():
                    raise UnreadableDemand(
                        "expected a series, got none", file=path.name, line=table.line_num
                    )
                yield table.line_num, row[0].strip(), row[1].strip(), row[2].strip()
        except (csv.Error, UnicodeDecodeError) as broken:
            raise UnreadableDemand(
                f"expected comma-separated UTF-8 text, got {broken}",
                file=path.name,
                line=table.line_num + 1,
            ) from broken


def _checked(read: Callable[[str], Value], text: str, source: str, line: int) -> Value:
    try:
        return read(text)
    except ValueError as wrong:
        raise UnreadableDemand(str(wrong), file=source, line=line) from wrong


def _quantity(text: str) -> float:
    if not text:
        return float("nan")
    quantity = float(text) if _NUMBER.fullmatch(text) else float("nan")
    if not 0 <= quantity <= LARGEST_QUANTITY:
        raise ValueError(f"expected a quantity from 0 to {LARGEST_QUANTITY:g}, got {_short(text)}")
    return quantity


def _short(text: str) -> str:
    """Return the text in quotes, cut where it is too long for one line of error."""
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")


@lru_cache(maxsize=MAX_PERIODS)
def _bucket(text: str, frequency: Frequency) -> int:
    """Return the running number of a period: months, weeks or days since year 0."""
    if frequency == "M" and (month := _MONTH.fullmatch(text)) and 1 <= int(month[2]) <= 12:
        return int(month[1]) * 12 + int(month[2]) - 1
    try:
        if frequency == "W" and (week := _WEEK.fullmatch(text)):
            return (date.fromisocalendar(int(week[1]), int(week[2]), 1).toordinal() - 1) // 7
        if frequency == "D" and _DAY.fullmatch(text):
            return date.fromisoformat(text).toordinal()
    except ValueError as wrong:
        raise ValueError(f"expected a period that exists, got {_short(text)}") from wrong
    form = {"M": "2001-03", "W": "2001-W09", "D": "2001-03-05"}[frequency]
    raise ValueError(f"expected a period like {form}, got {_short(text)}")


def _period(bucket: int, frequency: Frequency) -> str:
    """Return the text of the period with that running number."""
    if frequency == "M":
        return f"{bucket // 12:04}-{bucket % 12 + 1:02}"
    if frequency == "D":
        return date.fromordinal(bucket).isoformat()
    monday = date.fromordinal(1) + timedelta(weeks=bucket)
    year, week, _ = monday.isocalendar()
    return f"{year:04}-W{week:02}"
