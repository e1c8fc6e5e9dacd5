"""One tier's demand for components from what all its customers ask of its own parts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext

from collab.masterdata.rules.bill_of_material import EXACT_DIGITS, BomLine
from forecasting.engine.working_days import WorkingCalendar
from forecasting.rules.schedule import ZERO, check_quantity

YEAR_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentDemand:
    """What one customer asks of one of our own parts on one day [base units], >= 0."""

    customer: str
    parent: str
    due_on: date
    quantity: Decimal

    def __post_init__(self) -> None:
        check_quantity("demand", self.quantity, f" of {self.parent} on {self.due_on}")


@dataclass(frozen=True, slots=True)
class Peg:
    """The share of a component's need that one customer's demand for one parent causes."""

    customer: str
    parent: str
    due_on: date
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentDemand:
    """What is needed of one component on one day, summed over customers [base units].

    ``gross`` is the sum of ``pegs``, ``from_stock`` what the own stock covers of it.
    """

    component: str
    needed_on: date
    gross: Decimal
    from_stock: Decimal
    pegs: tuple[Peg, ...]

    @property
    def net(self) -> Decimal:
        """What the next tier must deliver."""
        with localcontext(prec=EXACT_DIGITS):
            return self.gross - self.from_stock

    @property
    def shown_to_supplier(self) -> tuple[str, date, Decimal]:
        """All the next tier sees: component, day, quantity; never whose vehicle it is for."""
        return self.component, self.needed_on, self.net


def propagate(
    demands: Sequence[ParentDemand],
    lines: Sequence[BomLine],
    *,
    calendar: WorkingCalendar,
    lead_time_days: Mapping[str, int],
    stock: Mapping[str, Decimal] | None = None,
) -> tuple[ComponentDemand, ...]:
    """Return the demand that one tier passes on (FC-21), by component and day.

    Tier demand = sum over parents x usage x take rate x (1 + scrap), as many working days
    earlier as the parent takes to make, less the own stock, which covers the earliest need
    first. Summed over customers before it moves on, so stock is netted once.

    Parameters
    ----------
    demands
        Of all customers, in any order.
    lines
        Single-level bill of material of the parents; a line counts if it is effective on the
        day the parent is begun.
    calendar
        Working days of this tier.
    lead_time_days
        Working days from the need of components to the parent's due day, per parent; 0 if
        not named.
    stock
        Stock of components on hand [base units], >= 0; none if not named.

    Returns
    -------
    tuple of ComponentDemand
        Ordered by component and day; quantities exact, days without need left out.
    """
    lines_of: defaultdict[str, list[BomLine]] = defaultdict(list)
    for line in lines:
        lines_of[line.parent].append(line)
    pegs: defaultdict[tuple[str, date], list[Peg]] = defaultdict(list)
    for demand in demands:
        lead = lead_time_days.get(demand.parent, 0)
        begun_on = working_days_before(demand.due_on, lead, calendar)
        for line in lines_of[demand.parent]:
            with localcontext(prec=EXACT_DIGITS):
                quantity = demand.quantity * line.quantity_per_parent
            if quantity and line.is_effective(begun_on):
                peg = Peg(demand.customer, demand.parent, demand.due_on, quantity)
                pegs[line.component, begun_on].append(peg)
    return netted(pegs, stock or {})


def working_days_before(day: date, working_days: int, calendar: WorkingCalendar) -> date:
    """Return the day ``working_days`` >= 0 worked days earlier; 0 is ``day`` or the last worked.

    Raises
    ------
    ValueError
        If the number is negative, or no day of a year is worked.
    """
    if working_days < 0:
        raise ValueError(f"expected working_days >= 0, got {working_days}")
    found = _worked_on_or_before(day, calendar)
    for _ in range(working_days):
        found = _worked_on_or_before(found - timedelta(days=1), calendar)
    return found


def _worked_on_or_before(day: date, calendar: WorkingCalendar) -> date:
    for back in range(YEAR_DAYS):
        if calendar.is_working(worked := day - timedelta(days=back)):
            return worked
    raise ValueError(f"expected working days in the year before {day}, got none")


def netted(
    pegs: Mapping[tuple[str, date], Sequence[Peg]], stock: Mapping[str, Decimal]
) -> tuple[ComponentDemand, ...]:
    """Return the needs by (component, day) with each one's stock used up in order of the days."""
    left = dict(stock)
    for component, quantity in left.items():
        check_quantity("stock", quantity, f" of {component}")
    found: list[ComponentDemand] = []
    for component, needed_on in sorted(pegs):
        causes = pegs[component, needed_on]
        with localcontext(prec=EXACT_DIGITS):
            gross = sum((peg.quantity for peg in causes), ZERO)
            used = min(gross, left.get(component, ZERO))
            left[component] = left.get(component, ZERO) - used
        found.append(
            ComponentDemand(
                component=component,
                needed_on=needed_on,
                gross=gross,
                from_stock=used,
                pegs=tuple(sorted(causes, key=lambda peg: (peg.due_on, peg.customer, peg.parent))),
            )
        )
    return tuple(found)
