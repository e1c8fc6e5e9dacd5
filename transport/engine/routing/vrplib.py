"""Instances in the VRPLIB format: plain, with time windows, mixed fleets, trips with releases."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from transport.engine.routing.explicit import explicit_matrix
from transport.engine.routing.problem import DistanceRule, RoutingProblem, Stop, VehicleType
from transport.engine.routing.source import MOST_STOPS, MOST_VEHICLES, Source, shown

TYPES = ("CVRP", "VRPTW", "HFVRP", "MTVRPTWR")
KEYS = (
    *("NAME", "COMMENT", "TYPE", "DIMENSION", "VEHICLES", "CAPACITY", "SERVICE_TIME"),
    *("EDGE_WEIGHT_TYPE", "EDGE_WEIGHT_FORMAT", "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE"),
)
STOP_SECTIONS = {  # figures per stop
    "NODE_COORD_SECTION": 2,
    "DEMAND_SECTION": 1,
    "TIME_WINDOW_SECTION": 2,
    "SERVICE_TIME_SECTION": 1,
    "RELEASE_TIME_SECTION": 1,
}
FLEET_SECTIONS = (
    *("CAPACITY_SECTION", "VEHICLES_FIXED_COST_SECTION", "VEHICLES_UNIT_DISTANCE_COST_SECTION"),
    "VEHICLES_RELOAD_DEPOT_SECTION",
)
FREE_SECTIONS = ("EDGE_WEIGHT_SECTION", "DEPOT_SECTION")
COORDINATE = -10_000_000.0

Row = tuple[int, list[str]]


@dataclass(slots=True)
class _Parts:
    """The keys with their line and text, the sections with their line and rows."""

    keys: dict[str, tuple[int, str]] = field(default_factory=dict)
    sections: dict[str, tuple[int, list[Row]]] = field(default_factory=dict)


def read_vrplib(source: Source) -> RoutingProblem:
    """Return the problem in ``source``; the depot is node 1, customer k is node k + 1.

    A key or section that this engine does not know is refused, since a limit passed over
    would make every plan wrong. Raises ``UnreadableInstance`` with the line or key.
    """
    parts = _parts(source)
    kind = _text(source, parts, "TYPE")
    if kind not in TYPES:
        raise source.wrong(
            f"expected a type among {', '.join(TYPES)}, got {shown(kind)}", parts.keys["TYPE"][0]
        )
    count = _whole(source, parts, "DIMENSION", least=2, most=MOST_STOPS + 1)
    _check_depot(source, parts)
    has_windows = "TIME_WINDOW_SECTION" in parts.sections
    is_mixed = any(name in parts.sections for name in FLEET_SECTIONS[:3])
    if "RELEASE_TIME_SECTION" in parts.sections and not has_windows:
        raise source.wrong("expected time windows with release times", "TIME_WINDOW_SECTION")
    matrix = _matrix(source, parts, count)
    rule = DistanceRule.EXACT if is_mixed else DistanceRule.WHOLE
    return RoutingProblem(
        name=parts.keys["NAME"][1] if "NAME" in parts.keys else source.file,
        stops=_stops(source, parts, count, with_points=matrix is None),
        fleet=_fleet(source, parts, count - 1),
        rule=DistanceRule.TENTHS if has_windows else rule,
        has_windows=has_windows,
        is_mixed=is_mixed,
        matrix=matrix,
    )


def _parts(source: Source) -> _Parts:
    """Return keys and sections as they stand in the file, each once."""
    parts = _Parts()
    rows: list[Row] | None = None
    for place, line in enumerate(source.lines, 1):
        if line == "EOF":
            break
        if not line:
            continue
        if line[0].isalpha():
            name, colon, text = (part.strip() for part in line.partition(":"))
            rows = None
            if name in parts.keys or name in parts.sections:
                raise source.wrong(f"expected {name} once, got it twice", place)
            if name in KEYS and colon:
                parts.keys[name] = (place, text)
            elif name in (*STOP_SECTIONS, *FLEET_SECTIONS, *FREE_SECTIONS) and not text:
                rows = []
                parts.sections[name] = (place, rows)
            else:
                raise source.wrong(f"expected a key or section of VRPLIB, got {shown(name)}", place)
        elif rows is None:
            raise source.wrong(f"expected a key or section, got {shown(line)}", place)
        else:
            rows.append((place, line.split()))
    return parts


def _text(source: Source, parts: _Parts, key: str) -> str:
    if key not in parts.keys:
        raise source.wrong(f"expected the key {key}, got none", key)
    return parts.keys[key][1]


def _whole(source: Source, parts: _Parts, key: str, *, least: int, most: int) -> int:
    text = _text(source, parts, key)
    return source.whole(text, parts.keys[key][0], least=least, most=most)


def _section(
    source: Source, parts: _Parts, name: str, count: int, width: int
) -> list[tuple[int, list[str]]]:
    """Return line and figures of the rows 1 to ``count`` of a section, numbers taken off."""
    if name not in parts.sections:
        raise source.wrong(f"expected the section {name}, got none", name)
    head, rows = parts.sections[name]
    for number, (place, words) in enumerate(rows, 1):
        if number > count:
            raise source.wrong(f"expected {count} rows in {name}, got more", place)
        if source.whole(words[0], place) != number:
            raise source.wrong(f"expected row {number} of {name}, got {shown(words[0])}", place)
        if len(words) != width + 1:
            raise source.wrong(f"expected {width + 1} columns in {name}, got {len(words)}", place)
    if len(rows) < count:
        place = rows[-1][0] if rows else head
        raise source.wrong(f"expected {count} rows in {name}, got {len(rows)}", place)
    return [(place, words[1:]) for place, words in rows]


def _check_depot(source: Source, parts: _Parts) -> None:
    head, rows = parts.sections.get("DEPOT_SECTION", (0, []))
    if not head:
        raise source.wrong("expected the section DEPOT_SECTION, got none", "DEPOT_SECTION")
    listed = [(place, word) for place, words in rows for word in words if word != "-1"]
    if [word for _, word in listed] != ["1"]:
        place = next((place for place, word in listed if word != "1"), head)
        raise source.wrong("expected one depot, node 1", place)


def _matrix(source: Source, parts: _Parts, count: int) -> tuple[tuple[float, ...], ...] | None:
    """Return the distances where the file gives them, None where coordinates do."""
    kind = _text(source, parts, "EDGE_WEIGHT_TYPE")
    place = parts.keys["EDGE_WEIGHT_TYPE"][0]
    if kind == "EUC_2D":
        if "EDGE_WEIGHT_SECTION" in parts.sections:
            raise source.wrong(
                "expected no distances with EUC_2D", parts.sections["EDGE_WEIGHT_SECTION"][0]
            )
        return None
    if kind != "EXPLICIT":
        raise source.wrong(f"expected EUC_2D or EXPLICIT, got {shown(kind)}", place)
    if "EDGE_WEIGHT_SECTION" not in parts.sections:
        raise source.wrong("expected the section EDGE_WEIGHT_SECTION, got none", place)
    head, rows = parts.sections["EDGE_WEIGHT_SECTION"]
    layout = _text(source, parts, "EDGE_WEIGHT_FORMAT")
    return explicit_matrix(source, layout, rows, count, head)


def _stops(source: Source, parts: _Parts, count: int, *, with_points: bool) -> tuple[Stop, ...]:
    """Return the depot and the customers."""

    def figures(name: str, default: float, least: float = 0.0) -> list[list[float]]:
        width = STOP_SECTIONS[name]
        if name not in parts.sections:
            return [[default] * width] * count
        rows = _section(source, parts, name, count, width)
        return [
            [source.number(word, place, least=least) for word in words] for place, words in rows
        ]

    demands = _section(source, parts, "DEMAND_SECTION", count, 1)
    if with_points and "NODE_COORD_SECTION" not in parts.sections:
        raise source.wrong(
            "expected the section NODE_COORD_SECTION, got none", "NODE_COORD_SECTION"
        )
    points = figures("NODE_COORD_SECTION", 0.0, COORDINATE)
    windows = figures("TIME_WINDOW_SECTION", 0.0)
    services = figures("SERVICE_TIME_SECTION", 0.0)
    if "SERVICE_TIME" in parts.keys:
        place, text = parts.keys["SERVICE_TIME"]
        if "SERVICE_TIME_SECTION" in parts.sections:
            raise source.wrong("expected SERVICE_TIME or its section, got both", place)
        services = [[0.0]] + [[source.number(text, place)]] * (count - 1)
    releases = figures("RELEASE_TIME_SECTION", 0.0)
    has_windows = "TIME_WINDOW_SECTION" in parts.sections
    stops = tuple(
        Stop(
            x=points[number][0],
            y=points[number][1],
            demand=source.whole(words[0], place),
            ready=windows[number][0],
            due=windows[number][1] if has_windows else float("inf"),
            service=services[number][0],
            release=releases[number][0],
        )
        for number, (place, words) in enumerate(demands)
    )
    if stops[0].demand or stops[0].service or stops[0].release:
        raise source.wrong("expected a depot without demand, service and release", demands[0][0])
    return stops


def _fleet(source: Source, parts: _Parts, customers: int) -> tuple[VehicleType, ...]:
    """Return the vehicles, those alike as one type, in the order of their first number."""
    count = customers
    if "VEHICLES" in parts.keys:
        count = _whole(source, parts, "VEHICLES", least=1, most=MOST_VEHICLES)
    if ("CAPACITY" in parts.keys) == ("CAPACITY_SECTION" in parts.sections):
        raise source.wrong("expected CAPACITY or its section, once", "CAPACITY")
    if "CAPACITY" in parts.keys:
        capacities: Sequence[int] = [_whole(source, parts, "CAPACITY", least=0, most=10**7)] * count
    else:
        rows = _section(source, parts, "CAPACITY_SECTION", count, 1)
        capacities = [source.whole(words[0], place) for place, words in rows]

    def costs(name: str, default: float) -> list[float]:
        if name not in parts.sections:
            return [default] * count
        rows = _section(source, parts, name, count, 1)
        return [source.number(words[0], place) for place, words in rows]

    mixed = any(name in parts.sections for name in FLEET_SECTIONS[:3])
    fixed = costs("VEHICLES_FIXED_COST_SECTION", 0.0)
    unit = costs("VEHICLES_UNIT_DISTANCE_COST_SECTION", 100.0 if mixed else 1.0)
    reloads = [False] * count
    if "VEHICLES_RELOAD_DEPOT_SECTION" in parts.sections:
        for place, words in _section(source, parts, "VEHICLES_RELOAD_DEPOT_SECTION", count, 1):
            source.whole(words[0], place, least=1, most=1)
        reloads = [True] * count
    alike: dict[tuple[int, float, float, bool], list[int]] = {}
    for number, values in enumerate(zip(capacities, fixed, unit, reloads, strict=True), 1):
        alike.setdefault(values, []).append(number)
    return tuple(VehicleType(tuple(numbers), *values) for values, numbers in alike.items())
