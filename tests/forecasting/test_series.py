"""FC-01: a demand series is opened once, keyed as in CX-0128, and leaves planning reversibly."""

import pytest

from collab.events.models import Event
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_for
from forecasting.models import Category, DemandSeries
from forecasting.services.releases import prepare_releases
from forecasting.services.series import open_series, set_active
from tests.forecasting.plans import OURS, THEIRS, make_plan
from tests.harness.cast import Cast


def test_a_series_is_opened_once_and_carries_both_numbers(cast: Cast) -> None:
    plan = make_plan(cast.avalon, cast.brasov)
    with acting_for(cast.avalon):
        again, is_new = open_series(supplier=cast.brasov.bpn, part_number=OURS)
        assert (again.pk, is_new) == (plan.series_id, False)
        assert (again.part_number, again.supplier_part_number, again.unit) == (THEIRS, OURS, "H87")
        spare, is_new = open_series(
            supplier=cast.brasov.bpn, part_number=THEIRS, category=Category.AFTER_SALES.value
        )
        assert is_new
        assert spare.pk != plan.series_id


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("supplier", {"supplier": "BPNL000000000002"}),  # Kestrel sells Avalon nothing
        ("supplier", {"supplier": "nobody"}),
        ("part_number", {"part_number": "unheard-of"}),
        ("site", {"site": "BRA1"}),  # the supplier's site
        ("category", {"category": "9999"}),
    ],
)
def test_whatever_is_unknown_is_refused_by_name(
    cast: Cast, field: str, change: dict[str, str]
) -> None:
    make_plan(cast.avalon, cast.brasov)
    asked = {"supplier": cast.brasov.bpn, "part_number": THEIRS, **change}
    with acting_for(cast.avalon), pytest.raises(Refused) as refused:
        open_series(**asked)
    assert refused.value.field == field


def test_an_inactive_series_leaves_planning_and_comes_back(cast: Cast) -> None:
    plan = make_plan(cast.avalon, cast.brasov)
    plan.say([10] * 8)
    with acting_for(cast.avalon):
        off = set_active(plan.series_id, is_active=False, version=1)
        told = Event.objects.filter(kind="forecasting.DemandForecast").count()
        set_active(plan.series_id, is_active=False)  # said twice, told once
        assert Event.objects.filter(kind="forecasting.DemandForecast").count() == told == 1
        assert prepare_releases() == []
        with pytest.raises(VersionConflict):
            set_active(plan.series_id, is_active=True, version=1)
        set_active(plan.series_id, is_active=True, version=off.version)
        assert len(prepare_releases()) == 1


def test_only_the_named_supplier_sees_a_series(cast: Cast) -> None:
    make_plan(cast.avalon, cast.brasov)
    with acting_for(cast.brasov):
        assert DemandSeries.objects.count() == 1
    for rival in (cast.porto, cast.kestrel, cast.silesia):
        with acting_for(rival):
            assert not DemandSeries.objects.exists()
