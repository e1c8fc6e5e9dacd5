"""Aliases and exact conversion of units."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.masterdata.rules.units import ALIASES, CANONICAL_UNITS, canonical_unit, convert

codes = st.sampled_from(sorted([*CANONICAL_UNITS, *ALIASES]))
quantities = st.decimals(min_value=-1_000_000, max_value=1_000_000, places=3)


@pytest.mark.parametrize("alias", ["PCE", "PC", "EA", "H87", "unit:piece", " pce "])
def test_one_piece_has_many_names(alias: str) -> None:
    assert canonical_unit(alias).code == "H87"


def test_one_is_a_unit_of_its_own_that_counts_like_a_piece() -> None:
    assert canonical_unit("C62").code == "C62"
    assert convert(Decimal(7), "C62", "EA") == 7


@pytest.mark.parametrize(
    ("quantity", "from_unit", "to_unit", "expected"),
    [
        ("1500", "GRM", "KGM", "1.5"),
        ("2", "TNE", "KGM", "2000"),
        ("3", "INH", "unit:centimetre", "7.62"),  # exactly 25.4 mm
        ("1", "MTQ", "LTR", "1000"),
        ("2", "DZN", "PCE", "24"),
        ("90", "MIN", "HUR", "1.5"),
    ],
)
def test_conversions(quantity: str, from_unit: str, to_unit: str, expected: str) -> None:
    assert convert(Decimal(quantity), from_unit, to_unit) == Decimal(expected)


@pytest.mark.parametrize(
    ("quantity", "from_unit", "to_unit", "expected"),
    [
        ("2", "SET", "PCE", "8"),  # a set of four
        ("8", "PCE", "SET", "2"),
        ("5", "KGM", "PCE", "2000"),  # 400 pieces to the kilogram
        ("1", "SET", "KGM", "0.01"),  # both bridged by the part: 4 pieces of 2.5 g
    ],
)
def test_a_part_s_own_factors_bridge_dimensions(
    quantity: str, from_unit: str, to_unit: str, expected: str
) -> None:
    factors = {"SET": Decimal(4), "KGM": Decimal(400)}
    found = convert(
        Decimal(quantity), from_unit, to_unit, part_factors=factors, base_unit="unit:piece"
    )
    assert found == Decimal(expected)


def test_a_change_of_dimension_is_refused() -> None:
    with pytest.raises(
        ValueError, match="expected a unit of mass to convert to KGM, got 'PCE', a unit of count"
    ):
        convert(Decimal(1), "PCE", "KGM")


@pytest.mark.parametrize("unknown", ["XYZ", "", "piece", "unit:Piece"])
def test_an_unknown_unit_is_refused(unknown: str) -> None:
    with pytest.raises(ValueError, match="expected a UN/ECE Rec 20 unit"):
        canonical_unit(unknown)


def test_refuses_impossible_numbers() -> None:
    with pytest.raises(ValueError, match="expected a finite quantity, got NaN"):
        convert(Decimal("NaN"), "PCE", "PCE")
    with pytest.raises(ValueError, match="expected a finite factor > 0 for SET, got 0"):
        convert(Decimal(1), "SET", "PCE", part_factors={"SET": Decimal(0)}, base_unit="PCE")


@given(quantities, codes, codes)
def test_there_and_back_changes_nothing(quantity: Decimal, one: str, other: str) -> None:
    if canonical_unit(one).dimension is canonical_unit(other).dimension:
        back = convert(convert(quantity, one, other), other, one)
        assert abs(back - quantity) <= abs(quantity) * Decimal("1e-20")


@given(codes)
def test_a_canonical_code_stands_for_itself(code: str) -> None:
    unit = canonical_unit(code)
    assert canonical_unit(unit.code) is unit
