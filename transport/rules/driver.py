"""Driving and rest times of one driver: check a timetable, put breaks in (TR-06, EU 561/2006).

Minutes count from the start of the timetable. A timetable begins after a daily rest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What the driver does. Waiting is no break: the driver must stand by."""

    DRIVE = "drive"
    WORK = "work"  # loading, unloading, papers
    WAIT = "wait"
    BREAK = "break"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Activity:
    """``minutes`` of one kind; ``place`` is where it happens, for driving where it leads."""

    kind: Kind
    minutes: float
    place: str

    def __post_init__(self) -> None:
        if not 0 <= self.minutes < float("inf"):
            raise ValueError(f"expected minutes >= 0, got {self.minutes} ({self.place})")


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverRules:
    """Limits in minutes. The defaults are those of Regulation (EC) 561/2006, articles 6 to 8."""

    break_after: float = 270
    break_minutes: float = 45
    first_part: float = 15
    second_part: float = 30
    day_driving: float = 540
    long_day_driving: float = 600
    long_days_left: int = 0  # of two a week, how many may still be used
    daily_rest: float = 660

    @property
    def duty(self) -> float:
        """Longest time from the end of a rest to the beginning of the next, within 24 h."""
        return 24 * 60 - self.daily_rest


EU_561 = DriverRules()


