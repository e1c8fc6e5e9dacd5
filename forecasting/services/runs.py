"""Start a forecast run, and keep what it finds."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.jobs.services import start_job
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from forecasting.daily import calendar_for, spread
from forecasting.engine.batch import UNANSWERED, Forecast
from forecasting.events import DemandForecast
from forecasting.models import (
    DailyDemand,
    DemandSeries,
    ForecastRun,
    Frequency,
    SeriesForecast,
)
from forecasting.services.hierarchy import Method

Floats = NDArray[np.float64]
KIND = "forecasting.forecast"
HORIZONS = {"M": 12, "W": 26, "D": 90}
MOST_BUCKETS = {"M": 36, "W": 104, "D": 366}
DAYS_AHEAD = 180
SERIES_PER_EVENT = 50  # a supplier recomputes its coverage in one short transaction
RECENT_BUCKETS = 24
KEPT_LEVELS = (0.1, 0.5, 0.9, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run computed: the forecast, when its buckets begin, and the last known buckets."""

    run_id: UUID
    forecast: Forecast
    recent: Floats
    first_period: date
    frequency: str


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """What is needed of a series to keep its forecast."""

    id: UUID
    supplier_id: int
    part_number: str
    site_code: str


@transaction.atomic
def start_forecast(
    *,
    frequency: str = Frequency.MONTH.value,
    horizon: int | None = None,
    seed: int = 1,
    hierarchy: str = Method.BOTTOM_UP.value,
) -> ForecastRun:
    """Start a batch forecast of all active series of a frequency as a job; return its run.

    ``horizon`` is in buckets (default 12 months, 26 weeks or 90 days), ``hierarchy`` how sums and
    parts agree (FC-27). Raises ``Refused`` for a value out of range, or when there is no series
    to forecast.
    """
    if frequency not in HORIZONS:
        raise Refused("frequency", f"one of {', '.join(HORIZONS)}", frequency)
    buckets = HORIZONS[frequency] if horizon is None else horizon
    if not 1 <= buckets <= MOST_BUCKETS[frequency]:
        raise Refused("horizon", f"1 to {MOST_BUCKETS[frequency]} buckets", buckets)
    if hierarchy not in Method.values:
        raise Refused("hierarchy", f"one of {', '.join(Method.values)}", hierarchy)
    count = _active(frequency).count()
    if count == 0:
        raise Refused("frequency", "at least one active demand series", frequency)
    run = ForecastRun.objects.create(
        owner_id=acting_organisation_id(),
        frequency=frequency,
        horizon=buckets,
        series_count=count,
        parameters={"seed": seed, "levels": list(KEPT_LEVELS), "hierarchy": hierarchy},
    )
    title = _("Forecast of %(count)s demand series") % {"count": count}
    job = start_job(kind=KIND, title=title, params={"run_id": str(run.pk)})
    run.job_id = job.pk
    run.save(update_fields=["job_id"])
    return run


def keep_forecast(outcome: Outcome, keys: Sequence[SeriesKey], *, rows: slice, today: date) -> None:
    """Keep the forecast of the series ``rows`` and turn it into daily demand from ``today`` on.

    Runs in one transaction, acting for the owner. Demand that a delivery schedule has released
    stays; the forecast begins behind its last day. Doing it again replaces what was there.
    """
    chunk = range(*rows.indices(len(keys)))
    series_ids = [keys[row].id for row in chunk]
    SeriesForecast.objects.filter(run_id=outcome.run_id, series_id__in=series_ids).delete()
    SeriesForecast.objects.bulk_create([_kept(outcome, keys[row], row) for row in chunk])
    ahead = DailyDemand.objects.filter(
        owner_id=acting_organisation_id(), series_id__in=series_ids, on__gte=today
    )
    ahead.filter(source=DailyDemand.Source.FORECAST).delete()
    released = dict(ahead.values_list("series_id").annotate(last=Max("on")))
    DailyDemand.objects.bulk_create(
        _days(outcome, [(row, keys[row]) for row in chunk], today, released),
        batch_size=5_000,
        ignore_conflicts=True,
    )
    _announce(outcome.run_id, [keys[row] for row in chunk])


def finish_run(run_id: UUID, *, nodes: Sequence[Mapping[str, Any]] = (), **found: Any) -> None:
    """Note what the run found, its aggregates among it, and when it ended."""
    run = ForecastRun.objects.get(pk=run_id)
    run.parameters = {**run.parameters, "nodes": list(nodes)}
    for name, value in found.items():
        setattr(run, name, value)
    run.finished_at = timezone.now()
    run.version += 1
    run.save()


def _active(frequency: str) -> Any:
    return DemandSeries.objects.filter(
        owner_id=acting_organisation_id(), is_active=True, frequency=frequency
    )


def _kept(outcome: Outcome, key: SeriesKey, row: int) -> SeriesForecast:
    result = outcome.forecast
    quantiles = {
        f"{level:g}": [round(float(value), 3) for value in result.quantiles[row, :, place]]
        for place, level in enumerate(result.levels)
    }
    return SeriesForecast(
        owner_id=acting_organisation_id(),
        run_id=outcome.run_id,
        series_id=key.id,
        method=result.method[row],
        demand_class=result.demand_class[row],
        recent=[float(value) if np.isfinite(value) else None for value in outcome.recent[row]],
        mean=[round(float(value), 3) for value in result.mean[row]],
        quantiles=quantiles,
    )


def _days(
    outcome: Outcome,
    chunk: Sequence[tuple[int, SeriesKey]],
    today: date,
    released: Mapping[UUID, date],
) -> list[DailyDemand]:
    """Return the rows of daily demand: each day with a need, and the last day of the horizon."""
    by_site: dict[str, list[tuple[int, SeriesKey]]] = defaultdict(list)
    for row, key in chunk:
        if outcome.forecast.demand_class[row] not in UNANSWERED:
            by_site[key.site_code].append((row, key))
    end = today + timedelta(days=DAYS_AHEAD)
    found = []
    for site_code, members in by_site.items():
        days, quantity = spread(
            outcome.forecast.mean[[row for row, _key in members]],
            frequency=outcome.frequency,
            first_period=outcome.first_period,
            calendar=calendar_for(site_code),
        )
        ahead = [place for place, day in enumerate(days) if today <= day <= end]
        for (_row, key), line in zip(members, quantity, strict=True):
            after = released.get(key.id, date.min)
            found += [
                _day(outcome.run_id, key, days[place], line[place])
                for place in ahead
                if days[place] > after and (line[place] > 0 or place == ahead[-1])
            ]
    return found


def _day(run_id: UUID, key: SeriesKey, on: date, quantity: float) -> DailyDemand:
    return DailyDemand(
        owner_id=acting_organisation_id(),
        counterparty_id=key.supplier_id,
        series_id=key.id,
        part_number=key.part_number,
        site_code=key.site_code,
        on=on,
        quantity=Decimal(str(round(float(quantity), 3))),
        source=DailyDemand.Source.FORECAST,
        run_id=run_id,
    )


def _announce(run_id: UUID, keys: Sequence[SeriesKey]) -> None:
    by_supplier: dict[int, list[str]] = defaultdict(list)
    for key in keys:
        by_supplier[key.supplier_id].append(str(key.id))
    for supplier_id, ids in by_supplier.items():
        for start in range(0, len(ids), SERIES_PER_EVENT):
            publish(
                DemandForecast(
                    change_id=str(uuid7()),
                    supplier_id=supplier_id,
                    series_ids=ids[start : start + SERIES_PER_EVENT],
                    run_id=str(run_id),
                )
            )
