"""What a supplier promises in answer to a forecast, week by week.

Quantities are in base units, exact; a commit of ``None`` has not been given yet.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from forecasting.engine.working_days import WorkingCalendar
from forecasting.rules.schedule import ZERO, check_quantity

YEAR_DAYS = 366


class CommitState(StrEnum):
    """How a commit answers its forecast."""

    OPEN = "open"
    COMMITTED = "committed"
    PARTIAL = "partial"
    EXCEPTION = "exception"


class CommitOrigin(StrEnum):
    """Who made a commit; ``auto`` is visible to both sides."""

    SUPPLIER = "supplier"
    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitWeek:
    """One part and week: the current figures and those of the cycle before [base units]."""

    forecast: Decimal
    commit: Decimal | None = None
    previous_forecast: Decimal | None = None
    previous_commit: Decimal | None = None
    origin: CommitOrigin | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        check_quantity("forecast", self.forecast)
        if self.commit is not None:
            check_quantity("commit", self.commit)

    @property
    def forecast_delta(self) -> Decimal | None:
        """What the newest forecast version changed."""
        return None if self.previous_forecast is None else self.forecast - self.previous_forecast

    @property
    def commit_delta(self) -> Decimal | None:
        """What the newest commit changed."""
        if self.commit is None or self.previous_commit is None:
            return None
        return self.commit - self.previous_commit


def commit_state(
    forecast: Decimal, commit: Decimal | None, *, tolerance: Decimal = ZERO
) -> CommitState:
    """Return the state of one week; ``tolerance`` in [0, 1] as a share of the forecast.

    Nothing given is open, the forecast or more committed, less but within the tolerance
    partial, less than forecast x (1 - tolerance) an exception.
    """
    _check_tolerance(tolerance)
    if commit is None:
        return CommitState.OPEN
    if commit >= forecast:
        return CommitState.COMMITTED
    is_near = commit >= forecast * (1 - tolerance)
    return CommitState.PARTIAL if is_near else CommitState.EXCEPTION


def overall_state(weeks: Iterable[CommitState]) -> CommitState:
    """Return the state of a part over its weeks: the worst one; open and committed make partial.

    Without a week nothing is asked, which is open.
    """
    found = set(weeks)
    if CommitState.EXCEPTION in found:
        return CommitState.EXCEPTION
    if not found:
        return CommitState.OPEN
    return found.pop() if len(found) == 1 else CommitState.PARTIAL


def give_commit(
    week: CommitWeek,
    quantity: Decimal,
    *,
    reason: str = "",
    origin: CommitOrigin = CommitOrigin.SUPPLIER,
) -> CommitWeek:
    """Return the week with a new commit, which may be changed again within the cycle.

    Raises
    ------
    ValueError
        If the supplier commits less than the forecast without a reason code.
    """
    is_short = quantity < week.forecast and origin == CommitOrigin.SUPPLIER
    if is_short and not reason.strip():
        raise ValueError(f"expected a reason for a commit below {week.forecast}, got none")
    return CommitWeek(
        forecast=week.forecast,
        commit=quantity,
        previous_forecast=week.previous_forecast,
        previous_commit=week.previous_commit,
        origin=origin,
        reason=reason,
    )


def commit_as_is(weeks: Sequence[CommitWeek]) -> tuple[CommitWeek, ...]:
    """Return the weeks with each forecast committed as it stands, where nothing was given yet."""
    return tuple(
        give_commit(week, week.forecast) if week.commit is None else week for week in weeks
    )


def roll_over(week: CommitWeek, forecast: Decimal) -> CommitWeek:
    """Return the week under a new forecast version: current becomes previous, the commit open.

    A cycle in which nothing was committed keeps the commit of the cycle before it.
    """
    return CommitWeek(
        forecast=forecast,
        previous_forecast=week.forecast,
        previous_commit=week.previous_commit if week.commit is None else week.commit,
    )


def commit_due_at(
    published_at: datetime, *, working_days: int, calendar: WorkingCalendar
) -> datetime:
    """Return when the answer is due: the same time of day, ``working_days`` later.

    Parameters
    ----------
    published_at
        With the supplier's time zone, so that the time of day stays through a clock change.
    working_days
        Days of the agreement, >= 0; the day of publication does not count.
    calendar
        The supplier's working days.

    Raises
    ------
    ValueError
        If the calendar has no working day within a year.
    """
    if working_days < 0:
        raise ValueError(f"expected working_days >= 0, got {working_days}")
    due_at, left, idle = published_at, working_days, 0
    while left:
        due_at += timedelta(days=1)
        is_working = calendar.is_working(due_at.date())
        left -= is_working
        idle = 0 if is_working else idle + 1
        if idle > YEAR_DAYS:
            raise ValueError(f"expected working days after {published_at.date()}, got none")
    return due_at


def auto_commit(week: CommitWeek, *, share: Decimal) -> Decimal:
    """Return what counts as committed when the supplier stays silent (FC-08).

    The previous commit, else ``share`` in [0, 1] of the current forecast; never above the
    forecast. Not rounded.

    Examples
    --------
    >>> auto_commit(CommitWeek(forecast=Decimal(1200), previous_commit=Decimal(1300)),
    ...             share=Decimal("0.8"))
    Decimal('1200')
    """
    _check_tolerance(share)
    previous = week.previous_commit
    return min(week.forecast, week.forecast * share if previous is None else previous)


def commit_silence(
    weeks: Sequence[CommitWeek], *, share: Decimal, horizon_weeks: int
) -> tuple[CommitWeek, ...]:
    """Return the weeks with the auto-commit wherever none was given, inside the commit horizon."""
    return tuple(
        give_commit(week, auto_commit(week, share=share), origin=CommitOrigin.AUTO)
        if week.commit is None and position < horizon_weeks
        else week
        for position, week in enumerate(weeks)
    )


class CommitAlertKind(StrEnum):
    """What needs somebody's decision (FC-09)."""

    NO_COMMIT = "no_commit"
    BELOW_FORECAST = "below_forecast"
    CHANGED = "changed"
    PAST_DUE = "past_due"
    FORECAST_CHANGED = "forecast_changed"


