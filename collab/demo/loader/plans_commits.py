"""What suppliers answered to the releases: commits, capacity, comments, and the agreed terms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count, repeat
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.organisations.clock import own_day
from collab.organisations.context import acting_for, acting_organisation, acting_organisation_id
from forecasting.axis import WEEK, monday_of
from forecasting.daily import own_calendar
from forecasting.models import (
    CapacityGroup,
    CapacityLink,
    Commit,
    CommitReview,
    CommitTask,
    DeliverySchedule,
    PlanComment,
    PlanningTerms,
)
from forecasting.queries.positions import Position, positions_of
from forecasting.services.commit_alerts import judge_buyer, judge_supplier
from forecasting.services.commit_tasks import task_of
from forecasting.services.commits import new_commit
from forecasting.services.matching import match_groups

GAP_REASONS = ("capacity", "material", "labour", "tooling")
Shares = Mapping[str, float]
SHARES = {"as_is": 0.95, "gaps": 0.97, "partial": 0.98}  # cumulative; the rest stays open
LIVELY = {"as_is": 0.80, "gaps": 0.87, "partial": 0.93}
LIVELY_ONES = ("brasov", "porto", "silesia")  # people sign in as these: they have work left
DEEP, SHALLOW = (0.6, 0.75), (0.82, 0.95)  # shares of the forecast that are committed
DEEP_KIND = 0.96
GROUP_SIZE = 4
MOST_GROUPS = 6
WITH_CAPACITY = 6
POOL_OF = "brasov"
SAYINGS = (
    ("warning", "Tool change on the crimping press, two days less in this week."),
    ("information", "Copper terminals arrive a week early; we can build ahead."),
    ("actionRequired", "Please tell us by Thursday whether the increase is for good."),
    ("default", "We run Saturday shifts until the shortage is over."),
)


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Answer the releases of every supplier as the seed tells; without releases do nothing."""
    rng = np.random.default_rng([network.seed, 17])
    kinds = (place * 37 % 100 / 100 for place in count())  # every share is met in each hundred
    suppliers = list(dict.fromkeys(supply.supplier for supply in network.supplies))
    for number, slug in enumerate(suppliers):
        with acting_for(directory.organisations[slug]):
            found = _received()
            if found:
                shares = LIVELY if slug in LIVELY_ONES else SHARES
                _answer(found, zip(kinds, repeat(shares)), rng, as_of)
                _say(found, rng, as_of)
                if number < WITH_CAPACITY or slug == POOL_OF:
                    _capacity(found, rng, as_of, has_pool=slug == POOL_OF)
    for slug in dict.fromkeys(supply.customer for supply in network.supplies):
        with acting_for(directory.organisations[slug]):
            _accept(as_of)
            _judge(as_of)
    _agree(directory, as_of)


def _received() -> list[Position]:
    schedules = DeliverySchedule.objects.filter(
        counterparty_id=acting_organisation_id(), is_current=True
    )
    return positions_of(schedules.order_by("owner_id", "part_number", "site_code"))


def _answer(
    found: Sequence[Position],
    kinds: Iterator[tuple[float, Shares]],
    rng: np.random.Generator,
    now: datetime,
) -> None:
    """Write tasks and commits: most as they are, some with gaps, a few in part or not at all."""
    calendar, zone = own_calendar(), ZoneInfo(acting_organisation().timezone)
    rows = {each.series_id: _commit(each, *next(kinds), rng, now) for each in found}
    after = [_committed(each, rows[each.series_id]) for each in found]
    tasks = [task_of(each, calendar, zone, now) for each in after]
    for task in tasks:
        is_answered = task.state != CommitTask.State.OPEN
        task.answered_at = now - timedelta(hours=3) if is_answered else None
    CommitTask.objects.bulk_create(tasks)
    Commit.objects.bulk_create([row for row in rows.values() if row is not None])
    judge_supplier([each for each in after if each.commit is None][:2], as_of=now)


def _committed(position: Position, row: Commit | None) -> Position:
    """Return the position as it stands with a commit."""
    if row is None:
        return position
    return replace(position, commit=row, committed=row.quantities, states=row.states)


