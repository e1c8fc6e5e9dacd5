"""Distances and travel times: great circle, matrix, and the table answer of a road router."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import asin, cos, isfinite, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088
DETOUR = 1.3
SPEED_KMH = 65.0


def great_circle_km(
    latitude: float, longitude: float, to_latitude: float, to_longitude: float
) -> float:
    """Return the haversine distance [km] of two points [degrees], mean radius 6371.0088 km.

    Examples
    --------
    >>> round(great_circle_km(48.78, 9.18, 45.65, 25.6), 1)  # Stuttgart to Braşov
    1285.2
    """
    a, b = radians(latitude), radians(to_latitude)
    h = sin((b - a) / 2) ** 2
    h += cos(a) * cos(b) * sin(radians(to_longitude - longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, h)))


@dataclass(frozen=True, slots=True)
class Hop:
    """Way between two sites: road kilometres and minutes at the wheel, each >= 0."""

    km: float
    minutes: float


class NoRoute(ValueError):
    """No way is known from one site to the other."""

    def __init__(self, origin: str, destination: str) -> None:
        self.origin = origin
        self.destination = destination
        super().__init__(f"no way is known from {origin} to {destination}")


def hop_by_air(
    origin: tuple[float, float],
    destination: tuple[float, float],
    detour: float = DETOUR,
    speed_kmh: float = SPEED_KMH,
) -> Hop:
    """Return great circle x ``detour`` and the minutes at ``speed_kmh``; points [degrees].

    An estimate for want of a road network; say so where it is shown.
    """
    if not (isfinite(detour) and detour >= 1):
        raise ValueError(f"expected a detour >= 1, got {detour}")
    if not (isfinite(speed_kmh) and speed_kmh > 0):
        raise ValueError(f"expected a speed > 0, got {speed_kmh}")
    km = great_circle_km(*origin, *destination) * detour
    return Hop(km, km / speed_kmh * 60)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Ways by (origin, destination); not symmetric. A site to itself is 0 km."""

    hops: Mapping[tuple[str, str], Hop]

    def hop(self, origin: str, destination: str) -> Hop:
        """Return the way, or raise ``NoRoute``."""
        if origin == destination:
            return Hop(0.0, 0.0)
        found = self.hops.get((origin, destination))
        if found is None:
            raise NoRoute(origin, destination)
        return found


class MatrixError(ValueError):
    """Rows that cannot be read; ``errors`` are (line, what is wrong), line 1 is the header."""

    def __init__(self, errors: Sequence[tuple[int, str]]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"line {line}: {text}" for line, text in errors))


def matrix_from_rows(rows: Sequence[Mapping[str, str]]) -> Matrix:
    """Return the matrix of CSV rows with columns from, to, km, min; every bad line is named.

    Raises ``MatrixError`` on missing columns, no numbers, negative figures or a pair given twice.
    """
    hops: dict[tuple[str, str], Hop] = {}
    errors: list[tuple[int, str]] = []
    for line, row in enumerate(rows, start=2):
        try:
            pair, hop = _read_row(row)
        except ValueError as error:
            errors.append((line, str(error)))
            continue
        if pair in hops:
            errors.append((line, f"{pair[0]} to {pair[1]} is given twice"))
        hops[pair] = hop
    if errors:
        raise MatrixError(errors)
    return Matrix(hops)


def _read_row(row: Mapping[str, str]) -> tuple[tuple[str, str], Hop]:
    texts = {name: (row.get(name) or "").strip() for name in ("from", "to", "km", "min")}
    for name, text in texts.items():
        if not text:
            raise ValueError(f"{name} is missing")
    figures = {}
    for name in ("km", "min"):
        try:
            figures[name] = float(texts[name])
        except ValueError:
            raise ValueError(f"expected a number in {name}, got {texts[name]!r}") from None
        if not isfinite(figures[name]) or figures[name] < 0:
            raise ValueError(f"expected {name} >= 0, got {texts[name]}")
    return (texts["from"], texts["to"]), Hop(figures["km"], figures["min"])


def matrix_from_table(answer: Mapping[str, object], sites: Sequence[str]) -> Matrix:
    """Return the matrix of an OSRM table answer asked for durations and distances.

    Parameters
    ----------
    answer
        Decoded JSON: ``code`` "Ok", ``durations`` [s] and ``distances`` [m], each a square of
        ``len(sites)``; ``null`` = no way, which is left out.
    sites
        Names in the order in which coordinates were sent.

    Raises
    ------
    ValueError
        If the router refused or the answer has another shape.
    """
    if answer.get("code") != "Ok":
        said = answer.get("message") or answer.get("code")
        raise ValueError(f"expected code Ok from the router, got {said!r}")
    seconds = _square(answer, "durations", len(sites))
    metres = _square(answer, "distances", len(sites))
    hops = {}
    for i, origin in enumerate(sites):
        for j, destination in enumerate(sites):
            second, metre = seconds[i][j], metres[i][j]
            if i != j and second is not None and metre is not None:
                hops[origin, destination] = Hop(metre / 1000, second / 60)
    return Matrix(hops)


def _square(answer: Mapping[str, object], key: str, size: int) -> list[list[float | None]]:
    rows = answer.get(key)
    if not isinstance(rows, list) or len(rows) != size:
        raise ValueError(f"expected {size} rows of {key}, got {_shape(rows)}")
    for row in rows:
        if not isinstance(row, list) or len(row) != size:
            raise ValueError(f"expected {size} columns of {key}, got {_shape(row)}")
        for cell in row:
            is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
            if cell is not None and not (is_number and isfinite(cell) and cell >= 0):
                raise ValueError(f"expected {key} >= 0 or null, got {cell!r}")
    return rows


def _shape(value: object) -> str:
    return str(len(value)) if isinstance(value, list) else type(value).__name__
