"""The past of the plans: what was said when, what happened, and what the market and life cycle say.

A subset of the series has 80 weeks of calls and consumption, amplified more from tier to tier,
and seven rounds of statistics, planner, release, commit and consensus to measure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
from django.db.models import F
from numpy.typing import NDArray
from uuid_utils.compat import uuid7

from collab.demo.facts import DemoSupply
from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.organisations.clock import own_day
from collab.organisations.context import acting_for, acting_organisation_id
from forecasting.models import (
    Actual,
    Commit,
    CommitTask,
    DeliverySchedule,
    DemandSeries,
    DemandVersion,
    MarketSignal,
    Origin,
    PlanningTerms,
    ReleaseDraft,
    Step,
)
from forecasting.services.lifecycle import let_follow, set_phase
from forecasting.services.market import Signal, propose_signal
from forecasting.services.measures import start_measuring
from forecasting.services.propagation import plan_series, propagate_demand
from forecasting.services.publishing import publish_drafts
from forecasting.week_figures import WEEK, monday_of

Floats = NDArray[np.float64]
WEEKS, HORIZON = 80, 26
ROUNDS = (40, 34, 28, 22, 16, 10, 4)  # weeks ago
SIGNAL_ROUND = 10
WEEKS_A_MONTH = 52 / 12
LEAST_A_WEEK = 40.0
CHAIN = ("brasov", "silesia")
# what customers change goes on to the next tier, however much it is
WIDE = {"hold_quantity_share": "9", "hold_total_share": "9", "hold_firm_share": "9"}
# customer → how many series, scatter of its use, and how much its calls amplify it
CUSTOMERS = {
    "avalon": (12, 0.10, 0.25),
    "kestrel": (8, 0.10, 0.35),
    "brasov": (6, 0.13, 0.6),
    "silesia": (2, 0.20, 0.9),
}


@dataclass(slots=True)
class _Past:
    """One series with what happened in each of the last ``WEEKS`` weeks [base units]."""

    supply: DemoSupply
    series: DemandSeries
    first: date
    used: Floats
    called: Floats
    versions: list[DemandVersion] = field(default_factory=list)
    schedules: list[DeliverySchedule] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The Monday of the current week."""
        return self.first + WEEK * WEEKS


