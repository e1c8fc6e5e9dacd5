"""Areas on the map, and where a straight way meets them (TR-15).

Ways between stops are taken as straight lines in latitude and longitude, for the road itself is
not known; a circle is measured in the flat projection about its centre. Good to a few per cent at
the size of countries; areas across the 180th meridian are refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, isfinite, radians
from typing import Any

from transport.rules.road import EARTH_RADIUS_KM, great_circle_km

Point = tuple[float, float]
"""Latitude and longitude [degrees WGS 84]."""
LARGEST_KM = 1_000.0
MOST_CORNERS = 500
KM_PER_DEGREE = EARTH_RADIUS_KM * radians(1)


@dataclass(frozen=True, slots=True)
class Box:
    """Bounds in degrees."""

    south: float
    north: float
    west: float
    east: float

    def meets(self, a: Point, b: Point) -> bool:
        """Return whether the way from ``a`` to ``b`` may touch the box at all."""
        return (
            max(a[0], b[0]) >= self.south
            and min(a[0], b[0]) <= self.north
            and max(a[1], b[1]) >= self.west
            and min(a[1], b[1]) <= self.east
        )


@dataclass(frozen=True, slots=True)
class Circle:
    """All points up to ``radius_km`` around a centre."""

    centre: Point
    radius_km: float

    @property
    def box(self) -> Box:
        """Bounds of the circle."""
        latitude, longitude = self.centre
        high = self.radius_km / KM_PER_DEGREE
        wide = high / max(0.05, cos(radians(min(89.0, abs(latitude) + high))))
        return Box(latitude - high, latitude + high, longitude - wide, longitude + wide)

    def holds(self, point: Point) -> bool:
        """Return whether a point lies in the circle, the edge included."""
        return great_circle_km(*self.centre, *point) <= self.radius_km

    def meets(self, a: Point, b: Point) -> bool:
        """Return whether the straight way from ``a`` to ``b`` touches the circle."""
        if self.holds(a) or self.holds(b):
            return True
        (ay, ax), (by, bx) = self._flat(a), self._flat(b)
        dy, dx = by - ay, bx - ax
        length = dy * dy + dx * dx
        share = min(1.0, max(0.0, -(ay * dy + ax * dx) / length)) if length else 0.0
        return hypot(ay + share * dy, ax + share * dx) <= self.radius_km

    def _flat(self, point: Point) -> tuple[float, float]:
        """Return kilometres north and east of the centre."""
        latitude, longitude = self.centre
        return (
            (point[0] - latitude) * KM_PER_DEGREE,
            (point[1] - longitude) * KM_PER_DEGREE * cos(radians(latitude)),
        )


@dataclass(frozen=True, slots=True)
class Polygon:
    """The inside of a ring of corners, by the even-odd rule; first and last are joined."""

    ring: tuple[Point, ...]

    @property
    def box(self) -> Box:
        """Bounds of the ring."""
        north_south = [each[0] for each in self.ring]
        west_east = [each[1] for each in self.ring]
        return Box(min(north_south), max(north_south), min(west_east), max(west_east))

    def holds(self, point: Point) -> bool:
        """Return whether a point lies inside."""
        y, x = point
        inside = False
        for (ay, ax), (by, bx) in self._sides():
            if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
                inside = not inside
        return inside

    def meets(self, a: Point, b: Point) -> bool:
        """Return whether the straight way from ``a`` to ``b`` runs through or touches it."""
        if not self.box.meets(a, b):
            return False
        if self.holds(a) or self.holds(b):
            return True
        return any(_cross(a, b, c, d) for c, d in self._sides())

    def _sides(self) -> list[tuple[Point, Point]]:
        return [*pairwise(self.ring), (self.ring[-1], self.ring[0])]


Shape = Circle | Polygon


def read_shape(value: Mapping[str, Any]) -> Shape:
    """Return the shape that JSON describes, as ``write_shape`` writes it.

    Raises
    ------
    ValueError
        "expected …, got …" for anything that is no area of the earth.
    """
    if value.get("type") == "circle":
        return _circle(value)
    if value.get("type") == "polygon":
        return _polygon(value.get("ring"))
    raise ValueError(f"expected circle or polygon, got {value.get('type')}")


def write_shape(shape: Shape) -> dict[str, Any]:
    """Return a shape as JSON."""
    if isinstance(shape, Circle):
        return {"type": "circle", "centre": list(shape.centre), "radius_km": shape.radius_km}
    return {"type": "polygon", "ring": [list(each) for each in shape.ring]}


def shape_of_geojson(geometry: Mapping[str, Any], properties: Mapping[str, Any]) -> Shape:
    """Return the shape of a GeoJSON geometry (RFC 7946: longitude first).

    A ``Polygon`` counts by its outer ring, holes are no refuge; a ``Point`` needs ``radius_km``
    among its properties. Raises ``ValueError`` for other geometries.
    """
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Polygon" and isinstance(coordinates, list) and coordinates:
        return _polygon([list(reversed(_pair(each))) for each in _list(coordinates[0])])
    if kind == "Point":
        centre = list(reversed(_pair(coordinates)))
        return _circle({"centre": centre, "radius_km": properties.get("radius_km")})
    raise ValueError(f"expected a Polygon, or a Point with radius_km, got {kind}")


def _circle(value: Mapping[str, Any]) -> Circle:
    centre = _point(value.get("centre"))
    radius = _number(value.get("radius_km"))
    if not 0 < radius <= LARGEST_KM:
        raise ValueError(f"expected a radius above 0 and up to {LARGEST_KM:g} km, got {radius:g}")
    circle = Circle(centre, radius)
    if circle.box.west < -180 or circle.box.east > 180:
        raise ValueError("expected an area on one side of the 180th meridian, got one across")
    return circle


def _polygon(value: Any) -> Polygon:
    ring = [_point(each) for each in _list(value)]
    if len(ring) > 1 and ring[0] == ring[-1]:
        ring.pop()
    if not 3 <= len(ring) <= MOST_CORNERS:
        raise ValueError(f"expected 3 to {MOST_CORNERS} corners, got {len(ring)}")
    polygon = Polygon(tuple(ring))
    if polygon.box.east - polygon.box.west > 180:
        raise ValueError("expected an area on one side of the 180th meridian, got one across")
    if abs(_doubled_area(polygon.ring)) < 1e-9:
        raise ValueError("expected corners that enclose an area, got a line")
    return polygon


def _doubled_area(ring: Sequence[Point]) -> float:
    sides = [*pairwise(ring), (ring[-1], ring[0])]
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in sides)


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Return whether two straight ways have a point in common."""
    one, two = _turn(a, b, c), _turn(a, b, d)
    three, four = _turn(c, d, a), _turn(c, d, b)
    if one * two < 0 and three * four < 0:
        return True
    return any(
        turn == 0 and _between(start, end, point)
        for turn, start, end, point in (
            (one, a, b, c), (two, a, b, d), (three, c, d, a), (four, c, d, b),
        )
    )  # fmt: skip


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _between(a: Point, b: Point, point: Point) -> bool:
    return all(min(a[i], b[i]) <= point[i] <= max(a[i], b[i]) for i in (0, 1))


def _point(value: Any) -> Point:
    latitude, longitude = (_number(each) for each in _pair(value))
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(f"expected degrees of latitude and longitude, got {latitude}, {longitude}")
    return latitude, longitude


def _pair(value: Any) -> list[Any]:
    found = _list(value)[:2]  # a third one is the height
    if len(found) != 2:
        raise ValueError(f"expected two coordinates, got {value!r}")
    return found


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"expected a list of coordinates, got {value!r}")  # noqa: TRY004
    return list(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"expected a number, got {value!r}")
    return float(value)
