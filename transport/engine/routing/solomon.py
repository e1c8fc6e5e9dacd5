"""Instances with time windows in the text format of Solomon (1987) and of Homberger."""

from transport.engine.routing.problem import DistanceRule, RoutingProblem, Stop, VehicleType
from transport.engine.routing.source import MOST_STOPS, MOST_VEHICLES, Source, shown

COLUMNS = 7
COORDINATE = -10_000_000.0


def read_solomon(source: Source) -> RoutingProblem:
    """Return the problem in ``source``: name, ``VEHICLE`` block, ``CUSTOMER`` block.

    The customer block has the columns number, x, y, demand, ready time, due date and service
    time; number 0 is the depot. Raises ``UnreadableInstance`` with the line that breaks this.
    """
    filled = [(place, line) for place, line in enumerate(source.lines, 1) if line]
    heads = [index for index, (_, line) in enumerate(filled) if line.upper() == "VEHICLE"]
    if heads != [1]:
        raise source.wrong("expected the name of the instance, then VEHICLE", filled[0][0])
    if len(filled) < 4:
        raise source.wrong("expected the vehicles' number and capacity, got the end", filled[-1][0])
    if filled[2][1].upper().split() != ["NUMBER", "CAPACITY"]:
        raise source.wrong(f"expected NUMBER CAPACITY, got {shown(filled[2][1])}", filled[2][0])
    place, line = filled[3]
    words = line.split()
    if len(words) != 2:
        raise source.wrong(
            f"expected a number of vehicles and a capacity, got {shown(line)}", place
        )
    vehicles = source.whole(words[0], place, least=1, most=MOST_VEHICLES)
    capacity = source.whole(words[1], place)
    return RoutingProblem(
        name=filled[0][1],
        stops=_stops(source, filled[4:], after=place),
        fleet=(VehicleType(tuple(range(1, vehicles + 1)), capacity),),
        rule=DistanceRule.TENTHS,
        has_windows=True,
    )


def _stops(source: Source, filled: list[tuple[int, str]], *, after: int) -> tuple[Stop, ...]:
    """Return the depot and the customers of the block that follows the vehicles."""
    if not filled or filled[0][1].upper() != "CUSTOMER":
        place, line = filled[0] if filled else (after, "the end")
        raise source.wrong(f"expected CUSTOMER, got {shown(line)}", place)
    if len(filled) < 2 or not filled[1][1].upper().startswith("CUST"):
        raise source.wrong("expected the header CUST NO. … under CUSTOMER", filled[0][0])
    stops: list[Stop] = []
    for place, line in filled[2:]:
        words = line.split()
        if len(words) != COLUMNS:
            raise source.wrong(f"expected {COLUMNS} columns, got {len(words)}", place)
        if source.whole(words[0], place) != len(stops):
            raise source.wrong(f"expected customer {len(stops)}, got {shown(words[0])}", place)
        stops.append(
            Stop(
                x=source.number(words[1], place, least=COORDINATE),
                y=source.number(words[2], place, least=COORDINATE),
                demand=source.whole(words[3], place),
                ready=source.number(words[4], place),
                due=source.number(words[5], place),
                service=source.number(words[6], place),
            )
        )
        if len(stops) > MOST_STOPS + 1:
            raise source.wrong(f"expected at most {MOST_STOPS} customers, got more", place)
        if len(stops) == 1 and (stops[0].demand or stops[0].service):
            raise source.wrong("expected a depot without demand and service", place)
    if len(stops) < 2:
        raise source.wrong("expected a depot and at least one customer, got fewer", filled[-1][0])
    return tuple(stops)
