"""What a scenario does to weekly plans, and how the result differs from the plan that stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

ZERO = Decimal(0)
PERCENT = Decimal(100)
KINDS = ("percent", "add", "set", "shift", "shutdown")
LONGEST_SHIFT = 52

Kind = Literal["percent", "add", "set", "shift", "shutdown"]
Weekly = Sequence[Decimal | None]
Figures = tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One changed input of the weeks from ``first`` to ``last``, both Mondays included.

    ``percent``: value % more (at least -100). ``add``: value more in each week, not below 0.
    ``set``: each week is value. ``shift``: the demand comes value weeks later (earlier if
    negative). ``shutdown``: no demand; it is caught up evenly in the ``value`` weeks behind it,
    or lost where ``value`` is 0. ``parts`` limits it to part numbers; none = all.

    Raises
    ------
    ValueError
        For an unknown kind, days out of order or a value that the kind does not allow.
    """

    kind: Kind
    first: date
    last: date
    value: Decimal
    parts: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"expected a kind among {', '.join(KINDS)}, got {self.kind}")
        if self.last < self.first:
            raise ValueError(f"expected an end on or after {self.first}, got {self.last}")
        if not self.value.is_finite():
            raise ValueError(f"expected a finite value, got {self.value}")
        self._check_value()

    def _check_value(self) -> None:
        if self.kind == "percent" and self.value < -PERCENT:
            raise ValueError(f"expected at least -100 %, got {self.value}")
        if self.kind == "set" and self.value < 0:
            raise ValueError(f"expected a quantity >= 0, got {self.value}")
        if self.kind in {"shift", "shutdown"}:
            least = -LONGEST_SHIFT if self.kind == "shift" else 0
            whole = self.value == self.value.to_integral_value()
            if not whole or not least <= self.value <= LONGEST_SHIFT:
                raise ValueError(
                    f"expected whole weeks from {least} to {LONGEST_SHIFT}, got {self.value}"
                )

    def concerns(self, part_number: str) -> bool:
        """Say whether the change is about this part."""
        return not self.parts or part_number in self.parts


@dataclass(frozen=True, slots=True)
class Difference:
    """How a scenario's plan of one part differs: totals, and the first and worst week."""

    part_number: str
    before: Decimal
    after: Decimal
    weeks_changed: int
    first_changed: date | None
    worst_week: date | None
    worst: Decimal  # signed, of the week with the largest absolute difference
    cost_minor: int | None  # of the whole difference, None without a price

    @property
    def change(self) -> Decimal:
        """The difference over all weeks."""
        return self.after - self.before


def apply_changes(
    part_number: str, first_week: date, figures: Weekly, changes: Sequence[Change]
) -> Figures:
    """Return the plan of one part after all changes, in their order; missing weeks stay missing.

    Demand shifted out of the horizon is lost on that side: the compare shows it.
    """
    found = tuple(figures)
    for change in changes:
        if change.concerns(part_number):
            found = _apply(first_week, found, change)
    return found


def compare(
    part_number: str,
    first_week: date,
    before: Weekly,
    after: Weekly,
    *,
    price_minor: Decimal | None = None,
) -> Difference:
    """Return how ``after`` differs from ``before``; ``price_minor`` is per unit, minor units."""
    steps = [
        (new or ZERO) - (old or ZERO) for old, new in zip(before, after, strict=True)
    ]  # a missing week counts as no demand in a total
    changed = [week for week, step in enumerate(steps) if step]
    worst = max(changed, key=lambda week: abs(steps[week]), default=None)
    total = sum(steps, ZERO)
    return Difference(
        part_number,
        sum((figure or ZERO for figure in before), ZERO),
        sum((figure or ZERO for figure in after), ZERO),
        len(changed),
        None if not changed else _monday(first_week, changed[0]),
        None if worst is None else _monday(first_week, worst),
        ZERO if worst is None else steps[worst],
        None if price_minor is None else int((total * price_minor).to_integral_value()),
    )


def weekly_totals(plans: Mapping[str, Weekly]) -> Figures:
    """Return the sum over parts per week; a week that is missing everywhere stays missing."""
    columns = zip(*plans.values(), strict=True)
    return tuple(
        None
        if all(each is None for each in column)
        else sum((each or ZERO for each in column), ZERO)
        for column in columns
    )


def _apply(first_week: date, figures: Figures, change: Change) -> Figures:
    inside = [
        week
        for week, figure in enumerate(figures)
        if figure is not None and change.first <= _monday(first_week, week) <= change.last
    ]
    if change.kind == "shift":
        return _shifted(figures, inside, int(change.value))
    if change.kind == "shutdown":
        return _shut_down(figures, inside, int(change.value))
    result = list(figures)
    for week in inside:
        result[week] = _changed(figures[week] or ZERO, change)
    return tuple(result)


def _changed(figure: Decimal, change: Change) -> Decimal:
    if change.kind == "percent":
        return figure * (1 + change.value / PERCENT)
    return change.value if change.kind == "set" else max(ZERO, figure + change.value)


def _shifted(figures: Figures, inside: Sequence[int], weeks: int) -> Figures:
    result = list(figures)
    for week in inside:
        result[week] = (result[week] or ZERO) - (figures[week] or ZERO)
    for week in inside:
        _add(result, week + weeks, figures[week] or ZERO)
    return tuple(result)


def _shut_down(figures: Figures, inside: Sequence[int], weeks: int) -> Figures:
    result = list(figures)
    lost = sum((figures[week] or ZERO for week in inside), ZERO)
    for week in inside:
        result[week] = ZERO
    after = (inside[-1] + 1) if inside else len(figures)
    catching_up = [week for week in range(after, after + weeks) if week < len(figures)]
    for week in catching_up:
        _add(result, week, lost / len(catching_up))
    return tuple(result)


def _add(result: list[Decimal | None], week: int, quantity: Decimal) -> None:
    if 0 <= week < len(result):
        result[week] = (result[week] or ZERO) + quantity


def _monday(first_week: date, week: int) -> date:
    return first_week + timedelta(weeks=week)