class Side(StrEnum):
    """Who owns an alert."""

    BUYER = "buyer"
    SUPPLIER = "supplier"


_OWNERS = {
    CommitAlertKind.NO_COMMIT: (Side.BUYER, Side.SUPPLIER),
    CommitAlertKind.BELOW_FORECAST: (Side.BUYER,),
    CommitAlertKind.CHANGED: (Side.BUYER,),
    CommitAlertKind.PAST_DUE: (Side.SUPPLIER,),
    CommitAlertKind.FORECAST_CHANGED: (Side.SUPPLIER,),
}


@dataclass(frozen=True, slots=True)
class CommitAlert:
    """One week that needs a decision, its expected and its found quantity [base units]."""

    kind: CommitAlertKind
    week: date
    expected: Decimal
    found: Decimal | None

    @property
    def owners(self) -> tuple[Side, ...]:
        """Which side must act."""
        return _OWNERS[self.kind]


def commit_alerts(
    weeks: Mapping[date, CommitWeek],
    *,
    as_of: date,
    released_on: date,
    silent_days: int,
    tolerance: Decimal = ZERO,
    received: Mapping[date, Decimal] | None = None,
) -> tuple[CommitAlert, ...]:
    """Return what needs a decision, week by week in order.

    Parameters
    ----------
    weeks
        Figures by the Monday of the week.
    as_of, released_on
        Today, and the day of the forecast release.
    silent_days
        Days after the release from which a missing commit is told.
    tolerance
        Share of the forecast, in [0, 1], by which a commit may be below it, and by which a
        forecast may leave that of the cycle before.
    received
        Quantity received by week; a commit of a week past and not received is past due.
    """
    _check_tolerance(tolerance)
    is_silent = as_of >= released_on + timedelta(days=silent_days)
    found: list[CommitAlert] = []
    for monday in sorted(weeks):
        is_past = monday + timedelta(weeks=1) <= as_of
        arrived = (received or {}).get(monday, ZERO) if is_past else None
        found += _alerts_of(monday, weeks[monday], is_silent, tolerance, arrived)
    return tuple(found)


def _alerts_of(
    monday: date, week: CommitWeek, is_silent: bool, tolerance: Decimal, arrived: Decimal | None
) -> list[CommitAlert]:
    """Return the alerts of one week; ``arrived`` is ``None`` until the week is past."""
    found: list[CommitAlert] = []
    before, commit = week.previous_forecast, week.commit
    if before is not None and abs(week.forecast - before) > tolerance * before:
        found.append(CommitAlert(CommitAlertKind.FORECAST_CHANGED, monday, before, week.forecast))
    if commit is None:
        if is_silent:
            found.append(CommitAlert(CommitAlertKind.NO_COMMIT, monday, week.forecast, None))
        return found
    if commit < week.forecast * (1 - tolerance):
        found.append(CommitAlert(CommitAlertKind.BELOW_FORECAST, monday, week.forecast, commit))
    if week.previous_commit is not None and commit != week.previous_commit:
        found.append(CommitAlert(CommitAlertKind.CHANGED, monday, week.previous_commit, commit))
    if arrived is not None and arrived < commit:
        found.append(CommitAlert(CommitAlertKind.PAST_DUE, monday, commit, arrived))
    return found


def consensus(
    customer: Decimal | None, supplier: Decimal | None, *, tolerance: Decimal = ZERO
) -> Decimal | None:
    """Return the figure both can plan with, or ``None`` while they are too far apart (FC-10).

    The mean where the two differ by at most ``tolerance`` in [0, 1] of the customer's figure.
    One side empty counts as 0, because nobody may plan with the other's wish.
    """
    _check_tolerance(tolerance)
    if customer is None or supplier is None:
        return ZERO
    if abs(customer - supplier) > tolerance * customer:
        return None
    return (customer + supplier) / 2


@dataclass(frozen=True, slots=True, order=True)
class Bucket:
    """``days`` days from ``starts_on`` on: 1 a day, 7 a week, a month its own length."""

    starts_on: date
    days: int

    def contains(self, other: "Bucket") -> bool:
        """Return whether ``other`` lies wholly in this bucket and is finer."""
        ends_on = self.starts_on + timedelta(days=self.days)
        other_ends_on = other.starts_on + timedelta(days=other.days)
        is_inside = self.starts_on <= other.starts_on and other_ends_on <= ends_on
        return is_inside and other.days < self.days


def commit_bucket(
    commits: Mapping[Bucket, Decimal], bucket: Bucket, quantity: Decimal
) -> dict[Bucket, Decimal]:
    """Return the commits with that of ``bucket`` set and all finer ones in it set to 0 (FC-07).

    So the sum over the time of the bucket is the new commit and nothing is counted twice.
    """
    check_quantity("commit", quantity)
    cleared = {
        each: ZERO if bucket.contains(each) else committed for each, committed in commits.items()
    }
    return {**cleared, bucket: quantity}


def _check_tolerance(share: Decimal) -> None:
    if not share.is_finite() or not 0 <= share <= 1:
        raise ValueError(f"expected a share in [0, 1], got {share}")