def _commit(
    position: Position, kind: float, shares: Shares, rng: np.random.Generator, now: datetime
) -> Commit | None:
    """Return the commit of a series, by ``kind`` in [0, 1), see ``shares``; None stays open."""
    if kind >= shares["partial"]:
        return None
    given, reasons = list(position.forecast), {}
    if kind >= shares["gaps"]:
        given = [each if place < len(given) // 3 else None for place, each in enumerate(given)]
    elif kind >= shares["as_is"]:
        reason = GAP_REASONS[int(rng.integers(len(GAP_REASONS)))]
        first = int(rng.integers(1, 6))
        depth = DEEP if kind == DEEP_KIND else SHALLOW
        for place in range(first, min(first + 3, len(given))):
            asked = given[place]
            if asked:
                given[place] = Decimal(int(asked * Decimal(str(round(rng.uniform(*depth), 2)))))
                reasons[position.weeks[place].isoformat()] = reason
    is_as_is = not reasons and kind < shares["as_is"]
    return new_commit(
        position,
        committed=given,
        reasons=reasons,
        origin=(Commit.Origin.AS_IS if is_as_is else Commit.Origin.MANUAL).value,
        at=max(position.published_at, now - timedelta(hours=int(rng.integers(2, 40)))),
    )


def _say(found: Sequence[Position], rng: np.random.Generator, now: datetime) -> None:
    """Let the supplier comment on a week of a few series."""
    chosen = [each for each in found if rng.random() < 0.05][: len(SAYINGS)]
    first = monday_of(own_day(now))
    PlanComment.objects.bulk_create(
        PlanComment(
            owner_id=each.supplier_id,
            counterparty_id=each.customer_id,
            object_kind=PlanComment.ObjectKind.SERIES,
            object_id=each.series_id,
            type=kind,
            text=text,
            weeks=[first + WEEK * int(rng.integers(1, 8))],
            author="Planning",
            created_at=now - timedelta(hours=5),
            changed_at=now - timedelta(hours=5),
        )
        for each, (kind, text) in zip(chosen, SAYINGS, strict=False)
    )


def _capacity(
    found: Sequence[Position],
    rng: np.random.Generator,
    now: datetime,
    *,
    has_pool: bool,
) -> None:
    """State groups of a few series each, some of them short, and one pool over both car makers."""
    by_customer: dict[int, list[Position]] = {}
    for each in found:
        by_customer.setdefault(each.customer_id, []).append(each)
    groups: list[CapacityGroup] = []
    links: list[CapacityLink] = []
    most = GROUP_SIZE * (MOST_GROUPS if has_pool else 1)
    for customer_id, series in by_customer.items():
        for number in range(0, min(len(series), most), GROUP_SIZE):
            part = series[number : number + GROUP_SIZE]
            group = _group(f"Line {len(groups) + 1}", customer_id, part, rng, now)
            groups.append(group)
            links += [_link(group, series_id=each.series_id) for each in part]
    if has_pool and len(by_customer) > 1:
        pool = _group("Cutting and crimping, whole plant", found[0].supplier_id, found, rng, now)
        pool.kind = CapacityGroup.Kind.PLANT
        links += [_link(pool, child=each) for each in groups]
        groups.append(pool)
    CapacityGroup.objects.bulk_create(groups)
    CapacityLink.objects.bulk_create(links)
    match_groups([each.pk for each in groups], as_of=now)


def _load(series: Sequence[Position]) -> list[Decimal]:
    longest = max(len(each.weeks) for each in series)
    return [
        sum(
            (each.forecast[place] or Decimal(0) for each in series if place < len(each.forecast)),
            Decimal(0),
        )
        for place in range(longest)
    ]


def _group(
    name: str,
    counterparty_id: int,
    series: Sequence[Position],
    rng: np.random.Generator,
    now: datetime,
) -> CapacityGroup:
    """Return a group whose capacity lies around the usual load: some are short, most are not."""
    load, like = _load(series), series[0]
    usual = sum(load, Decimal(0)) / max(1, len(load))
    actual = Decimal(int(usual * Decimal(str(round(rng.uniform(1.25, 1.9), 2))))) + 1
    maximum = Decimal(int(actual * Decimal("1.15")))
    weeks = [actual] * len(load)
    if rng.random() < 0.2 and len(weeks) > 6:  # a shutdown of two weeks
        first = int(rng.integers(2, 5))
        weeks[first : first + 2] = [Decimal(int(actual * Decimal("0.6")))] * 2
    kinds = list(CapacityGroup.Kind.values)
    return CapacityGroup(
        owner_id=like.supplier_id,
        counterparty_id=counterparty_id,
        name=name,
        kind=kinds[int(rng.integers(len(kinds)))],
        unit=like.unit,
        first_week=like.first_week,
        actual=weeks,
        maximum=[max(each, min(maximum, Decimal(int(each * Decimal("1.15"))))) for each in weeks],
        changed_at=now,
    )


def _link(
    group: CapacityGroup, *, series_id: UUID | None = None, child: CapacityGroup | None = None
) -> CapacityLink:
    return CapacityLink(
        owner_id=group.owner_id,
        counterparty_id=group.counterparty_id,
        group=group,
        series_id=series_id,
        child=child,
    )


def _accept(now: datetime) -> None:
    """Let the customer accept what was committed as it was asked: nothing there is left to say."""
    found = Commit.objects.filter(
        counterparty_id=acting_organisation_id(), is_current=True, origin=Commit.Origin.AS_IS
    )
    CommitReview.objects.bulk_create(
        CommitReview(
            owner_id=acting_organisation_id(),
            counterparty_id=each.owner_id,
            commit_id=each.pk,
            series_id=each.series_id,
            schedule_id=each.schedule_id,
            verdict=CommitReview.Verdict.ACCEPTED,
            reviewed_at=now,
        )
        for each in found
    )


def _judge(now: datetime) -> None:
    """Raise the customer's exceptions where commits fall short; the first dozen make the point."""
    short = CommitTask.objects.filter(
        counterparty_id=acting_organisation_id(), state=CommitTask.State.EXCEPTION
    ).values_list("series_id", flat=True)[:12]
    if not short:
        return
    schedules = DeliverySchedule.objects.filter(series_id__in=list(short), is_current=True)
    judge_buyer(positions_of(schedules), as_of=now)


def _agree(directory: Directory, now: datetime) -> None:
    """Write what the car maker of the story agreed with the supplier of the story."""
    with acting_for(directory.organisations["avalon"]):
        PlanningTerms.objects.create(
            counterparty=directory.organisations[POOL_OF],
            terms={"commit_days": 4, "auto_share": "0.9", "consensus_tolerance": "0.02"},
            valid_from=own_day(now) - timedelta(days=90),
        )
