"""Bills of material in the database: rings, explosion, where-used, alternates, units."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collab.masterdata import queries, services
from collab.masterdata.models import Part
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from tests.harness.cast import Cast

TODAY = date(2026, 11, 23)


@pytest.fixture
def door(cast: Cast) -> dict[str, Part]:
    """Avalon's door: two harnesses of 3 m wire each, and the wire is bought by the kilogram."""
    with acting_for(cast.avalon):
        parts = {
            number: services.create_part(number=number, name=number, kind=kind, base_unit=unit)
            for number, kind, unit in [
                ("CAR", "programme", "H87"),
                ("DOOR", "assembly", "H87"),
                ("HARNESS", "assembly", "H87"),
                ("WIRE", "material", "KGM"),
                ("WIRE-ALU", "material", "KGM"),
            ]
        }
        for wire in ("WIRE", "WIRE-ALU"):
            services.set_unit_factor(parts[wire].pk, unit="MTR", factor=Decimal("0.05"))
        add = services.add_bom_line
        add(parent=parts["CAR"], component=parts["DOOR"], quantity=Decimal(4))
        add(parent=parts["DOOR"], component=parts["HARNESS"], quantity=Decimal(2))
        more: Any = {"unit": "MTR", "alternate_group": "wire", "scrap_rate": Decimal("0.1")}
        add(parent=parts["HARNESS"], component=parts["WIRE"], quantity=Decimal(3), **more)
        add(
            parent=parts["HARNESS"],
            component=parts["WIRE-ALU"],
            quantity=Decimal(5),
            priority=2,
            **more,
        )
    return parts


def test_ten_cars_need_wire_in_kilograms(cast: Cast, door: dict[str, Part]) -> None:
    with acting_for(cast.avalon):
        needs = queries.explosion({door["CAR"].pk: Decimal(10)}, on=TODAY)
        by_number = {part.number: need.quantity for part, need in needs.values()}
        assert by_number == {
            "CAR": Decimal(10),
            "DOOR": Decimal(40),
            "HARNESS": Decimal(80),
            "WIRE": Decimal("13.2"),  # 80 x 3 m x 0.05 kg x 1.1; the alternate stays out
        }


def test_a_ring_is_refused_by_name(cast: Cast, door: dict[str, Part]) -> None:
    with acting_for(cast.avalon):
        with pytest.raises(Refused) as refused:
            services.add_bom_line(
                parent=door["HARNESS"], component=door["CAR"], quantity=Decimal(1)
            )
        assert refused.value.value == "HARNESS > CAR > DOOR > HARNESS"
        with pytest.raises(Refused, match="contain itself"):
            services.add_bom_line(parent=door["CAR"], component=door["CAR"], quantity=Decimal(1))


def test_where_a_wire_is_used(cast: Cast, door: dict[str, Part]) -> None:
    with acting_for(cast.avalon):
        used = [part.number for part in queries.where_used(door["WIRE"].pk)]
        assert used == ["HARNESS", "DOOR", "CAR"]
        up = queries.bom_tree_up(door["WIRE"].pk, on=TODAY)
        assert up is not None
        assert up.branches[0].branches[0].branches[0].part.number == "CAR"
        down = queries.bom_tree_down(door["HARNESS"].pk, on=TODAY)
        assert down is not None
        assert [branch.part.number for branch in down.branches] == ["WIRE", "WIRE-ALU"]
    with acting_for(cast.kestrel):
        assert queries.where_used(door["WIRE"].pk) == []
        assert queries.bom_tree_up(door["WIRE"].pk, on=TODAY) is None


def test_a_line_counts_between_its_days(cast: Cast, door: dict[str, Part]) -> None:
    with acting_for(cast.avalon):
        line = queries.bill_of_material(parent_id=door["DOOR"].pk)[0]
        services.change_bom_line(line.id, valid_to=date(2026, 12, 1), change_number="ECN-7")
        services.add_bom_line(
            parent=door["DOOR"],
            component=door["HARNESS"],
            quantity=Decimal(1),
            valid_from=date(2026, 12, 1),
        )
        for day, harnesses in [(TODAY, 2), (date(2026, 12, 1), 1)]:
            needs = queries.explosion({door["DOOR"].pk: Decimal(1)}, on=day)
            assert needs[door["HARNESS"].pk][1].quantity == harnesses
        with pytest.raises(Refused, match="same position on these dates"):
            services.add_bom_line(
                parent=door["DOOR"], component=door["HARNESS"], quantity=Decimal(1)
            )


def test_a_unit_that_does_not_convert_is_refused(cast: Cast, door: dict[str, Part]) -> None:
    with acting_for(cast.avalon):
        with pytest.raises(Refused, match="converts to KGM"):
            services.add_bom_line(
                parent=door["DOOR"], component=door["WIRE"], quantity=Decimal(1), unit="LTR"
            )
        with pytest.raises(Refused, match="no bill-of-material line"):
            services.remove_unit_factor(door["WIRE"].pk, unit="MTR")


def test_levels_cost_a_query_each(
    cast: Cast, door: dict[str, Part], django_assert_num_queries: object
) -> None:
    with acting_for(cast.avalon), django_assert_num_queries(5):  # type: ignore[operator]
        queries.explosion({door["CAR"].pk: Decimal(1)}, on=TODAY)
