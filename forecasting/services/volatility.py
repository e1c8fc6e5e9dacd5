"""How far the demand of a group leaves what it was at the last measurement (FC-18)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from collab.masterdata.refusals import Refused, clean_decimal, clean_whole
from forecasting.axis import Quantities, aligned, monday_of, weeks_from
from forecasting.models import CapacityGroup, CapacityMatch
from forecasting.rules.capacity import volatility
from forecasting.rules.corridor import Corridor, CorridorState, SubHorizon, compare

LIMITS = ("relative_up", "relative_down", "absolute_up", "absolute_down")


def checked_volatility(
    written: Mapping[str, Any] | None, *, before: Mapping[str, Any] | None, today: date
) -> dict[str, Any] | None:
    """Return volatility parameters as they are stored.

    ``starts_on`` is a Monday to come, ``interval_weeks`` 1 to 999, ``sub_horizons`` up to 104
    with ``weeks`` and limits; a new interval needs a new start. Raises ``Refused``.
    """
    if not written:
        return None
    horizons = written.get("sub_horizons") or []
    try:
        corridor = _corridor({**written, "sub_horizons": horizons})
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        expected, _, value = str(error).removeprefix("expected ").partition(", got ")
        raise Refused("volatility", expected or "start, interval and sub-horizons", value) from None
    if before:
        if not _corridor(before).change_is_allowed(corridor, as_of=today):
            expected = "a new start for a new interval, and a new start to come"
            raise Refused("volatility", expected, corridor.starts_on)
    elif corridor.starts_on < monday_of(today):
        raise Refused("volatility", "a start from this week on", corridor.starts_on)
    return {
        "starts_on": corridor.starts_on.isoformat(),
        "interval_weeks": corridor.interval_weeks,
        "sub_horizons": [
            {"weeks": each.weeks, **{name: getattr(each, name) for name in LIMITS}}
            for each in corridor.sub_horizons
        ],
    }


def measured(
    group: CapacityGroup,
    old: CapacityMatch | None,
    weeks: Sequence[date],
    demand: Quantities,
    *,
    as_of: date,
) -> dict[str, Any] | None:
    """Return the measurement that holds on ``as_of``: reference, change in sum, breaches.

    The reference is the demand that was valid at the last measurement: what had been matched
    before the first match after it. None without parameters, or before the first measurement.
    """
    if not group.volatility:
        return None
    corridor = _corridor(group.volatility)
    on = corridor.measured_on(as_of)
    if on is None:
        return None
    last = (old.volatility if old else None) or {}
    axis = [week for week in weeks if week >= on]
    if last.get("measured_on") == on.isoformat():
        first = date.fromisoformat(last["first_week"])
        reference = aligned(first, [_decimal(each) for each in last["reference"]], axis)
    elif old is not None:
        reference = aligned(old.first_week, old.demand, axis)
    else:
        reference = aligned(weeks[0], demand, axis) if weeks else []
    current = aligned(weeks[0], demand, axis) if weeks else []
    return {
        "measured_on": on.isoformat(),
        "first_week": axis[0].isoformat() if axis else on.isoformat(),
        "reference": [None if each is None else str(each) for each in reference],
        **_compared(reference, current, axis, on, corridor),
    }


def _compared(
    reference: Quantities,
    current: Quantities,
    axis: Sequence[date],
    on: date,
    corridor: Corridor,
) -> dict[str, Any]:
    pairs = [
        (old, new)
        for old, new in zip(reference, current, strict=True)
        if old is not None and new is not None
    ]
    swing = volatility([old for old, _new in pairs], [new for _old, new in pairs])
    horizon = weeks_from(on, (axis[-1] - on).days // 7 + 1) if axis else []
    first = axis[0] if axis else on
    rows = [_floats(aligned(first, each, horizon)) for each in (reference, current)]
    breaches: list[dict[str, Any]] = []
    if horizon:
        result = compare(rows[0], rows[1], corridor)
        for place, week in enumerate(horizon):
            state = CorridorState(int(result.state[0, place]))
            if state in {CorridorState.ABOVE, CorridorState.BELOW}:
                beyond = round(float(result.beyond[0, place]), 3)
                breaches.append(
                    {"week": week.isoformat(), "state": state.name.lower(), "beyond": beyond}
                )
    return {
        "absolute": str(swing.absolute),
        "relative": None if swing.relative is None else str(round(swing.relative, 6)),
        "breaches": breaches,
    }


def _floats(quantities: Quantities) -> Any:
    return np.array([[np.nan if each is None else float(each) for each in quantities]])


def _corridor(written: Mapping[str, Any]) -> Corridor:
    starts_on = written["starts_on"]
    return Corridor(
        starts_on=starts_on if isinstance(starts_on, date) else date.fromisoformat(str(starts_on)),
        interval_weeks=clean_whole(
            "volatility", written.get("interval_weeks", 4), at_least=1, at_most=999
        ),
        sub_horizons=tuple(_sub_horizon(each) for each in written["sub_horizons"]),
    )


def _sub_horizon(written: Mapping[str, Any]) -> SubHorizon:
    limits = {name: None if written.get(name) is None else _limit(written[name]) for name in LIMITS}
    weeks = clean_whole("volatility", written.get("weeks"), at_least=1, at_most=104)
    return SubHorizon(weeks=weeks, **limits)


def _limit(value: Any) -> float:
    return float(clean_decimal("volatility", str(value), digits=18, places=6))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
