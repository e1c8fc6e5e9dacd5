"""Coverage from stock positions, agreed targets and demand; recomputed for many at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from collab.events.bus import publish
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Site
from forecasting.queries import DemandBySite, DemandKey, daily_demand
from inventory.alerts import judge
from inventory.events import CoverageChanged
from inventory.in_transit import InTransit, Moving, in_transit
from inventory.keys import CoverageKey
from inventory.models import Coverage, CoverageTarget, PlannedOutput, StockKind, StockPosition
from inventory.rules.coverage_level import coverage_level, is_short
from inventory.rules.days_of_supply import DaysOfSupply, days_of_supply
from inventory.rules.evidence import worst_grade
from inventory.rules.projection import project_stock

HORIZON_DAYS = 180
PROJECTED_DAYS = 57  # today and eight weeks
NEED_DAYS = 28
IDS_PER_EVENT = 200
STALE_AFTER_REPORTS = 2
USUAL_REPORT_HOURS = 24
THOUSANDTH = Decimal("0.001")
COMPARED = (
    "on_hand", "in_transit", "next_arrival_at", "unit", "daily_need", "days_of_supply",
    "is_at_least", "minimum_days", "maximum_days", "is_short", "run_out_at", "level",
    "source_grade", "observed_at", "stale_after", "projected_from", "projected_stock",
    "projected_demand", "projected_days", "part_number", "partner_part_number", "site_code",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Stock:
    """The positions behind one coverage, of which blocked stock covers nothing."""

    key: CoverageKey
    positions: Sequence[StockPosition]
    timezone: str

    @property
    def newest(self) -> StockPosition:
        return max(
            self.positions, key=lambda each: (each.observed_at is not None, each.observed_at)
        )

    @property
    def usable(self) -> Decimal:
        return sum(
            (each.quantity for each in self.positions if each.kind != StockKind.BLOCKED),
            Decimal(0),
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of the days to come: what is needed, planned to be added, on its way."""

    needs: Mapping[date, Decimal]
    outputs: Mapping[date, Decimal]
    transit: InTransit
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """What the coming days look like, from the end of day 0 on."""

    first: date
    stock: Sequence[Decimal]
    demand: Sequence[Decimal]
    supply: Sequence[DaysOfSupply]


def project(
    on_hand: Decimal,
    demand: Sequence[Decimal],
    *,
    additions: Sequence[Decimal] = (),
    first: date,
    skip: int,
) -> Projection:
    """Return the projection of ``on_hand`` counted on day 0, seen from day ``skip`` on.

    ``demand`` and ``additions`` [base units] are those of day 1, 2, ...; additions that are not
    given are none. Each day's days of supply look at all the demand after it, without additions
    still to come.
    """
    none_to_come = [Decimal(0)] * (len(demand) - len(additions))
    stock = (on_hand, *project_stock(on_hand, demand, [*additions, *none_to_come]))
    last = min(len(demand), skip + PROJECTED_DAYS)
    days = range(skip, last)
    return Projection(
        first=first + timedelta(days=skip),
        stock=[stock[day] for day in days],
        demand=[demand[day - 1] if day else Decimal(0) for day in days],
        supply=[days_of_supply(stock[day], demand[day:]) for day in days],
    )


@transaction.atomic
def refresh_coverage(keys: Collection[CoverageKey], *, as_of: datetime) -> list[Coverage]:
    """Recompute the coverage of the acting holder's ``keys`` and judge it; return what changed.

    Rows are locked in one order, so that two reports at a time cannot block each other.
    """
    stocks = _stocks(keys)
    targets = _targets(stocks)
    demands = _demands(stocks, as_of)
    outputs = _outputs(stocks)
    moving = in_transit(
        {
            stock.key: Moving(
                part_number=stock.newest.part_number,
                partner_part_number=stock.newest.partner_part_number,
                site_code=stock.newest.site_code,
                unit=stock.newest.unit,
            )
            for stock in stocks
        }
    )
    existing = _existing(stocks)
    changed = []
    for stock in stocks:
        coverage = existing.get(stock.key) or _new(stock)
        was_known = not coverage._state.adding
        was_short = was_known and coverage.is_short
        before = {name: getattr(coverage, name) for name in COMPARED} if was_known else {}
        seen = _Seen(
            demands.get(stock.key, {}), outputs.get(stock.key, {}), moving[stock.key], as_of
        )
        _fill(coverage, stock, targets.get(stock.key), seen)
        if was_known and all(getattr(coverage, name) == old for name, old in before.items()):
            continue
        coverage.version += was_known
        if was_known:
            coverage.save()
        changed.append((coverage, was_short))
    Coverage.objects.bulk_create(each for each, _was in changed if each._state.adding)
    for coverage, was_short in changed:
        judge(coverage, was_short=was_short, at=as_of)
    _announce(each for each, _was in changed)
    return [each for each, _was in changed]


