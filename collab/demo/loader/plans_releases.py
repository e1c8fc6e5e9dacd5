"""Plans, releases and orders of the demo: an older and a current release of every series."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from uuid import UUID

import numpy as np
from uuid_utils.compat import uuid7

from collab.demo.facts import DemoSupply
from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.organisations.clock import own_day
from collab.organisations.context import acting_for, acting_organisation_id
from forecasting.models import (
    DeliverySchedule,
    DemandSeries,
    DemandVersion,
    OrderConfirmation,
    OrderLine,
    Origin,
    ReleaseAnswer,
    ScheduleLine,
    Step,
    ToleranceGroup,
)
from forecasting.services.confirmations import judge_confirmations
from forecasting.services.release_alerts import judge_unanswered, settle_new
from forecasting.services.releases import prepare_releases

WEEK = timedelta(weeks=1)
KNOWN_WEEKS, WEEKS, FIRM_WEEKS, MONTH = 8, 24, 4, 4
HELD_A_CUSTOMER = 3
HOLDERS = ("avalon", "kestrel", "brasov")  # whose planners people sign in as
ADDRESSEES = ("brasov", "porto", "silesia")
ORDERS_A_PAIR, PAIRS_WITH_ORDERS = 20, 3
STORY = ("avalon", "brasov")
ANSWERED_SHARE = 0.7  # of a supplier who answers slowly
SLOW_SHARE = 0.08  # of suppliers, beside the addressees


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one series needs, week by week from ``first`` on [base units]."""

    supply: DemoSupply
    series: DemandSeries
    first: date
    weeks: tuple[int, ...]


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Write each customer's plans and releases, then what suppliers said to them."""
    rng = np.random.default_rng([network.seed, 21])
    released: list[DeliverySchedule] = []
    by_customer = attrgetter("customer")
    for customer, supplies in groupby(sorted(network.supplies, key=by_customer), by_customer):
        with acting_for(directory.organisations[customer]):
            plans = _plans(list(supplies), directory, own_day(as_of))
            released += _release(plans, rng, as_of)
            if customer in HOLDERS:
                _hold_some(plans, as_of)
    told = {directory.organisations[slug].pk for slug in ADDRESSEES}
    by_supplier = attrgetter("counterparty_id")
    for supplier_id, rows in groupby(sorted(released, key=by_supplier), by_supplier):
        with acting_for(supplier_id):
            waiting = list(rows)
            is_slow = supplier_id in told or rng.random() < SLOW_SHARE
            _answer(waiting, rng, as_of, share=ANSWERED_SHARE if is_slow else 1.0)
            if supplier_id in told:
                settle_new(waiting, as_of=as_of)
    for customer in HOLDERS:
        with acting_for(directory.organisations[customer]):
            judge_unanswered(as_of=as_of)
    _orders(network, directory, rng, as_of)


def _plans(supplies: Sequence[DemoSupply], directory: Directory, today: date) -> list[_Plan]:
    series = {
        (each.counterparty_id, each.part_number, each.site_code): each
        for each in DemandSeries.objects.filter(owner_id=acting_organisation_id())
    }
    first = today - timedelta(days=today.weekday())
    return [
        _Plan(each, series[key], first, _weeks(each, today, first))
        for each in supplies
        for key in [(directory.organisations[each.supplier].pk, each.customer_number, each.ship_to)]
    ]


def _weeks(supply: DemoSupply, today: date, first: date) -> tuple[int, ...]:
    """Return the planned days by week; behind them the average week goes on."""
    found = [0] * KNOWN_WEEKS
    for offset, quantity in enumerate(supply.demand.planned, start=1):
        place = (today + timedelta(days=offset) - first).days // 7
        if place < KNOWN_WEEKS:
            found[place] += quantity
    average = round(sum(found[1:]) / (KNOWN_WEEKS - 1))
    return (*found, *[average] * (WEEKS - KNOWN_WEEKS))


