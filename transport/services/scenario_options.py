"""What a planner fixes or forbids in a scenario, added up to the options of the engine."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from collab.engine_fields import UnreadableProblem
from collab.masterdata.refusals import Refused
from transport.services.scenario_problem import problem_in

Options = dict[str, Any]
PEAK_PRICE = 40.0
"""What an arrival without a door costs in the plan, in the scenario's currency."""
CHANGE_PRICE = 25.0
"""What each published stop that is added, dropped or moved costs in the plan."""


def pinned(
    options: Mapping[str, Any],
    supplier: str,
    *,
    mode: str | None = None,
    day: int | None = None,
    vehicle_type: str | None = None,
    vehicle_index: int | None = None,
) -> Options:
    """Return the options with a supplier fixed to a mode, a weekday or a vehicle on a weekday."""
    pin = {
        "supplier": supplier,
        "mode": mode,
        "day": day,
        "vehicle_type": vehicle_type,
        "vehicle_index": vehicle_index,
    }
    known = {name: value for name, value in pin.items() if value}
    if len(known) < 2:
        raise Refused("mode", "a mode or a weekday to fix", "")
    found = _copy(options)
    others = [
        each
        for each in found.get("pinned", [])
        if each["supplier"] != supplier or each.get("day") != known.get("day")
    ]
    found["pinned"] = [*others, known]
    return found


def forbidden(options: Mapping[str, Any], first: str, second: str) -> Options:
    """Return the options with two suppliers that never share a trip."""
    if first == second:
        raise Refused("second", "another supplier than the first", second)
    found = _copy(options)
    pair = sorted((first, second))
    pairs = found.setdefault("forbidden_pairs", [])
    if pair not in pairs:
        pairs.append(pair)
    return found


def repeated(
    options: Mapping[str, Any],
    supplier: str,
    *,
    times: int | None = None,
    days: Sequence[int] = (),
) -> Options:
    """Return the options with a supplier's pick-ups a week, or its weekdays, fixed."""
    found = _copy(options)
    found.setdefault("frequencies", {}).pop(supplier, None)
    found.setdefault("patterns", {}).pop(supplier, None)
    if days:
        found["patterns"][supplier] = [sorted(set(days))]
    elif times:
        found["frequencies"][supplier] = times
    else:
        raise Refused("times", "pick-ups a week or weekdays", "")
    return found


def limited(
    options: Mapping[str, Any], doors: int, vehicle_types: Sequence[str], price: float = PEAK_PRICE
) -> Options:
    """Return the options with doors at the plant: arrivals per quarter of an hour above it cost."""
    found = _copy(options)
    found["docks"] = [
        {
            "capability": "any",
            "vehicle_types": list(vehicle_types),
            "max_arrivals": doors,
            "peak_price": price,
        }
    ]
    return found


def without(options: Mapping[str, Any], kind: str, place: int) -> Options:
    """Return the options without the ``place``-th of a kind; others keep their order.

    ``kind`` is pinned, forbidden_pairs, docks, or patterns and frequencies by their order.
    """
    found = _copy(options)
    held = found.get(kind)
    if not held or not 0 <= place < len(held):
        raise Refused("option", "an option of this scenario", f"{kind} {place}")
    if isinstance(held, dict):
        held.pop(list(held)[place])
    else:
        held.pop(place)
    return found


def checked(document: Mapping[str, Any], options: Options) -> Options:
    """Return the options if the engine can read them; ``Refused`` with its words otherwise."""
    try:
        problem_in(document, options)
    except UnreadableProblem as wrong:
        raise Refused("options", wrong.what.removeprefix("expected "), wrong.key) from None
    return options


def _copy(options: Mapping[str, Any]) -> Options:
    return deepcopy(dict(options))
