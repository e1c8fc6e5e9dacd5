"""What an accepted market signal does to a weekly plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

WEEK_DAYS = 7
PERCENT = Decimal(100)

Weekly = Sequence[Decimal | None]


@dataclass(frozen=True, slots=True)
class Effect:
    """A change of demand [% of it] between two days, both included, as a range.

    Raises
    ------
    ValueError
        Unless -100 <= low <= likely <= high and the days are in order.
    """

    low: Decimal
    likely: Decimal
    high: Decimal
    first: date
    last: date

    def __post_init__(self) -> None:
        if not -PERCENT <= self.low <= self.likely <= self.high:
            raise ValueError(
                "expected -100 <= low <= likely <= high percent,"
                f" got {self.low}, {self.likely}, {self.high}"
            )
        if self.last < self.first:
            raise ValueError(f"expected an end on or after {self.first}, got {self.last}")


@dataclass(frozen=True, slots=True)
class Plan:
    """A weekly plan with the range around it; ``None`` is missing, never zero."""

    likely: tuple[Decimal | None, ...]
    low: tuple[Decimal | None, ...]
    high: tuple[Decimal | None, ...]


def share_of_week(monday: date, effect: Effect) -> Decimal:
    """Return which share of the week's seven days lies inside the effect's validity, 0 to 1."""
    first = max(monday, effect.first)
    last = min(monday + timedelta(days=WEEK_DAYS - 1), effect.last)
    return Decimal(max(0, (last - first).days + 1)) / WEEK_DAYS


def apply_effect(
    first_week: date, likely: Weekly, effect: Effect, *, low: Weekly = (), high: Weekly = ()
) -> Plan:
    """Return the plan with the effect on every week it touches.

    Where the plan has no range yet, it starts from the plan itself, so that the range of the
    signal becomes the range of the plan. The low end follows the low effect, the high end the
    high one: the two uncertainties add up, as nobody knows that they cancel out.
    """
    shares = [
        share_of_week(first_week + timedelta(weeks=week), effect) for week in range(len(likely))
    ]
    return Plan(
        _grown(likely, shares, effect.likely),
        _grown(low or likely, shares, effect.low),
        _grown(high or likely, shares, effect.high),
    )


def _grown(
    figures: Weekly, shares: Sequence[Decimal], percent: Decimal
) -> tuple[Decimal | None, ...]:
    return tuple(
        None if figure is None else figure * (1 + percent / PERCENT * share)
        for figure, share in zip(figures, shares, strict=True)
    )