def _release(
    plans: Sequence[_Plan], rng: np.random.Generator, as_of: datetime
) -> list[DeliverySchedule]:
    """Write a plan, an older release a week back, and the current one; return the current."""
    DemandVersion.objects.bulk_create(
        DemandVersion(
            owner_id=each.series.owner_id,
            series=each.series,
            number=1,
            step=Step.STATISTICS,
            first_week=each.first,
            quantities=[Decimal(quantity) for quantity in each.weeks],
            low=[Decimal(round(quantity * 0.85)) for quantity in each.weeks],
            high=[Decimal(round(quantity * 1.15)) for quantity in each.weeks],
            changed_at=as_of - timedelta(days=7),
        )
        for each in plans
    )
    ages = {
        key: int(rng.integers(1, 7)) for key in sorted({p.series.counterparty_id for p in plans})
    }
    batches: dict[tuple[int, int], UUID] = {}
    schedules: list[DeliverySchedule] = []
    lines: list[ScheduleLine] = []
    for each in plans:
        noise = rng.uniform(0.88, 1.12, WEEKS + 1)
        past = (round(each.weeks[1] * noise[-1]), *each.weeks[:-1])
        older = tuple(round(q * n) for q, n in zip(past, noise, strict=False))
        supplier_id = each.series.counterparty_id
        for number, first, weeks in ((1, each.first - WEEK, older), (2, each.first, each.weeks)):
            published_at = as_of - timedelta(days=ages[supplier_id] + 7 * (2 - number))
            batch = batches.setdefault((supplier_id, number), uuid7())
            turn = _Turn(number, first, weeks, published_at, batch)
            schedule = _schedule(each.series, turn)
            schedules.append(schedule)
            lines += _lines(schedule, first, weeks)
    DeliverySchedule.objects.bulk_create(schedules, batch_size=1_000)
    ScheduleLine.objects.bulk_create(lines, batch_size=5_000)
    return [each for each in schedules if each.is_current]


@dataclass(frozen=True, slots=True)
class _Turn:
    """One release of a series: its number, weeks from ``first`` on, and when it went out."""

    number: int
    first: date
    weeks: Sequence[int]
    published_at: datetime
    batch: UUID


def _schedule(series: DemandSeries, turn: _Turn) -> DeliverySchedule:
    first, weeks = turn.first, turn.weeks
    return DeliverySchedule(
        owner_id=series.owner_id,
        counterparty_id=series.counterparty_id,
        series=series,
        number=turn.number,
        document_number=_name(first),
        previous_document_number=_name(first - WEEK) if turn.number > 1 else "",
        batch_id=turn.batch,
        is_current=turn.number == 2,
        origin=Origin.SCREEN,
        part_number=series.part_number,
        supplier_part_number=series.supplier_part_number,
        site_code=series.site_code,
        unit=series.unit,
        issued_at=turn.published_at,
        published_at=turn.published_at,
        first_week=first,
        quantities=[Decimal(quantity) for quantity in weeks],
        low=[Decimal(round(quantity * 0.85)) for quantity in weeks],
        high=[Decimal(round(quantity * 1.15)) for quantity in weeks],
        firm_until=first + WEEK * FIRM_WEEKS - timedelta(days=1),
        production_go_ahead=_go_ahead(weeks, first, 8),
        material_go_ahead=_go_ahead(weeks, first, 16),
        alerts=["new_release"],
    )


def _name(first: date) -> str:
    year, week, _weekday = first.isocalendar()
    return f"{year}-W{week:02}"


def _go_ahead(weeks: Sequence[int], first: date, horizon: int) -> dict[str, str]:
    until = first + WEEK * horizon - timedelta(days=1)
    return {"quantity": str(sum(weeks[:horizon])), "until": until.isoformat()}


def _lines(schedule: DeliverySchedule, first: date, weeks: Sequence[int]) -> Iterable[ScheduleLine]:
    """Return weekly lines for eight weeks (the firm ones of an older release), then monthly."""
    weekly = KNOWN_WEEKS if schedule.is_current else FIRM_WEEKS
    spans = [(place, 1) for place in range(weekly)]
    spans += [(place, MONTH) for place in range(weekly, WEEKS, MONTH)]
    total = 0
    for position, (place, length) in enumerate(spans, start=1):
        quantity = sum(weeks[place : place + length])
        total += quantity
        yield ScheduleLine(
            owner_id=schedule.owner_id,
            counterparty_id=schedule.counterparty_id,
            schedule=schedule,
            position=position,
            commitment="firm" if place < FIRM_WEEKS else "forecast",
            due_from=first + WEEK * place,
            due_until=first + WEEK * (place + length) - timedelta(days=1),
            quantity=quantity,
            cumulative=total,
        )


def _hold_some(plans: Sequence[_Plan], as_of: datetime) -> None:
    """Let a planner raise some weeks so far that the next release is held."""
    chosen = [each for each in plans if each.weeks[2] > 0][:HELD_A_CUSTOMER]
    keys = [each.series.pk for each in chosen]
    DemandVersion.objects.filter(series_id__in=keys).update(is_current=False)
    DemandVersion.objects.bulk_create(
        DemandVersion(
            owner_id=each.series.owner_id,
            series=each.series,
            number=2,
            step=Step.PLANNER,
            first_week=each.first,
            quantities=[
                Decimal(quantity * 2 if place in {2, 3} else quantity)
                for place, quantity in enumerate(each.weeks)
            ],
            reasons={
                (each.first + WEEK * place).isoformat(): "Launch or change of model"
                for place in (2, 3)
            },
            changed_at=as_of - timedelta(hours=3),
        )
        for each in chosen
    )
    prepare_releases(series_ids=keys, as_of=as_of)


