"""Risk areas: worked cases, and laws of ways and shapes (TR-15)."""

from math import cos, radians
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from transport.rules.areas import (
    KM_PER_DEGREE,
    Circle,
    Point,
    Polygon,
    read_shape,
    shape_of_geojson,
    write_shape,
)
from transport.rules.road import great_circle_km

BRENNER = Circle((47.0, 11.5), 30.0)
SQUARE = Polygon(((47.0, 10.0), (47.0, 12.0), (48.0, 12.0), (48.0, 10.0)))
MUNICH, VERONA, VIENNA = (48.14, 11.58), (45.44, 10.99), (48.21, 16.37)
points = st.tuples(st.floats(44, 51), st.floats(7, 15))


def test_tr_15_a_way_through_meets_and_a_way_beside_does_not() -> None:
    assert BRENNER.meets(MUNICH, VERONA)
    assert not BRENNER.meets(MUNICH, VIENNA)
    assert SQUARE.meets((47.5, 9.0), (47.5, 13.0)), "neither end is inside"
    assert SQUARE.meets((47.5, 11.0), (47.6, 11.0)), "both are"
    assert SQUARE.meets((46.0, 12.0), (47.0, 12.0)), "a corner is touched"
    assert not SQUARE.meets((48.5, 9.0), (49.0, 13.0))
    ring = Polygon(((0, 0), (0, 4), (4, 4), (4, 3), (1, 3), (1, 1), (4, 1), (4, 0)))  # a bay
    assert not ring.meets((3, 2), (2, 2)), "the bay is outside"
    assert ring.meets((3, 2), (0.5, 2))


@given(points, points, st.floats(0, 1))
def test_a_way_meets_what_holds_a_point_of_it(a: Point, b: Point, share: float) -> None:
    middle = (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
    if SQUARE.holds(middle):
        assert SQUARE.meets(a, b)
    assert SQUARE.meets(a, b) == SQUARE.meets(b, a)
    assert BRENNER.meets(a, b) == BRENNER.meets(b, a)
    flat = (
        (middle[0] - 47.0) * KM_PER_DEGREE,
        (middle[1] - 11.5) * KM_PER_DEGREE * cos(radians(47.0)),
    )
    if flat[0] ** 2 + flat[1] ** 2 < (30.0 - 1e-6) ** 2:
        assert BRENNER.meets(a, b)


@given(points, st.floats(1, 300))
def test_the_box_holds_the_shape(centre: Point, radius: float) -> None:
    circle = Circle(centre, radius)
    for step in range(24):
        turned = (
            centre[0] + radius / KM_PER_DEGREE * cos(step),
            centre[1] + radius / KM_PER_DEGREE * cos(step + 1.57),
        )
        if great_circle_km(*centre, *turned) <= radius:
            assert circle.box.meets(turned, turned)


@given(st.lists(points, min_size=3, max_size=12, unique=True))
def test_a_shape_survives_json(ring: list[Point]) -> None:
    told: dict[str, Any] = {"type": "polygon", "ring": [list(each) for each in ring]}
    try:
        shape = read_shape(told)
    except ValueError as error:
        assume("got a line" not in str(error))
        raise
    assert read_shape(write_shape(shape)) == shape
    closed = [[lon, lat] for lat, lon in [*ring, ring[0]]]
    assert shape_of_geojson({"type": "Polygon", "coordinates": [closed]}, {}) == shape


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ({}, "circle or polygon"),
        ({"type": "circle", "centre": [91, 0], "radius_km": 5}, "degrees"),
        ({"type": "circle", "centre": [47, 11], "radius_km": 0}, "radius above 0"),
        ({"type": "circle", "centre": [47, 11], "radius_km": 5000}, "up to 1000 km"),
        ({"type": "circle", "centre": [47], "radius_km": 5}, "two coordinates"),
        ({"type": "circle", "centre": [47, "x"], "radius_km": 5}, "a number"),
        ({"type": "circle", "centre": [0, 179.9], "radius_km": 100}, "180th"),
        ({"type": "polygon", "ring": [[47, 11], [48, 11]]}, "3 to 500"),
        ({"type": "polygon", "ring": [[47, 11], [48, 11], [49, 11]]}, "enclose an area"),
        ({"type": "polygon", "ring": None}, "a list"),
        ({"type": "polygon", "ring": [[47, -170], [48, 170], [49, 170]]}, "180th"),
    ],
)
def test_what_is_no_area_is_refused_with_the_reason(shape: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=f"^expected .*{told}.*, got "):
        read_shape(shape)
