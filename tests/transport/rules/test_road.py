"""Distances: great circle, matrices from files and from a road router."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rules.road import (
    EARTH_RADIUS_KM,
    Hop,
    MatrixError,
    NoRoute,
    great_circle_km,
    hop_by_air,
    matrix_from_rows,
    matrix_from_table,
)

Point = tuple[float, float]
points = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
ROWS = [
    {"from": "A", "to": "B", "km": "420.5", "min": "395"},
    {"from": "B", "to": "A", "km": "430", "min": "401"},
]


@given(points, points, points)
def test_great_circles_are_a_distance(a: Point, b: Point, c: Point) -> None:
    ab = great_circle_km(*a, *b)
    assert great_circle_km(*b, *a) == pytest.approx(ab, abs=1e-6)
    assert 0 <= ab <= EARTH_RADIUS_KM * 3.1415927
    assert great_circle_km(*a, *a) == 0
    assert ab <= great_circle_km(*a, *c) + great_circle_km(*c, *b) + 1e-4


def test_a_quarter_of_the_earth_and_the_way_by_air() -> None:
    quarter = great_circle_km(0, 0, 90, 0)
    assert quarter == pytest.approx(10007.557, abs=0.001)
    hop = hop_by_air((0, 0), (90, 0), detour=1.2, speed_kmh=60)
    assert hop == Hop(pytest.approx(1.2 * quarter), pytest.approx(1.2 * quarter))
    with pytest.raises(ValueError, match="detour >= 1"):
        hop_by_air((0, 0), (1, 1), detour=0.9)


def test_a_matrix_from_rows_is_not_symmetric() -> None:
    matrix = matrix_from_rows(ROWS)
    assert matrix.hop("A", "B") == Hop(420.5, 395)
    assert matrix.hop("B", "A") == Hop(430, 401)
    assert matrix.hop("A", "A") == Hop(0, 0)
    with pytest.raises(NoRoute, match="from A to C"):
        matrix.hop("A", "C")


def test_every_bad_line_is_named() -> None:
    bad = [
        {"from": "A", "to": "", "km": "1", "min": "1"},
        {"from": "A", "to": "B", "km": "far", "min": "1"},
        {"from": "A", "to": "B", "km": "-1", "min": "1"},
        {"from": "A", "to": "B", "km": "1"},
        {"from": "A", "to": "B", "km": "1", "min": "nan"},
    ]
    with pytest.raises(MatrixError) as refused:
        matrix_from_rows([*ROWS, *bad, ROWS[0]])
    assert refused.value.errors == (
        (4, "to is missing"),
        (5, "expected a number in km, got 'far'"),
        (6, "expected km >= 0, got -1"),
        (7, "min is missing"),
        (8, "expected min >= 0, got nan"),
        (9, "A to B is given twice"),
    )


TABLE = {
    "code": "Ok",
    "durations": [[0, 3600.0], [None, 0]],
    "distances": [[0, 84000.0], [None, 0]],
}


def test_the_answer_of_a_road_router() -> None:
    matrix = matrix_from_table(TABLE, ["A", "B"])
    assert matrix.hop("A", "B") == Hop(84, 60)
    with pytest.raises(NoRoute):
        matrix.hop("B", "A")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": "TooBig", "message": "Too many coordinates"}, "'Too many coordinates'"),
        ({"distances": None}, "2 rows of distances, got NoneType"),
        ({"durations": [[0, 1]]}, "2 rows of durations, got 1"),
        ({"durations": [[0], [0]]}, "2 columns of durations, got 1"),
        ({"durations": [[0, "1"], [0, 0]]}, "durations >= 0 or null, got '1'"),
        ({"durations": [[0, -1], [0, 0]]}, "durations >= 0 or null, got -1"),
    ],
)
def test_another_answer_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        matrix_from_table({**TABLE, **change}, ["A", "B"])
