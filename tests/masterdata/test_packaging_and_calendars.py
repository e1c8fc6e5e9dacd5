"""Packs for partners; working weeks with their holidays; partners' codes for places."""

from datetime import date
from decimal import Decimal

import pytest

from collab.masterdata import queries, services
from collab.masterdata.refusals import Refused
from collab.masterdata.services import DayOff
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from tests.harness.cast import Cast

CHRISTMAS = DayOff(date(2026, 12, 25), "Christmas")


def test_a_partners_own_pack_comes_first(cast: Cast) -> None:
    with acting_for(cast.brasov):
        part = services.create_part(number="WH-1", name="Harness")
        services.create_packaging(part=part, code="BOX", quantity=Decimal(20))
        services.create_packaging(
            part=part,
            partner=cast.avalon,
            code="KLT 6429",
            quantity=Decimal(12),
            is_returnable=True,
        )
        own = queries.packs_of(part.pk, cast.avalon.pk, Decimal(25))
        general = queries.packs_of(part.pk, cast.kestrel.pk, Decimal(25))
        assert own is not None
        assert general is not None
        assert (own[0].code, own[1]) == ("KLT 6429", 3)  # 12 + 12 + 1
        assert (general[0].code, general[1]) == ("BOX", 2)
        with pytest.raises(Refused, match="do not have yet"):
            services.create_packaging(part=part, code="BOX", quantity=Decimal(5))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"quantity": Decimal(0)}, "quantity"),
        ({"kind": "no such pack"}, "kind"),
        ({"kind": "b!"}, "kind"),
        ({"stack_limit": 0}, "stack_limit"),
        ({"length_mm": -1}, "length_mm"),
        ({"tare_weight_kg": Decimal("Infinity")}, "tare_weight_kg"),
    ],
)
def test_an_impossible_pack_is_refused(cast: Cast, values: dict[str, object], field: str) -> None:
    with acting_for(cast.brasov):
        part = services.create_part(number="WH-1", name="Harness")
        with pytest.raises(Refused) as refused:
            services.create_packaging(
                part=part,
                **({"code": "BOX", "quantity": Decimal(1)} | values),  # type: ignore[arg-type]
            )
        assert refused.value.field == field


def test_a_plant_works_when_its_calendar_says_so(cast: Cast) -> None:
    with acting_for(cast.avalon):
        site = Site.objects.get()
        week = [date(2026, 12, day) for day in range(21, 28)]
        assert queries.working_days(site.pk, week[0], 7) == week[:5]  # nobody said: Mon to Fri
        calendar = services.create_calendar(
            name="Munich", site=site, weekdays=[1, 2, 3, 4, 5, 6], exceptions=[CHRISTMAS]
        )
        assert queries.working_days(site.pk, week[0], 7) == [*week[:4], week[5]]
        sunday = DayOff(week[6], "Catching up", is_working=True)
        services.set_exceptions(calendar.pk, [CHRISTMAS, sunday])
        again = services.set_exceptions(calendar.pk, [CHRISTMAS, sunday])
        assert again.version == 2  # twice is once
        assert queries.working_days(calendar.pk, week[0], 7) == [*week[:4], *week[5:]]
        services.create_calendar(name="Munich, dock 4", site=site, dock="4", weekdays=[2])
        found = queries.calendar_of(site.pk, dock="4")
        assert found is not None
        assert found.name == "Munich, dock 4"
        with pytest.raises(Refused, match="without a calendar"):
            services.create_calendar(name="Munich again", site=site)


def test_a_calendar_is_refused_by_field(cast: Cast) -> None:
    with acting_for(cast.avalon):
        for values, field in [
            ({"weekdays": []}, "weekdays"),
            ({"weekdays": [8]}, "weekdays"),
            ({"dock": "4"}, "site"),
            ({"exceptions": [CHRISTMAS, CHRISTMAS]}, "exceptions"),
        ]:
            with pytest.raises(Refused) as refused:
                services.create_calendar(name="A", **values)  # type: ignore[arg-type]
            assert refused.value.field == field


def test_an_unknown_unloading_point_is_nothing(cast: Cast) -> None:
    with acting_for(cast.avalon):
        services.create_site_alias(
            site=Site.objects.get(),
            partner=cast.brasov,
            partner_code="AVL-M/07",
            unloading_point="Dock 7",
        )
        found = queries.resolve_unloading_point(cast.brasov.pk, "avl m 07")
        assert found is not None
        assert found.unloading_point == "Dock 7"
        assert queries.resolve_unloading_point(cast.brasov.pk, "AVL-M/08") is None  # held
        assert queries.resolve_unloading_point(cast.porto.pk, "AVL-M/07") is None
