"""Full truck, milk run, part load or parcel: options priced alike and ranked (TR-02)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from transport.rules.tariff import Mode, Movement, Price, Tariff, TariffGap, price

LONGEST_WAIT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Run:
    """One departure of a fixed service: freight there by ``closes_at`` is unloaded by the end."""

    closes_at: datetime
    departs_at: datetime
    arrives_at: datetime

    def __post_init__(self) -> None:
        if not self.closes_at <= self.departs_at < self.arrives_at:
            raise ValueError(
                "expected cut-off, departure and arrival in this order, got "
                f"{self.closes_at}, {self.departs_at}, {self.arrives_at}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One movement of an option.

    ``runs`` are the fixed departures; ``None`` = leaves when the freight is ready and takes
    ``duration`` [> 0] to the end of unloading at the far end.
    """

    movement: Movement
    tariff: Tariff
    duration: timedelta
    runs: tuple[Run, ...] | None = None

    def __post_init__(self) -> None:
        if self.duration <= timedelta(0):
            raise ValueError(f"expected a duration > 0, got {self.duration}")


@dataclass(frozen=True, slots=True)
class Option:
    """One way to bring freight from supplier to plant; several legs = over cross-docks."""

    name: str
    mode: Mode
    legs: tuple[Leg, ...]

    def __post_init__(self) -> None:
        if not self.legs:
            raise ValueError(f"expected at least one leg in {self.name}, got none")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an option fares. ``refusals`` in plain words; empty = possible.

    ``prices`` has one price per leg that could be priced, ``cents`` is their sum, ``None`` with a
    gap. ``arrives_at`` is ``None`` if it never leaves; ``runs`` are the fixed departures taken.
    """

    option: Option
    prices: tuple[Price, ...]
    cents: int | None
    arrives_at: datetime | None
    refusals: tuple[str, ...]
    runs: tuple[Run, ...] = ()

    @property
    def is_possible(self) -> bool:
        """True if nothing speaks against it."""
        return not self.refusals


def compare(
    options: Sequence[Option],
    *,
    ready_at: datetime,
    due_at: datetime,
    longest_wait: timedelta = LONGEST_WAIT,
) -> tuple[Verdict, ...]:
    """Return all options, the possible ones first, each group from the cheapest on.

    Every option is priced by the same function. Refused: a gap in the tariff, a wait for a fixed
    departure of more than 24 h at any leg, no departure at all, arrival after ``due_at``.

    Raises ``ValueError`` if possible options come in several currencies.
    """
    verdicts = [
        _judge(option, ready_at=ready_at, due_at=due_at, longest_wait=longest_wait)
        for option in options
    ]
    currencies = {each.currency for verdict in verdicts for each in verdict.prices}
    if len(currencies) > 1:
        raise ValueError(f"expected one currency to compare, got {sorted(currencies)}")
    return tuple(sorted(verdicts, key=_rank))


def _rank(verdict: Verdict) -> tuple[bool, bool, int, bool, float]:
    arrives = verdict.arrives_at
    return (
        not verdict.is_possible,
        verdict.cents is None,
        verdict.cents or 0,
        arrives is None,
        arrives.timestamp() if arrives else 0.0,
    )


def _judge(
    option: Option, *, ready_at: datetime, due_at: datetime, longest_wait: timedelta
) -> Verdict:
    prices, gaps = _price(option)
    at, taken, refusals = _travel(option, ready_at, longest_wait)
    if at is not None and at > due_at:
        refusals.append(f"arrives {_hours(at - due_at)} h late")
    is_priced = len(prices) == len(option.legs)
    cents = sum(each.cents for each in prices) if is_priced else None
    return Verdict(option, tuple(prices), cents, at, (*gaps, *refusals), tuple(taken))


def _travel(
    option: Option, ready_at: datetime, longest_wait: timedelta
) -> tuple[datetime | None, list[Run], list[str]]:
    """Return the arrival of an option, the fixed departures it takes, and what is against it."""
    at = ready_at
    taken: list[Run] = []
    refusals: list[str] = []
    for number, leg in enumerate(option.legs, start=1):
        if leg.runs is None:
            at += leg.duration
            continue
        run = _next_run(leg.runs, at)
        if run is None:
            refusals.append(f"no departure of leg {number} after {at:%Y-%m-%d %H:%M}")
            return None, taken, refusals
        if (wait := run.departs_at - at) > longest_wait:
            refusals.append(
                f"waits {_hours(wait)} h for leg {number}, more than {_hours(longest_wait)}"
            )
        taken.append(run)
        at = run.arrives_at
    return at, taken, refusals


def _price(option: Option) -> tuple[list[Price], list[str]]:
    prices: list[Price] = []
    gaps: list[str] = []
    for leg in option.legs:
        try:
            prices.append(price(leg.movement, leg.tariff))
        except TariffGap as gap:
            gaps.append(str(gap))
    return prices, gaps


def _next_run(runs: Sequence[Run], at: datetime) -> Run | None:
    """Return the run that is there first among those still open at ``at``."""
    still_open = [each for each in runs if each.closes_at >= at]
    return min(still_open, key=lambda each: (each.arrives_at, each.departs_at), default=None)


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):.3g}"