class Rule(StrEnum):
    """Which limit a plan breaks."""

    BREAK = "break"
    DAY_DRIVING = "day_driving"
    DAILY_REST = "daily_rest"


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken limit: where and in which minute of the timetable it is passed."""

    rule: Rule
    place: str
    minute: float
    text: str


class PlanRefused(ValueError):
    """A timetable that no driver may drive."""

    def __init__(self, violation: Violation) -> None:
        self.violation = violation
        super().__init__(violation.text)


@dataclass(slots=True)
class _Clock:
    """What a tachograph knows while the day goes on."""

    rules: DriverRules
    minute: float = 0
    since_break: float = 0
    today: float = 0
    duty_began: float = 0
    has_first_part: bool = False
    long_days_used: int = 0

    @property
    def day_limit(self) -> float:
        can_be_long = self.long_days_used < self.rules.long_days_left
        return self.rules.long_day_driving if can_be_long else self.rules.day_driving

    @property
    def break_due(self) -> float:
        """Minutes of break that would do now."""
        return self.rules.second_part if self.has_first_part else self.rules.break_minutes

    def pause(self, minutes: float) -> None:
        """Count a break of ``minutes``, which may be one part of a split one."""
        if minutes >= self.rules.break_minutes or (
            self.has_first_part and minutes >= self.rules.second_part
        ):
            self.since_break, self.has_first_part = 0, False
        elif minutes >= self.rules.first_part:
            self.has_first_part = True

    def pass_by(self, activity: Activity) -> None:
        """Let ``activity`` happen."""
        self.minute += activity.minutes
        if activity.kind == Kind.DRIVE:
            self.since_break += activity.minutes
            self.today += activity.minutes
        elif activity.kind in {Kind.BREAK, Kind.REST}:
            if activity.minutes >= self.rules.daily_rest:
                self.long_days_used += self.today > self.rules.day_driving
                self.since_break, self.today, self.has_first_part = 0, 0, False
                self.duty_began = self.minute
            else:
                self.pause(activity.minutes)


def violations(timetable: Sequence[Activity], rules: DriverRules = EU_561) -> tuple[Violation, ...]:
    """Return every limit a timetable breaks, each once per driving period, day or duty."""
    clock = _Clock(rules)
    found: list[Violation] = []
    told: set[tuple[Rule, float]] = set()
    for activity in timetable:
        for rule, left, key in _lefts(clock, activity):
            if left < activity.minutes and (rule, key) not in told:
                told.add((rule, key))
                found.append(_violation(rule, activity.place, clock.minute + max(0, left), rules))
        before = clock.since_break
        clock.pass_by(activity)
        if clock.since_break < before:
            told = {pair for pair in told if pair[0] != Rule.BREAK}
    return tuple(found)


def check(timetable: Sequence[Activity], rules: DriverRules = EU_561) -> None:
    """Raise ``PlanRefused`` with the first violation, if there is one."""
    found = violations(timetable, rules)
    if found:
        raise PlanRefused(min(found, key=lambda each: each.minute))


def insert_breaks(
    timetable: Sequence[Activity], rules: DriverRules = EU_561, *, overnight: bool = False
) -> tuple[Activity, ...]:
    """Return the timetable with the breaks it needs, each as late as allowed.

    Driving is split where the break falls due; a first part of 15 min already in the plan makes
    30 min enough. With ``overnight`` daily rests are put in too.

    Raises
    ------
    PlanRefused
        If the day has more driving or duty than allowed and ``overnight`` is not given, or one
        spell of work is longer than a day.
    """
    clock = _Clock(rules)
    plan: list[Activity] = []

    def add(activity: Activity) -> None:
        clock.pass_by(activity)
        plan.append(activity)

    for activity in timetable:
        left = activity.minutes
        if activity.kind != Kind.DRIVE:
            _rest_before(clock, activity, add, overnight=overnight)
            add(activity)
            continue
        while left > 0:
            until_rest = min(_until(clock, Rule.DAY_DRIVING), _until(clock, Rule.DAILY_REST))
            possible = min(left, _until(clock, Rule.BREAK), until_rest)
            if possible > 0:
                add(replace(activity, minutes=possible))
                left -= possible
            elif until_rest > 0:
                add(Activity(Kind.BREAK, clock.break_due, activity.place))
            elif overnight:
                add(Activity(Kind.REST, rules.daily_rest, activity.place))
            else:
                is_long = _until(clock, Rule.DAY_DRIVING) <= 0
                rule = Rule.DAY_DRIVING if is_long else Rule.DAILY_REST
                raise PlanRefused(_violation(rule, activity.place, clock.minute, rules))
    return tuple(plan)


def _rest_before(
    clock: _Clock, activity: Activity, add: Callable[[Activity], None], *, overnight: bool
) -> None:
    """Rest first if ``activity`` would not end within the duty; breaks and rests always may."""
    if activity.kind in {Kind.BREAK, Kind.REST}:
        return
    left = _until(clock, Rule.DAILY_REST)
    if activity.minutes <= left:
        return
    if not overnight or activity.minutes > clock.rules.duty:
        minute = clock.minute + max(0, left)
        raise PlanRefused(_violation(Rule.DAILY_REST, activity.place, minute, clock.rules))
    add(Activity(Kind.REST, clock.rules.daily_rest, activity.place))


def _until(clock: _Clock, rule: Rule) -> float:
    """Return how many minutes are left before ``rule`` would be broken."""
    if rule == Rule.BREAK:
        return clock.rules.break_after - clock.since_break
    if rule == Rule.DAY_DRIVING:
        return clock.day_limit - clock.today
    return clock.rules.duty - (clock.minute - clock.duty_began)


def _lefts(clock: _Clock, activity: Activity) -> list[tuple[Rule, float, float]]:
    """Return (rule, minutes left, key of the period) for the rules that ``activity`` can break."""
    if activity.kind in {Kind.BREAK, Kind.REST}:
        return []
    duty = (Rule.DAILY_REST, _until(clock, Rule.DAILY_REST), clock.duty_began)
    if activity.kind != Kind.DRIVE:
        return [duty]
    return [
        (Rule.BREAK, _until(clock, Rule.BREAK), 0),
        (Rule.DAY_DRIVING, _until(clock, Rule.DAY_DRIVING), clock.duty_began),
        duty,
    ]


def _violation(rule: Rule, place: str, minute: float, rules: DriverRules) -> Violation:
    said = {
        Rule.BREAK: f"no break of {rules.break_minutes:g} min after {_hours(rules.break_after)}",
        Rule.DAY_DRIVING: f"more than {_hours(rules.day_driving)} of driving a day",
        Rule.DAILY_REST: f"no daily rest of {_hours(rules.daily_rest)} within 24 h",
    }[rule]
    return Violation(rule, place, minute, f"{said}: at {place}, minute {minute:g}")


def _hours(minutes: float) -> str:
    return f"{minutes / 60:g} h"
