"""Load demand histories from a file."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

import numpy as np
from django.db import transaction

from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from forecasting.engine.problem import DemandHistory as History
from forecasting.engine.problem import Frequency
from forecasting.engine.reader import read_demand
from forecasting.models import DemandHistory, DemandSeries

BATCH = 5_000
NAMED_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class HistoryLoad:
    """What was loaded: number of series and of buckets, and the first and last bucket."""

    series: int
    buckets: int
    first: date
    last: date


def load_history(
    path: Path, *, frequency: Frequency, absent: Literal["missing", "zero"] = "missing"
) -> HistoryLoad:
    """Load the CSV file ``path`` (columns series, period, quantity) over what was there before.

    A series is a part number of the acting organisation with a demand series, followed by ``@``
    and the site code if the part has several. All rows are loaded or none. Raises ``Refused``
    for unknown series, ``UnreadableDemand`` with the line for a file that breaks its format.
    """
    return keep_history(read_demand(path, frequency, absent=absent))


@transaction.atomic
def keep_history(history: History) -> HistoryLoad:
    """Keep a history, whole or not at all, over what was there before; see ``load_history``."""
    series = _series_of(history)
    frequency = history.frequency
    periods = [first_day(period, frequency) for period in history.periods]
    rows = [
        DemandHistory(
            owner_id=acting_organisation_id(),
            series=series[name],
            period=period,
            quantity=Decimal(str(round(float(value), 3))),
        )
        for name, line in zip(history.series, history.quantity, strict=True)
        for period, value in zip(periods, line, strict=True)
        if np.isfinite(value)
    ]
    DemandHistory.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["owner", "series", "period"],
        update_fields=["quantity"],
    )
    DemandSeries.objects.filter(pk__in=[each.pk for each in series.values()]).update(
        frequency=frequency
    )
    return HistoryLoad(len(series), len(rows), periods[0], periods[-1])


def first_day(period: str, frequency: str) -> date:
    """Return the first day of a bucket named ``2001-03``, ``2001-W09`` or ``2001-03-05``."""
    if frequency == "M":
        return date.fromisoformat(f"{period}-01")
    if frequency == "W":
        year, _, week = period.partition("-W")
        return date.fromisocalendar(int(year), int(week), 1)
    return date.fromisoformat(period)


def period_name(first: date, frequency: str) -> str:
    """Return the name of the bucket that starts on ``first``."""
    if frequency == "M":
        return f"{first:%Y-%m}"
    if frequency == "W":
        year, week, _weekday = first.isocalendar()
        return f"{year:04}-W{week:02}"
    return first.isoformat()


def buckets_between(first: date, last: date, frequency: str) -> list[date]:
    """Return the first days of all buckets from ``first`` to ``last``, both included."""
    found = [first]
    while found[-1] < last:
        if frequency == "M":
            found.append((found[-1].replace(day=28) + timedelta(days=4)).replace(day=1))
        else:
            found.append(found[-1] + timedelta(days=7 if frequency == "W" else 1))
    return found


def _series_of(history: History) -> dict[str, DemandSeries]:
    own = DemandSeries.objects.filter(owner_id=acting_organisation_id(), is_active=True)
    known: dict[str, DemandSeries | None] = {}
    for series in own:
        known[f"{series.part_number}@{series.site_code}"] = series
        # A part with several series needs its site.
        known[series.part_number] = None if series.part_number in known else series
    found = {name: known.get(name) for name in history.series}
    if missing := [name for name, series in found.items() if series is None]:
        shown = ", ".join(missing[:NAMED_AT_MOST])
        raise Refused("series", "part numbers with one demand series each", shown)
    return {name: series for name, series in found.items() if series is not None}