def let_chain_flow(directory: Directory, *, as_of: datetime) -> None:
    """Let the chain's releases go out alone, and start from what customers ask for now."""
    for slug in CHAIN:
        with acting_for(directory.organisations[slug]):
            series = DemandSeries.objects.filter(owner_id=acting_organisation_id())
            for key in series.values_list("pk", flat=True):
                plan_series(series_id=key, is_released_alone=True)
            for supplier_id in set(series.values_list("counterparty_id", flat=True)):
                PlanningTerms.objects.create(
                    counterparty_id=supplier_id,
                    terms=WIDE,
                    valid_from=own_day(as_of) - timedelta(days=90),
                )
            propagate_demand(as_of=as_of)
            # The first explosion differs from what was released by hand before: let it out.
            waiting = ReleaseDraft.objects.filter(origin=Origin.CHAIN, state="held")
            waiting.update(state=ReleaseDraft.State.DRAFT, deviations=[])
            drafts = ReleaseDraft.objects.filter(origin=Origin.CHAIN, state="draft")
            publish_drafts(list(drafts.values_list("pk", flat=True)), batch_id=uuid7(), as_of=as_of)


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Write the past of some series, market signals and the life cycle; then have it measured."""
    rng = np.random.default_rng([network.seed, 23])
    for slug, (count, scatter, gain) in CUSTOMERS.items():
        customer = directory.organisations[slug]
        with acting_for(customer):
            pasts = _chosen(network, directory, slug, count, own_day(as_of))
            for past in pasts:
                _happen(past, rng, scatter, gain)
            _keep_actuals(pasts)
            if slug == "avalon":
                _signals(pasts, as_of)
                _life(network, pasts, own_day(as_of))
            for past in pasts:
                _say(past, rng)
            _keep_statements(pasts)
        by_supplier: dict[int, list[_Past]] = {}
        for past in pasts:
            by_supplier.setdefault(past.series.counterparty_id, []).append(past)
        for supplier_id, theirs in by_supplier.items():
            with acting_for(supplier_id):
                _keep_commits(theirs)
        with acting_for(customer):
            start_measuring()


def _chosen(
    network: DemoNetwork, directory: Directory, slug: str, count: int, today: date
) -> list[_Past]:
    """Return series that are asked for often enough; those with an open draft are left alone."""
    open_drafts = ReleaseDraft.objects.filter(state__in=["draft", "held"])
    busy = set(open_drafts.values_list("series_id", flat=True))
    series = {
        (each.counterparty_id, each.part_number, each.site_code): each
        for each in DemandSeries.objects.filter(owner_id=acting_organisation_id())
    }
    first = monday_of(today) - WEEK * WEEKS
    found: list[_Past] = []
    for supply in network.supplies:
        if supply.customer != slug or _weekly(supply) < LEAST_A_WEEK or len(found) == count:
            continue
        supplier_id = directory.organisations[supply.supplier].pk
        row = series[supplier_id, supply.customer_number, supply.ship_to]
        if row.pk not in busy:
            found.append(_Past(supply, row, first, np.zeros(WEEKS), np.zeros(WEEKS)))
    return found


def _weekly(supply: DemoSupply) -> float:
    known = [quantity for quantity in supply.demand.monthly[-12:] if quantity is not None]
    return sum(known) / max(1, len(known)) / WEEKS_A_MONTH


def _happen(past: _Past, rng: np.random.Generator, scatter: float, gain: float) -> None:
    """Draw use around a level with a season, and calls that swing more than use."""
    season = 1 + 0.08 * np.sin(2 * np.pi * (np.arange(WEEKS) + rng.integers(52)) / 52)
    used = _weekly(past.supply) * season * rng.lognormal(0.0, scatter, WEEKS)
    called = used + gain * (used - used.mean()) + rng.normal(0.0, 0.02 * used.mean(), WEEKS)
    past.used, past.called = np.round(used), np.round(np.maximum(called, 0.0))


def _keep_actuals(pasts: Sequence[_Past]) -> None:
    rows = []
    for past in pasts:
        kinds = ((Actual.Kind.CALLED, past.called, 0), (Actual.Kind.CONSUMED, past.used, 2))
        for kind, figures, day in kinds:
            rows += [
                Actual(
                    owner_id=past.series.owner_id,
                    series_id=past.series.pk,
                    kind=kind,
                    on=past.first + WEEK * place + timedelta(days=day),
                    quantity=Decimal(int(figure)),
                    source_key=f"demo:{kind}:{past.series.pk}:{place}",
                )
                for place, figure in enumerate(figures)
            ]
    Actual.objects.bulk_create(rows, batch_size=5_000)


def _say(past: _Past, rng: np.random.Generator) -> None:
    """Let each step speak in every round: what was known then, and a share of what was to come."""
    for weeks_ago in ROUNDS:
        place = WEEKS - weeks_ago
        level = float(past.used[place - 12 : place].mean())
        truth = np.full(HORIZON, level)
        ahead = past.used[place : place + HORIZON]
        truth[: ahead.size] = ahead
        statistics = np.full(HORIZON, level * (1.04 + rng.normal(0, 0.03)))
        planner = 0.75 * statistics + 0.25 * truth
        release = planner * (1.05 + rng.normal(0, 0.05, HORIZON))
        commit = np.minimum(release, level * 1.06)
        first = past.first + WEEK * place
        _version(past, Step.STATISTICS.value, first, statistics)
        if past.supply.customer == "avalon" and weeks_ago == SIGNAL_ROUND:
            _signal_version(past, first, statistics)
        _version(past, Step.PLANNER.value, first, planner, is_reasoned=True)
        schedule = _schedule(past, first, release)
        past.schedules.append(schedule)
        past.commits.append(_commit(past, schedule, commit))
        _version(past, Step.CONSENSUS.value, first, (release + commit) / 2)


def _version(
    past: _Past,
    step: str,
    first: date,
    figures: Floats,
    *,
    source_id: UUID | None = None,
    is_reasoned: bool = False,
) -> None:
    number = len(past.versions) + 1
    past.versions.append(
        DemandVersion(
            owner_id=past.series.owner_id,
            series_id=past.series.pk,
            number=number,
            step=step,
            is_current=False,
            first_week=first,
            quantities=_whole(figures),
            low=_whole(figures * 0.82),
            high=_whole(figures * 1.18),
            reasons={first.isoformat(): "Build programme of the plant"} if is_reasoned else {},
            source_id=source_id,
            changed_at=_at(first, number),
        )
    )


def _signal_version(past: _Past, first: date, before: Floats) -> None:
    accepted = MarketSignal.objects.filter(state=MarketSignal.State.ACCEPTED).first()
    if accepted is not None and past.series.part_number in accepted.part_numbers:
        raised = before * (1 + float(accepted.effect_likely) / 100)
        _version(past, Step.SIGNAL.value, first, raised, source_id=accepted.pk)


def _schedule(past: _Past, first: date, figures: Floats) -> DeliverySchedule:
    series, number = past.series, len(past.schedules) + 1
    year, week, _day = first.isocalendar()
    return DeliverySchedule(
        owner_id=series.owner_id,
        counterparty_id=series.counterparty_id,
        series_id=series.pk,
        number=number,
        document_number=f"{year}-W{week:02}",
        batch_id=uuid7(),
        is_current=False,
        origin=Origin.SCREEN,
        part_number=series.part_number,
        supplier_part_number=series.supplier_part_number,
        site_code=series.site_code,
        unit=series.unit,
        issued_at=_at(first, 40),
        published_at=_at(first, 40),
        first_week=first,
        quantities=_whole(figures),
        firm_until=first + timedelta(days=27),
    )


def _commit(past: _Past, schedule: DeliverySchedule, figures: Floats) -> Commit:
    series = past.series
    return Commit(
        owner_id=series.counterparty_id,
        counterparty_id=series.owner_id,
        series_id=series.pk,
        schedule_id=schedule.pk,
        schedule_number=schedule.number,
        part_number=series.part_number,
        supplier_part_number=series.supplier_part_number,
        site_code=series.site_code,
        unit=series.unit,
        number=schedule.number,
        is_current=False,
        origin=Commit.Origin.MANUAL,
        first_week=schedule.first_week,
        quantities=_whole(figures),
        committed_at=schedule.published_at + timedelta(days=2),
    )


def _keep_statements(pasts: Sequence[_Past]) -> None:
    """Put the past before what the series already say, which count on."""
    for past in pasts:
        DemandVersion.objects.filter(series_id=past.series.pk).update(
            number=F("number") + len(past.versions)
        )
    keys = [past.series.pk for past in pasts]
    DeliverySchedule.objects.filter(series_id__in=keys).update(number=F("number") + len(ROUNDS))
    versions = [each for past in pasts for each in past.versions]
    DemandVersion.objects.bulk_create(versions, batch_size=1_000)
    DemandVersion.objects.filter(pk__in=[each.pk for each in versions]).update(
        created_at=F("changed_at")
    )
    DeliverySchedule.objects.bulk_create(
        [each for past in pasts for each in past.schedules], batch_size=1_000
    )


def _keep_commits(pasts: Sequence[_Past]) -> None:
    keys = [past.series.pk for past in pasts]
    rounds = len(ROUNDS)
    CommitTask.objects.filter(series_id__in=keys).update(
        schedule_number=F("schedule_number") + rounds
    )
    Commit.objects.filter(series_id__in=keys).update(
        number=F("number") + rounds, schedule_number=F("schedule_number") + rounds
    )
    Commit.objects.bulk_create([each for past in pasts for each in past.commits])


def _signals(pasts: Sequence[_Past], as_of: datetime) -> None:
    """Write one signal that was accepted ten weeks ago, and two that wait for a decision."""
    today = monday_of(own_day(as_of))
    decided = today - WEEK * SIGNAL_ROUND
    MarketSignal.objects.create(
        kind=MarketSignal.Kind.REGISTRATIONS,
        title="Registrations of the estate down in the south",
        source="Registration offices, monthly table",
        observed_on=decided - timedelta(days=6),
        part_numbers=[past.series.part_number for past in pasts[:3]],
        effect_low=Decimal(-8),
        effect_likely=Decimal(-4),
        effect_high=Decimal(-1),
        valid_from=decided,
        valid_to=today + WEEK * 8,
        state=MarketSignal.State.ACCEPTED,
        decided_at=_at(decided, 1),
        series_changed=3,
    )
    for kind, title, low, likely, high in (
        ("orders", "Orders on hand above plan", 2, 5, 9),
        ("launch", "Facelift from spring on", 5, 12, 20),
    ):
        propose_signal(
            Signal(
                kind=kind,
                title=title,
                source="Sales, weekly report",
                observed_on=own_day(as_of) - timedelta(days=3),
                part_numbers=[past.series.part_number for past in pasts[3:8]],
                effect_low=low,
                effect_likely=likely,
                effect_high=high,
                valid_from=today + WEEK * 4,
                valid_to=today + WEEK * 16,
            )
        )


def _life(network: DemoNetwork, pasts: Sequence[_Past], today: date) -> None:
    """Let one part follow another of the same supplier and site, and one run out."""
    taken = {past.supply.customer_number for past in pasts}
    by_place: dict[tuple[str, str], list[DemoSupply]] = {}
    for supply in network.supplies:
        if supply.customer == "avalon" and supply.customer_number not in taken:
            by_place.setdefault((supply.supplier, supply.ship_to), []).append(supply)
    place = next((each for each in by_place.values() if len(each) > 2), None)
    if place is None:  # a network this small has no part to spare
        return
    old, new, ending = place[-3:]
    let_follow(
        old=old.customer_number, new=new.customer_number, effective_on=today + timedelta(weeks=10)
    )
    set_phase(
        part_number=ending.customer_number,
        phase="run_out",
        from_on=today - timedelta(weeks=40),
        until_on=today + timedelta(weeks=78),
    )


def _whole(figures: Floats) -> list[Decimal | None]:
    return [Decimal(each) for each in np.rint(figures).astype(int).tolist()]


def _at(week: date, minute: int) -> datetime:
    """Return a moment of the Sunday before a week: what is said then counts from the week on."""
    return datetime.combine(week - timedelta(days=1), time(12, minute % 60), tzinfo=UTC)