def _stocks(keys: Collection[CoverageKey]) -> list[_Stock]:
    owner = acting_organisation_id()
    wanted = set(keys)
    positions: dict[CoverageKey, list[StockPosition]] = defaultdict(list)
    for each in StockPosition.objects.filter(
        owner_id=owner,
        counterparty_id__in={key.counterparty_id for key in wanted},
        part_id__in={key.part_id for key in wanted},
        site_id__in={key.site_id for key in wanted},
    ):
        key = CoverageKey(each.counterparty_id, each.part_id, each.site_id)
        if key in wanted:
            positions[key].append(each)
    zones = dict(
        Site.objects.filter(pk__in={key.site_id for key in positions}).values_list("pk", "timezone")
    )
    ordered = sorted(positions, key=lambda key: (key.counterparty_id, key.part_id, key.site_id))
    return [_Stock(key, positions[key], zones.get(key.site_id, "UTC")) for key in ordered]


def _outputs(stocks: Sequence[_Stock]) -> dict[CoverageKey, dict[date, Decimal]]:
    """Return what the holder plans to add to each stock, day by day."""
    found: dict[CoverageKey, dict[date, Decimal]] = defaultdict(dict)
    for output in PlannedOutput.objects.filter(
        owner_id=acting_organisation_id(),
        counterparty_id__in={each.key.counterparty_id for each in stocks},
        part_id__in={each.key.part_id for each in stocks},
    ):
        key = CoverageKey(output.counterparty_id, output.part_id, output.site_id)
        found[key][output.on] = output.quantity
    return found


def _existing(stocks: Sequence[_Stock]) -> dict[CoverageKey, Coverage]:
    rows = (
        Coverage.objects.select_for_update(of=("self",))
        .filter(
            owner_id=acting_organisation_id(),
            counterparty_id__in={each.key.counterparty_id for each in stocks},
            part_id__in={each.key.part_id for each in stocks},
            site_id__in={each.key.site_id for each in stocks},
        )
        .order_by("pk")
    )
    return {CoverageKey(row.counterparty_id, row.part_id, row.site_id): row for row in rows}


def _new(stock: _Stock) -> Coverage:
    return Coverage(
        owner_id=acting_organisation_id(),
        counterparty_id=stock.key.counterparty_id,
        part_id=stock.key.part_id,
        site_id=stock.key.site_id,
    )


def _fill(coverage: Coverage, stock: _Stock, target: CoverageTarget | None, ahead: _Seen) -> None:
    newest, zone = stock.newest, ZoneInfo(stock.timezone)
    needs, as_of = ahead.needs, ahead.as_of
    observed = newest.observed_at or as_of
    counted_on, today = observed.astimezone(zone).date(), as_of.astimezone(zone).date()
    needs = ahead.transit.left_to_send(needs, after=max(counted_on, today))
    demand = _following(needs, counted_on)
    arrivals = ahead.transit.by_day(zone, after=counted_on, today=today)
    seen = project(
        stock.usable,
        demand,
        additions=[
            ahead.outputs.get(day, Decimal(0)) + arrivals.get(day, Decimal(0))
            for day in (counted_on + timedelta(days=n) for n in range(1, len(demand) + 1))
        ],
        first=counted_on,
        skip=max(0, (today - counted_on).days),
    )
    supply = seen.supply[0] if seen.supply else None
    coverage.part_number = newest.part_number
    coverage.partner_part_number = newest.partner_part_number
    coverage.site_code, coverage.unit = newest.site_code, newest.unit
    coverage.on_hand = stock.usable
    coverage.in_transit = ahead.transit.quantity
    coverage.next_arrival_at = ahead.transit.next_at
    coverage.source_grade = worst_grade(each.source_grade for each in stock.positions).value
    coverage.observed_at = observed
    hours = target.report_every_hours if target else USUAL_REPORT_HOURS
    coverage.stale_after = observed + timedelta(hours=STALE_AFTER_REPORTS * hours)
    coverage.minimum_days = target.minimum_days if target else None
    coverage.maximum_days = target.maximum_days if target else None
    coverage.projected_from = seen.first
    coverage.projected_stock = list(seen.stock)
    coverage.projected_demand = list(seen.demand)
    coverage.projected_days = [each.days for each in seen.supply]
    coverage.daily_need = _mean_need(needs, today)
    coverage.days_of_supply = supply.days if supply else None
    coverage.is_at_least = bool(supply and supply.is_at_least)
    coverage.is_short = _is_short(supply, coverage.minimum_days)
    coverage.level = level_of(supply.days, target) if supply else Coverage.Level.UNKNOWN
    coverage.run_out_at = _run_out(supply, today, zone)


def level_of(days: Decimal, target: CoverageTarget | None) -> str:
    """Return how urgent ``days`` are (IN-06): high below the agreed lead time, medium below two."""
    lead = target.lead_days if target else None
    if lead is None:
        return coverage_level(days).value
    return coverage_level(days, high_below=lead, medium_below=2 * lead).value


