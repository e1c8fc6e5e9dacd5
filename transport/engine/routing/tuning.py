"""The knobs of the search, chosen by what a problem is like."""

from dataclasses import dataclass

from transport.engine.routing.problem import RoutingProblem

SMALL, MEDIUM, LARGE = 150, 250, 500  # customers
AMPLE = 2.0


@dataclass(frozen=True, slots=True)
class Tuning:
    """Settings of one search; measured, see docs/decisions/0015-routing-search.md.

    ``neighbours`` and ``waiting`` shape the granular neighbourhood, ``shaken`` is the most
    stops disturbed per iteration, ``history`` the length of late acceptance. After
    ``patience`` iterations without a better plan the search starts from a new random plan,
    from its best one once ``fresh_until`` of the budget is spent. ``penalty`` scales the first
    penalties, ``update`` is the iterations between changes. ``combine_at`` holds the shares of
    the budget at which known routes are combined anew, ``effort`` the share that each of these
    may take. Where ``part_stops`` is not 0, ``whole_share`` of the budget goes to the whole
    problem, the rest to parts of about so many stops, ``round_share`` of all to each round.
    """

    neighbours: int = 20
    waiting: float = 0.2
    shaken: int = 10
    history: int = 100
    patience: int = 150_000
    fresh_until: float = 0.7
    penalty: float = 1.0
    update: int = 500
    combine_at: tuple[float, ...] = (0.3, 0.5, 0.7, 0.85, 0.95)
    effort: float = 0.05
    part_stops: int = 0
    whole_share: float = 1.0
    round_share: float = 0.35


def tuning_for(problem: RoutingProblem) -> Tuning:
    """Return the settings that did best on problems of this kind and size."""
    count = len(problem.customers)
    if count >= LARGE:
        return Tuning(part_stops=200, whole_share=0.3, combine_at=())
    if problem.is_mixed and not problem.has_windows:
        return _mixed(problem)
    if any(kind.reloads for kind in problem.fleet):
        return Tuning(history=300, combine_at=())
    if count <= SMALL:
        return Tuning(shaken=15, history=300, patience=4000)
    if count <= MEDIUM:
        return Tuning(shaken=15, combine_at=(0.6, 0.9))
    return Tuning(neighbours=15, history=50, combine_at=(0.9,))


def _mixed(problem: RoutingProblem) -> Tuning:
    """Return the settings for a mixed fleet, whose choice of vehicles large moves change.

    A limited fleet with fixed costs did better with smaller moves, which find room for all stops.
    """
    room = sum(len(kind.vehicles) * kind.capacity for kind in problem.fleet)
    is_ample = room >= AMPLE * sum(stop.demand for stop in problem.stops)
    if is_ample or not any(kind.fixed_cost for kind in problem.fleet):
        return Tuning(neighbours=50, shaken=25, history=300, combine_at=(0.9,))
    return Tuning(neighbours=50, shaken=15, combine_at=(0.6, 0.9))