def _answer(
    schedules: Sequence[DeliverySchedule],
    rng: np.random.Generator,
    as_of: datetime,
    *,
    share: float,
) -> None:
    """Let a supplier accept or acknowledge ``share`` of the releases; the others wait."""
    answers = []
    for each in schedules:
        if rng.random() > share:
            continue
        verdict = "accepted" if rng.random() < 0.8 else "acknowledged"
        later = each.published_at + timedelta(hours=int(rng.integers(2, 60)))
        answers.append(
            ReleaseAnswer(
                owner_id=acting_organisation_id(),
                counterparty_id=each.owner_id,
                schedule_id=each.pk,
                series_id=each.series_id,
                document_number=each.document_number,
                part_number=each.part_number,
                verdict=verdict,
                answered_at=min(as_of, later),
            )
        )
    ReleaseAnswer.objects.bulk_create(answers)


def _orders(
    network: DemoNetwork, directory: Directory, rng: np.random.Generator, as_of: datetime
) -> None:
    """Write orders for some pairs: most open, some confirmed, some with a difference."""
    pairs = list(dict.fromkeys((each.customer, each.supplier) for each in network.supplies))
    pairs.sort(key=lambda pair: pair != STORY)
    for number, (customer, supplier) in enumerate(pairs[:PAIRS_WITH_ORDERS]):
        supplies = [s for s in network.supplies if (s.customer, s.supplier) == (customer, supplier)]
        partner = directory.organisations[supplier]
        with acting_for(directory.organisations[customer]):
            ToleranceGroup.objects.get_or_create(
                owner_id=acting_organisation_id(),
                name="All suppliers",
                defaults={"quantity_below": Decimal("0.02"), "days_late": 1},
            )
            lines = [
                _order(
                    supplies[place % len(supplies)],
                    partner.pk,
                    (f"45000{number + 1:05d}", 10 * place + 10),
                    rng,
                    as_of,
                )
                for place in range(ORDERS_A_PAIR)
            ]
            OrderLine.objects.bulk_create(lines)
        with acting_for(partner):
            confirmed = [_confirmation(line, place, as_of) for place, line in enumerate(lines[12:])]
            OrderConfirmation.objects.bulk_create(confirmed)
        with acting_for(directory.organisations[customer]):
            judge_confirmations(confirmed, as_of=as_of)


def _order(
    supply: DemoSupply,
    supplier_id: int,
    numbers: tuple[str, int],
    rng: np.random.Generator,
    as_of: datetime,
) -> OrderLine:
    ordered_at = as_of - timedelta(days=int(rng.integers(1, 10)))
    typical = max(1, sum(supply.demand.planned[:10]))
    return OrderLine(
        owner_id=acting_organisation_id(),
        counterparty_id=supplier_id,
        order_number=numbers[0],
        line=numbers[1],
        part_number=supply.customer_number,
        supplier_part_number=supply.supplier_number,
        site_code=supply.ship_to,
        quantity=Decimal(typical),
        unit=supply.unit,
        due_on=own_day(as_of) + timedelta(days=35 + int(rng.integers(0, 40))),
        price_minor=int(rng.integers(150, 20_000)),
        currency="EUR",
        ordered_at=ordered_at,
        history=[{"at": ordered_at.isoformat(), "step": "ordered", "state": "open"}],
    )


def _confirmation(line: OrderLine, place: int, as_of: datetime) -> OrderConfirmation:
    """Return a confirmation as ordered, one of a pair's later and with less."""
    is_different = place == 2
    return OrderConfirmation(
        owner_id=acting_organisation_id(),
        counterparty_id=line.owner_id,
        order_line_id=line.pk,
        order_number=line.order_number,
        line=line.line,
        number=1,
        quantity=(line.quantity * Decimal("0.9")).quantize(Decimal(1)) or line.quantity
        if is_different
        else line.quantity,
        due_on=line.due_on + timedelta(days=5) if is_different else line.due_on,
        price_minor=line.price_minor,
        reason="Copper arrives a week late" if is_different else "",
        confirmed_at=as_of - timedelta(hours=2),
    )