def _following(needs: Mapping[date, Decimal], counted_on: date) -> list[Decimal]:
    """Return the demand of each day after the count, without gaps, as far as it is known."""
    last = max((day for day in needs if day > counted_on), default=counted_on)
    return [
        needs.get(counted_on + timedelta(days=offset), Decimal(0))
        for offset in range(1, (last - counted_on).days + 1)
    ]


def _mean_need(needs: Mapping[date, Decimal], today: date) -> Decimal | None:
    ahead = [quantity for day, quantity in needs.items() if 0 < (day - today).days <= NEED_DAYS]
    if not ahead:
        return None
    return (sum(ahead, Decimal(0)) / NEED_DAYS).quantize(THOUSANDTH, rounding=ROUND_HALF_UP)


def _is_short(supply: DaysOfSupply | None, minimum: Decimal | None) -> bool:
    """Say whether the minimum is missed; stock that outlasts the known demand never misses it."""
    if supply is None or minimum is None or supply.is_at_least:
        return False
    return is_short(supply.days, minimum)


def _run_out(supply: DaysOfSupply | None, today: date, zone: ZoneInfo) -> datetime | None:
    if supply is None or supply.is_at_least:
        return None
    end_of_today = datetime.combine(today + timedelta(days=1), time.min, tzinfo=zone)
    whole = int(supply.days)
    # Calendar days in local time: a day with a clock change still counts as one.
    return end_of_today + timedelta(days=whole, minutes=int((supply.days - whole) * 1440))


def _targets(stocks: Sequence[_Stock]) -> dict[CoverageKey, CoverageTarget]:
    """Return the target of each stock: the holder's own record, else the counterparty's."""
    owner = acting_organisation_id()
    partners = {each.key.counterparty_id for each in stocks}
    own: dict[tuple[int, str, str], CoverageTarget] = {}
    theirs: dict[tuple[int, str, str], CoverageTarget] = {}
    for target in CoverageTarget.objects.filter(
        Q(owner_id=owner, counterparty_id__in=partners)
        | Q(owner_id__in=partners, counterparty_id=owner)
    ):
        if target.owner_id == owner:
            own[target.counterparty_id, target.part_number, target.site_code] = target
        else:
            theirs[target.owner_id, target.part_number, ""] = target
    found = {}
    for stock in stocks:
        newest, partner = stock.newest, stock.key.counterparty_id
        agreed = (
            own.get((partner, newest.part_number, newest.site_code))
            or own.get((partner, newest.part_number, ""))
            or theirs.get((partner, newest.partner_part_number, ""))
        )
        if agreed is not None:
            found[stock.key] = agreed
    return found


def _demands(stocks: Sequence[_Stock], as_of: datetime) -> dict[CoverageKey, dict[date, Decimal]]:
    """Return the demand on each stock: the customer's as far as granted, else one's own."""
    if not stocks:
        return {}
    owner = acting_organisation_id()
    keys: dict[CoverageKey, tuple[DemandKey, DemandKey]] = {}
    for stock in stocks:
        newest, partner = stock.newest, stock.key.counterparty_id
        keys[stock.key] = (
            DemandKey(partner, owner, newest.partner_part_number),
            DemandKey(owner, partner, newest.part_number),
        )
    oldest = min(each.newest.observed_at or as_of for each in stocks)
    first = oldest.date() - timedelta(days=1)
    found = daily_demand(
        {key for pair in keys.values() for key in pair if key.part_number},
        first=first,
        last=own_day(as_of) + timedelta(days=HORIZON_DAYS),
    )
    sites = {stock.key: stock.newest.site_code for stock in stocks}
    return {
        key: _summed(found[theirs])
        if theirs in found
        else _at_site(found.get(mine, {}), sites[key])
        for key, (theirs, mine) in keys.items()
    }


def _summed(by_site: DemandBySite) -> dict[date, Decimal]:
    total: dict[date, Decimal] = defaultdict(Decimal)
    for days in by_site.values():
        for day, quantity in days.items():
            total[day] += quantity
    return total


def _at_site(by_site: DemandBySite, site_code: str) -> dict[date, Decimal]:
    """Return one's own demand at the site, else the demand that names no site."""
    return by_site.get(site_code) or by_site.get("", {})


def _announce(changed: Iterable[Coverage]) -> None:
    by_partner: dict[int, list[str]] = defaultdict(list)
    for coverage in changed:
        by_partner[coverage.counterparty_id].append(str(coverage.pk))
    for partner, ids in by_partner.items():
        for start in range(0, len(ids), IDS_PER_EVENT):
            publish(
                CoverageChanged(
                    counterparty_id=partner, coverage_ids=ids[start : start + IDS_PER_EVENT]
                )
            )
