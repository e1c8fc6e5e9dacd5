"""Measure, night after night, how good figures were and where orders swing more than use.

FC-20, FC-24 and FC-25. The rows are replaced: they say how good things are now.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from collab.jobs.models import Job
from collab.jobs.services import start_job
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from forecasting.models import (
    AccuracyFigure,
    BullwhipFigure,
    DemandSeries,
    DemandVersion,
    MarketSignal,
    Step,
)
from forecasting.queries.terms import Pair, pairs_of, terms_book
from forecasting.rules.bullwhip import Bullwhip, Standing, bullwhip
from forecasting.services.measure_inputs import Axis, Happened, happened, on, statements
from forecasting.services.measure_scores import COMMIT, NAIVE, RELEASE, ZERO, Measured, measured
from forecasting.services.measure_worth import override_scores, signal_worth
from forecasting.week_figures import WEEK, weeks_between

KIND = "forecasting.measure"
RULE_VERSION = 1
BATCH = 1_000
BULLWHIP_WEEKS = 52
NEUTRAL = 0.05  # a ratio this near to 1 is neither
PARTNER_STEPS = frozenset({RELEASE, COMMIT, ZERO, NAIVE, Step.CONSENSUS.value})
"""Steps that the supplier sees; all others are the customer's own business."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a measurement wrote: figures of accuracy, of bullwhip, signals and series judged."""

    series: int
    accuracy: int
    bullwhip: int
    signals: int = 0


@transaction.atomic
def start_measuring() -> Job:
    """Start measuring all own series as a job; raise ``Refused`` if there is none."""
    if not own_series_ids():
        raise Refused("series", "at least one active demand series", "none")
    return start_job(kind=KIND, title=_("Accuracy and bullwhip"))


def own_series_ids() -> list[UUID]:
    """Return the active own series, in the order in which they are measured."""
    rows = DemandSeries.objects.filter(owner_id=acting_organisation_id(), is_active=True)
    return list(rows.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def measure_series(keys: Sequence[UUID], *, as_of: datetime | None = None) -> Tally:
    """Measure some own series and replace their figures."""
    now = as_of or timezone.now()
    axis = Axis.before(now)
    series = list(
        DemandSeries.objects.filter(pk__in=keys, owner_id=acting_organisation_id()).order_by("pk")
    )
    past = happened(series, axis)
    said = statements(keys, {each.counterparty_id for each in series}, axis)
    book = terms_book(pairs_of(series), on=own_day(now))
    accuracy: list[AccuracyFigure] = []
    swings: list[BullwhipFigure] = []
    for each in series:
        known = past[each.pk].known(axis)
        if known is not None:
            pair = Pair(each.owner_id, each.counterparty_id)
            terms = book.of(pair, each.part_number, each.site_code)
            found = measured(known, said.get(each.pk, {}), terms)
            found += override_scores(each.pk, known)
            accuracy += [_accuracy(each, line, axis, now) for line in found]
            swings.append(_bullwhip(each, past[each.pk], found, axis, now))
    AccuracyFigure.objects.filter(owner_id=acting_organisation_id(), series_id__in=keys).delete()
    AccuracyFigure.objects.bulk_create(accuracy, batch_size=BATCH)
    BullwhipFigure.objects.filter(owner_id=acting_organisation_id(), series_id__in=keys).delete()
    BullwhipFigure.objects.bulk_create(swings, batch_size=BATCH)
    return Tally(len(series), len(accuracy), len(swings))


@transaction.atomic
def measure_signals(*, as_of: datetime | None = None) -> int:
    """Note what each accepted signal was worth: the skill of its versions against those before.

    Judged on the weeks of its validity that have ended; nothing where none has. Returns how
    many signals have a worth.
    """
    axis = Axis.before(as_of or timezone.now())
    accepted = MarketSignal.objects.filter(
        state=MarketSignal.State.ACCEPTED, is_in_baseline=False, valid_from__lte=axis.until
    )
    by_signal: dict[UUID, list[DemandVersion]] = defaultdict(list)
    made = DemandVersion.objects.filter(
        step=Step.SIGNAL, source_id__in=[each.pk for each in accepted]
    ).select_related("series")
    for version in made:
        if version.source_id is not None:
            by_signal[version.source_id].append(version)
    touched = {version.series for each in by_signal.values() for version in each}
    past = happened(sorted(touched, key=lambda each: each.pk), axis)
    known = {key: each.known(axis) for key, each in past.items()}
    count = 0
    for signal in accepted:
        worth = signal_worth(signal, by_signal[signal.pk], known)
        if worth != signal.added_value:
            MarketSignal.objects.filter(pk=signal.pk).update(added_value=worth)
        count += worth is not None
    return count


def measure_all(*, as_of: datetime | None = None) -> Tally:
    """Measure all own series in one transaction; for the demo and tests, not for large tenants."""
    keys = own_series_ids()
    tally = measure_series(keys, as_of=as_of)
    return Tally(tally.series, tally.accuracy, tally.bullwhip, measure_signals(as_of=as_of))


def _accuracy(series: DemandSeries, line: Measured, axis: Axis, now: datetime) -> AccuracyFigure:
    """Return the row; what no partner may know has the owner itself as counterparty."""
    is_shared = line.step in PARTNER_STEPS
    return AccuracyFigure(
        owner_id=series.owner_id,
        counterparty_id=series.counterparty_id if is_shared else series.owner_id,
        series=series,
        part_number=series.part_number,
        site_code=series.site_code,
        step=line.step,
        lag_weeks=line.lag,
        until=axis.until,
        weeks=line.weeks,
        measures=line.measures,
        rule_version=RULE_VERSION,
        computed_at=now,
    )


def _bullwhip(
    series: DemandSeries,
    past: Happened,
    found: Sequence[Measured],
    axis: Axis,
    now: datetime,
) -> BullwhipFigure:
    weeks = weeks_between(axis.until - WEEK * (BULLWHIP_WEEKS - 1), axis.until)
    ratio = bullwhip(on(past.called, weeks), on(past.consumed, weeks))
    return BullwhipFigure(
        owner_id=series.owner_id,
        counterparty_id=series.counterparty_id,
        series=series,
        part_number=series.part_number,
        site_code=series.site_code,
        ratio=ratio.ratio,
        verdict=verdict_of(ratio),
        nervousness=_by_lag(found),
        until=axis.until,
        weeks=ratio.n_buckets,
        computed_at=now,
    )


def verdict_of(found: Bullwhip) -> str:
    """Return amplified, damped or neutral, or why there is no ratio."""
    if found.standing is Standing.TOO_SHORT:
        return "too_short"
    if found.ratio is None:
        return "not_defined"
    if abs(found.ratio - 1) <= NEUTRAL:
        return "neutral"
    return "amplified" if found.ratio > 1 else "damped"


def _by_lag(found: Sequence[Measured]) -> Mapping[str, Any]:
    return {
        str(each.lag): each.measures["nervousness"]
        for each in found
        if each.step == RELEASE and each.measures.get("nervousness") is not None
    }
