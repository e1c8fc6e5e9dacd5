"""Accounts of returnable packaging: balance, age, need, cover and monthly confirmation (TR-21)."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum


class EntryKind(StrEnum):
    """What happened to empties, seen from the owner."""

    ISSUED = "issued"
    RETURNED = "returned"
    SCRAPPED = "scrapped"


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking on the account of a partner and packaging type; ``quantity`` > 0 pieces."""

    day: date
    kind: EntryKind
    quantity: int

    def __post_init__(self) -> None:
        if self.quantity <= 0:
            raise ValueError(f"expected a quantity > 0, got {self.quantity}")


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Pieces still out since ``min_days`` to ``max_days`` days (``None`` = and more)."""

    min_days: int
    max_days: int | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Account:
    """An account on a day.

    ``balance`` = issued − returned − scrapped; negative = more came back than was ever issued,
    which is always a difference to be cleared. ``out`` are the pieces still with the partner as
    (day issued, pieces), the oldest first; their sum is ``balance`` if that is >= 0.
    """

    balance: int
    out: tuple[tuple[date, int], ...]


def account(entries: Sequence[Entry], on: date) -> Account:
    """Return balance and age of an account at the end of day ``on``; later entries do not count.

    First in, first out: returns and scrap take the oldest pieces. On one day issues count before
    returns, so the order of entries never matters.
    """
    first = {EntryKind.ISSUED: 0}
    booked = sorted(
        (each for each in entries if each.day <= on),
        key=lambda each: (each.day, first.get(each.kind, 1)),
    )
    out: deque[tuple[date, int]] = deque()
    ahead = 0  # came back before it was issued
    for entry in booked:
        left = entry.quantity
        if entry.kind == EntryKind.ISSUED:
            settled = min(ahead, left)
            ahead -= settled
            if left > settled:
                same_day = out.pop()[1] if out and out[-1][0] == entry.day else 0
                out.append((entry.day, same_day + left - settled))
            continue
        while left and out:
            day, pieces = out.popleft()
            taken = min(pieces, left)
            left -= taken
            if pieces > taken:
                out.appendleft((day, pieces - taken))
        ahead += left
    return Account(sum(pieces for _day, pieces in out) - ahead, tuple(out))


def ageing(state: Account, on: date, limits: Sequence[int] = (30, 60, 90)) -> tuple[AgeBand, ...]:
    """Return pieces out by age in days: up to each limit, and beyond the last.

    Raises ``ValueError`` unless limits ascend and are >= 0.
    """
    if list(limits) != sorted(set(limits)) or not limits or limits[0] < 0:
        raise ValueError(f"expected ascending limits >= 0, got {list(limits)}")
    bounds = [*zip([0, *(limit + 1 for limit in limits)], [*limits, None], strict=True)]
    counts = [0] * len(bounds)
    for day, pieces in state.out:
        age = (on - day).days
        counts[next(i for i, (_low, high) in enumerate(bounds) if high is None or age <= high)] += (
            pieces
        )
    return tuple(
        AgeBand(low, high, count) for (low, high), count in zip(bounds, counts, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Call:
    """Parts to be shipped on ``day`` in this packaging, ``per_unit`` parts in a piece."""

    day: date
    quantity: Decimal
    per_unit: Decimal

    def __post_init__(self) -> None:
        if self.quantity < 0 or self.per_unit <= 0:
            raise ValueError(
                f"expected quantity >= 0 and parts per unit > 0, got {self.quantity}, "
                f"{self.per_unit}"
            )


def need(calls: Sequence[Call], start: date, days: int) -> tuple[int, ...]:
    """Return pieces of packaging needed on each of ``days`` days from ``start`` on.

    Each call takes whole pieces of its own: a half-full box is a box.
    """
    if days < 0:
        raise ValueError(f"expected days >= 0, got {days}")
    found = [0] * days
    for call in calls:
        offset = (call.day - start).days
        if 0 <= offset < days:
            boxes = call.quantity / call.per_unit
            found[offset] += int(boxes.to_integral_value(rounding=ROUND_CEILING))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Cover:
    """For how many days empties last. ``is_at_least``: the horizon ended first."""

    days: Decimal
    is_at_least: bool
    is_short: bool  # below the lead time of new empties
    missing: int  # pieces missing within the lead time


def cover(on_hand: int, needed: Sequence[int], lead_days: int) -> Cover:
    """Return how long ``on_hand`` usable empties last, against the lead time of new ones.

    Days are used up in order; the day on which empties run out counts for its covered share, as
    in days of supply. Short when cover < lead time although the need is known that far.

    Raises ``ValueError`` on negative figures, or a horizon shorter than the lead time.
    """
    if on_hand < 0 or lead_days < 0 or any(each < 0 for each in needed):
        raise ValueError("expected stock, need and lead time >= 0")
    if len(needed) < lead_days:
        raise ValueError(f"expected need of at least {lead_days} days, got {len(needed)}")
    missing = max(0, sum(needed[:lead_days]) - on_hand)
    left = on_hand
    for day, pieces in enumerate(needed):
        if pieces > left:
            days = day + Decimal(left) / pieces
            return Cover(days, is_at_least=False, is_short=days < lead_days, missing=missing)
        left -= pieces
    return Cover(Decimal(len(needed)), is_at_least=True, is_short=False, missing=missing)


@dataclass(frozen=True, slots=True)
class Difference:
    """Monthly confirmation of one packaging type: what each side counts; ``None`` = not given."""

    packaging: str
    ours: int | None
    theirs: int | None

    @property
    def pieces(self) -> int | None:
        """Theirs − ours; ``None`` while one side is silent."""
        if self.ours is None or self.theirs is None:
            return None
        return self.theirs - self.ours


def confirmation(ours: Mapping[str, int], theirs: Mapping[str, int]) -> tuple[Difference, ...]:
    """Return types that the two sides do not agree on, by name; empty = both agree."""
    return tuple(
        Difference(name, ours.get(name), theirs.get(name))
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    )
