"""One organisation's own levels: customers' demand through all it makes, down to what it buys."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext

from collab.masterdata.rules.bill_of_material import EXACT_DIGITS, BomLine, check_acyclic
from forecasting.engine.working_days import WorkingCalendar
from forecasting.rules.propagation import (
    ComponentDemand,
    ParentDemand,
    Peg,
    netted,
    propagate,
)
from forecasting.rules.schedule import ZERO
from forecasting.week_figures import WEEK, monday_of, weeks_between

THOUSANDTH = Decimal("0.001")
BILLIONTH = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class WeeklyNeed:
    """What is needed of one part per week from ``first_week`` on, and who causes how much of it.

    The causes of a week add up to the week, to the thousandth.
    """

    part: str
    first_week: date
    quantities: tuple[Decimal, ...]
    causes: Mapping[str, tuple[Decimal, ...]]


@dataclass(frozen=True, slots=True)
class OwnStock:
    """Stock on hand of one part [base units, >= 0]: ``free`` for anybody, ``kept`` by customer."""

    free: Decimal = ZERO
    kept: Mapping[str, Decimal] = field(default_factory=dict)

    def for_customer(self, customer: str) -> Decimal:
        """Return what one customer can have at most."""
        return self.free + self.kept.get(customer, ZERO)


def needs_on_all_levels(
    demands: Sequence[ParentDemand],
    lines: Sequence[BomLine],
    *,
    calendar: WorkingCalendar,
    lead_time_days: Mapping[str, int],
    stock: Mapping[str, OwnStock] | None = None,
    customer_of: Mapping[str, str] | None = None,
) -> dict[str, tuple[ComponentDemand, ...]]:
    """Return the net need of every part on every level, by part, each in order of its days.

    Level by level from the top: a part's need is summed over all its parents and customers,
    its own stock is used up, and what is left asks for its components. Stock kept for a customer
    covers that customer's needs alone, before any other; free stock covers the earliest days,
    shared among the customers of a day in proportion to what each asks for. A peg's ``customer``
    is the demand that caused it, ``customer_of`` names whose demand that is. Raises
    ``BillOfMaterialCycle`` for a part that contains itself.
    """
    check_acyclic(lines)
    pending: defaultdict[str, list[Peg]] = defaultdict(list)
    for demand in demands:
        pending[demand.parent].append(
            Peg(demand.customer, demand.parent, demand.due_on, demand.quantity)
        )
    found: dict[str, tuple[ComponentDemand, ...]] = {}
    lines_of: defaultdict[str, list[BomLine]] = defaultdict(list)
    for line in lines:
        lines_of[line.parent].append(line)
    for part in _top_down(set(pending), lines):
        days: defaultdict[tuple[str, date], list[Peg]] = defaultdict(list)
        for peg in pending[part]:
            days[part, peg.due_on].append(peg)
        own = (stock or {}).get(part, OwnStock())
        found[part] = netted(_without_kept(days, own.kept, customer_of or {}), {part: own.free})
        below = propagate(
            _net_demands(found[part]),
            lines_of[part],
            calendar=calendar,
            lead_time_days=lead_time_days,
        )
        for need in below:
            pending[need.component] += [
                Peg(peg.customer, part, need.needed_on, peg.quantity) for peg in need.pegs
            ]
    return found


def by_week(needs: Sequence[ComponentDemand], *, first_week: date) -> WeeklyNeed | None:
    """Return the net needs of one part per week; what was due before ``first_week`` is due in it.

    ``None`` without any need.
    """
    if not needs:
        return None
    last = max([first_week, *(monday_of(need.needed_on) for need in needs)])
    n_weeks = len(weeks_between(first_week, last))
    causes: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO] * n_weeks)
    for need in needs:
        week = max(0, (monday_of(need.needed_on) - first_week) // WEEK)
        for cause, quantity in _net_by_cause(need).items():
            causes[cause][week] += quantity
    rounded = {cause: tuple(map(_rounded, line)) for cause, line in causes.items()}
    totals = tuple(sum(column, ZERO) for column in zip(*rounded.values(), strict=True))
    return WeeklyNeed(needs[0].component, first_week, totals, rounded)


def shares(wanted: Mapping[str, Decimal | None]) -> dict[str, Decimal]:
    """Return the share of each supplier: stated ones as they are, the rest evenly among the others.

    Where all are stated, or they leave nothing, they are scaled to add up to 1.
    """
    stated = {key: share for key, share in wanted.items() if share is not None}
    open_keys = [key for key in wanted if key not in stated]
    left = 1 - sum(stated.values(), ZERO)
    if open_keys and left >= 0:
        return stated | dict.fromkeys(open_keys, left / len(open_keys))
    total = sum(stated.values(), ZERO)
    if not total:
        return dict.fromkeys(wanted, Decimal(1) / len(wanted)) if wanted else {}
    return {key: stated.get(key, ZERO) / total for key in wanted}


def _net_demands(needs: Sequence[ComponentDemand]) -> list[ParentDemand]:
    return [
        ParentDemand(
            customer=cause, parent=need.component, due_on=need.needed_on, quantity=quantity
        )
        for need in needs
        for cause, quantity in _net_by_cause(need).items()
        if quantity
    ]


def _net_by_cause(need: ComponentDemand) -> dict[str, Decimal]:
    """Share the stock among the causes in proportion to what each asks for; the sum is exact."""
    gross: defaultdict[str, Decimal] = defaultdict(Decimal)
    for peg in need.pegs:
        gross[peg.customer] += peg.quantity
    if not need.from_stock:
        return dict(gross)
    found = {
        cause: (asked * need.net / need.gross).quantize(BILLIONTH, rounding=ROUND_DOWN)
        for cause, asked in gross.items()
    }
    largest = max(gross, key=lambda cause: gross[cause])
    found[largest] += need.net - sum(found.values(), ZERO)
    return found


def _without_kept(
    days: Mapping[tuple[str, date], Sequence[Peg]],
    kept: Mapping[str, Decimal],
    customer_of: Mapping[str, str],
) -> dict[tuple[str, date], list[Peg]]:
    """Return all pegs, less what is kept for their customers, earliest day first."""
    left = dict(kept)
    found: dict[tuple[str, date], list[Peg]] = {}
    for key in sorted(days):
        rest = []
        for peg in days[key]:
            customer = customer_of.get(peg.customer, "")
            used = min(peg.quantity, left.get(customer, ZERO))
            with localcontext(prec=EXACT_DIGITS):
                left[customer] = left.get(customer, ZERO) - used
                rest.append(replace(peg, quantity=peg.quantity - used))
        found[key] = rest
    return found


def _top_down(roots: set[str], lines: Sequence[BomLine]) -> list[str]:
    """Return the parts at and under the roots, each behind all its parents; lines have no ring."""
    components: defaultdict[str, list[str]] = defaultdict(list)
    for line in lines:
        components[line.parent].append(line.component)
    order: list[str] = []
    seen: set[str] = set()
    stack = [(root, False) for root in sorted(roots, reverse=True)]
    while stack:
        part, is_done = stack.pop()
        if is_done:
            order.append(part)
        elif part not in seen:
            seen.add(part)
            stack.append((part, True))
            stack += [(each, False) for each in components[part] if each not in seen]
    return order[::-1]


def _rounded(quantity: Decimal) -> Decimal:
    return quantity.quantize(THOUSANDTH, rounding=ROUND_HALF_UP)
