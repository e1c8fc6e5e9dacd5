"""Parts, partners' numbers for them, and the units only one part can translate."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from collab.events.models import Event
from collab.masterdata import queries, services
from collab.masterdata.models import Part, PartAlias
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_for
from collab.sharing.models import ForeignOwner
from tests.harness.cast import Cast

TODAY = date(2026, 11, 23)


def test_a_harness_is_created_changed_and_retired(cast: Cast) -> None:
    with acting_for(cast.brasov):
        part = services.create_part(number="WH-4711", name="Harness, front door", base_unit="PCE")
        assert (part.base_unit, part.version) == ("H87", 1)
        services.update_part(part.pk, version=1, name="Harness, front door left")
        services.update_part(part.pk, version=2, name="Harness, front door left")  # the same
        services.retire_part(part.pk)
        services.retire_part(part.pk)  # twice is once
        part.refresh_from_db()
        assert (part.is_active, part.version) == (False, 3)
        told = Event.objects.filter(kind="masterdata.PartChanged").order_by("pk")
        assert [event.body["change"] for event in told] == ["created", "updated", "retired"]


def test_two_planners_do_not_overwrite_each_other(cast: Cast) -> None:
    with acting_for(cast.brasov):
        part = services.create_part(number="WH-1", name="Harness")
        services.update_part(part.pk, version=1, name="Harness A")
        with pytest.raises(VersionConflict, match="expected version 2, got 1"):
            services.update_part(part.pk, version=1, name="Harness B")


@pytest.mark.parametrize(
    ("values", "field", "expected"),
    [
        ({"number": "WH-1"}, "number", "no other part"),
        ({"number": "--"}, "number", "letter or digit"),
        ({"number": "X" * 41}, "number", "at most 40"),
        ({"base_unit": "stk?"}, "base_unit", "UN/ECE Rec 20"),
        ({"gtin": "4006381333932"}, "gtin", "check digit 1"),
        ({"kind": "gadget"}, "kind", "one of"),
        ({"gross_weight_g": Decimal(-1)}, "gross_weight_g", "at least 0"),
        ({"gross_weight_g": Decimal("1.0001")}, "gross_weight_g", "3 decimal places"),
        ({"gross_weight_g": Decimal("NaN")}, "gross_weight_g", "finite"),
        ({"name": "bell\x07"}, "name", "control"),
    ],
)
def test_a_refusal_names_field_and_expectation(
    cast: Cast, values: dict[str, Any], field: str, expected: str
) -> None:
    with acting_for(cast.brasov):
        services.create_part(number="WH-1", name="Harness")
        with pytest.raises(Refused) as refused:
            services.create_part(**({"number": "WH-2", "name": "Harness"} | values))
        assert refused.value.field == field
        assert expected in refused.value.expected


def test_the_base_unit_keeps_its_dimension_and_what_counts_in_it(cast: Cast) -> None:
    with acting_for(cast.silesia):
        wire = services.create_part(number="CU-1", name="Wire", kind="material", base_unit="KGM")
        with pytest.raises(Refused, match="unit of mass"):
            services.update_part(wire.pk, base_unit="MTR")
        services.update_part(wire.pk, base_unit="GRM")
        services.set_unit_factor(wire.pk, unit="MTR", factor=Decimal("8.9"))
        with pytest.raises(Refused, match="while packs or unit factors"):
            services.update_part(wire.pk, base_unit="KGM")
        with pytest.raises(Refused, match="by itself"):
            services.set_unit_factor(wire.pk, unit="TNE", factor=Decimal(2))
        row = queries.part_by_number("CU-1")
        assert row is not None
        assert queries.quantity_in_base_unit(row, Decimal(10), "MTR") == Decimal("89.0")


def test_a_number_is_found_whatever_its_separators(cast: Cast) -> None:
    with acting_for(cast.avalon):
        services.create_part(number="8W0 971 615", name="Harness")
        found = queries.part_by_number("8w0-971.615")
        assert found is not None
        assert found.number == "8W0 971 615"
        assert queries.part_by_number("08W0971615") is None  # zeros kept: a probable match only
        assert [row.number for row in queries.probable_matches("08W0971615")] == ["8W0 971 615"]
        services.create_part(number="8W0971615", name="Another part, alas")
        assert queries.part_by_number("8W0.971.615") is None  # two answers are none
        exact = queries.part_by_number("8W0971615")
        assert exact is not None
        assert exact.name == "Another part, alas"


def test_a_partners_number_means_one_part_a_day(cast: Cast) -> None:
    with acting_for(cast.brasov):
        old = services.create_part(number="WH-OLD", name="Harness")
        new = services.create_part(number="WH-NEW", name="Harness, revised")
        first = services.create_alias(
            part=old,
            partner=cast.avalon,
            partner_number="8W0 971 615",
            valid_from=date(2026, 1, 1),
        )
        with pytest.raises(Refused, match="no other part of yours"):
            services.create_alias(
                part=new, partner=cast.avalon, partner_number="8W0-971-615", valid_from=TODAY
            )
        services.update_alias(first.pk, valid_to=date(2026, 12, 1))
        services.create_alias(
            part=new,
            partner=cast.avalon,
            partner_number="8W0971615",
            valid_from=date(2026, 12, 1),
        )
        services.create_alias(  # another customer may use the same number for something else
            part=new, partner=cast.kestrel, partner_number="8W0971615", valid_from=TODAY
        )
        found = [
            queries.resolve_partner_number(cast.avalon.pk, "8w0 971-615", day)
            for day in (date(2025, 12, 31), date(2026, 11, 30), date(2026, 12, 1))
        ]
        assert [row and row.number for row in found] == [None, "WH-OLD", "WH-NEW"]


def test_rivals_see_nothing_of_each_other(cast: Cast) -> None:
    with acting_for(cast.brasov):
        part = services.create_part(number="WH-1", name="Harness")
    with acting_for(cast.porto):
        assert queries.part_by_number("WH-1") is None
        assert queries.part_by_id(part.pk) is None
        assert queries.probable_matches("0WH1") == []
        services.create_part(number="WH-1", name="The rival's own WH-1")
        with pytest.raises(Part.DoesNotExist):
            services.retire_part(part.pk)
        with pytest.raises(ForeignOwner):
            part.save()


def test_the_database_refuses_an_alias_of_a_rivals_part(cast: Cast) -> None:
    with acting_for(cast.brasov):
        part = services.create_part(number="WH-1", name="Harness")
    with acting_for(cast.porto):
        alias = PartAlias(
            owner_id=cast.porto.pk,
            part_id=part.pk,
            partner_id=cast.kestrel.pk,
            partner_number="X",
            compare_key="X",
            valid_from=TODAY,
        )
        with pytest.raises(IntegrityError), transaction.atomic():
            _insert_and_check(alias)


def _insert_and_check(alias: PartAlias) -> None:
    PartAlias.objects.bulk_create([alias])
    connection.check_constraints()


def test_a_part_in_use_is_not_deleted(cast: Cast) -> None:
    with acting_for(cast.brasov):
        part = services.create_part(number="WH-1", name="Harness")
        lone = services.create_part(number="WH-2", name="Harness")
        services.create_packaging(part=part, code="KLT 6429", quantity=Decimal(12))
        with pytest.raises(Refused, match="nothing refers to"):
            services.remove_part(part.pk)
        services.remove_part(lone.pk)
        assert queries.part_by_number("WH-2") is None
