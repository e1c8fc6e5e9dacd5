"""FC-20, FC-24, FC-25: how good figures were, what steps added, and where orders swing more."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from collab.events.models import Errand
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from collab.sharing.models import Grant
from forecasting.models import (
    AccuracyFigure,
    Actual,
    BullwhipFigure,
    DemandSeries,
    DemandVersion,
    MarketSignal,
    Step,
)
from forecasting.services.market import Signal, accept_signal, propose_signal
from forecasting.services.measures import measure_all
from forecasting.services.terms import agree_terms
from forecasting.services.versions import NewVersion, add_version
from forecasting.tasks import MEASURE, new_night
from forecasting.week_figures import WEEK, Weekly, monday_of
from tests.conftest import ClientFor
from tests.forecasting.builders import a_series, release
from tests.harness.cast import Cast
from tests.harness.clock import today_here
from tests.integration.machines import machine

N_WEEKS = 60
SWING = [100, 110, 90, 105, 95, 100]  # WE-8


def monday(back: int) -> date:
    """Return the Monday ``back`` weeks before the current one."""
    return monday_of(today_here()) - WEEK * back


def at(week: date, days: float = 0) -> datetime:
    return datetime.combine(week, time(9), tzinfo=UTC) + timedelta(days=days)


def happened(series: DemandSeries, kind: str, figures: Sequence[float]) -> None:
    """Let the newest whole weeks have these quantities, oldest first."""
    with acting_for(series.owner_id):
        Actual.objects.bulk_create(
            Actual(
                owner_id=series.owner_id,
                series_id=series.pk,
                kind=kind,
                on=monday(len(figures) - place),
                quantity=Decimal(str(figure)),
                source_key=f"{kind}:{series.pk}:{place}",
            )
            for place, figure in enumerate(figures)
        )


def said(
    series: DemandSeries, step: str, made_on: date, figures: Sequence[float], **more: object
) -> DemandVersion:
    """Let a step state the weeks from ``made_on`` on, on that day."""
    with acting_for(series.owner_id):
        version = add_version(
            NewVersion(
                **{
                    "series_id": series.pk,
                    "step": step,
                    "likely": Weekly(made_on, tuple(Decimal(str(each)) for each in figures)),
                    "changed_at": at(made_on),
                    **more,
                }  # type: ignore[arg-type]
            )
        )
        DemandVersion.objects.filter(pk=version.pk).update(created_at=at(made_on))
    return version


def figures(series: DemandSeries, step: str, lag: int = 1) -> dict[str, float]:
    with acting_for(series.owner_id):
        found = AccuracyFigure.objects.get(series=series, step=step, lag_weeks=lag)
    return dict(found.measures)


def measure(series: DemandSeries) -> None:
    with acting_for(series.owner_id):
        measure_all()


@pytest.fixture
def harness(cast: Cast) -> DemandSeries:
    """Avalon's need of a harness from Brasov, used up as WE-8 tells, ten times over."""
    series = a_series(cast.avalon, cast.brasov)
    happened(series, Actual.Kind.CONSUMED, SWING * 10)
    return series


def test_a_forecast_of_a_tenth_too_much_has_that_bias_and_beats_zero(harness: DemandSeries) -> None:
    said(harness, Step.STATISTICS, monday(50), [110] * 60)
    measure(harness)
    found = figures(harness, "statistics")
    mean = np.mean((SWING * 10)[-26:])
    assert found["bias"] == pytest.approx(110 / mean - 1, abs=1e-5)
    assert found["msse"] < found["msse_zero"]
    assert found["actual"] == "consumed"
    assert found["nervousness"] == 0
    with acting_for(harness.owner_id):
        row = AccuracyFigure.objects.get(step="statistics", lag_weeks=13)
        assert (row.weeks, row.until) == (26, monday(1))


def test_the_figure_that_counts_is_the_one_in_force_that_many_weeks_before(
    harness: DemandSeries,
) -> None:
    said(harness, Step.PLANNER, monday(50), [300] * 60)
    said(harness, Step.PLANNER, monday(30), [100] * 40)  # known from four weeks before on
    measure(harness)
    assert abs(figures(harness, "planner", 1)["bias"]) < 0.02
    assert abs(figures(harness, "planner", 4)["bias"]) < 0.02
    assert figures(harness, "planner", 13)["bias"] > 0.5  # nine of 26 weeks still by the old one


def test_service_level_and_protection_weeks_are_those_agreed(harness: DemandSeries) -> None:
    """The sum over six weeks repeats SWING exactly: the longer the cover, the better the sum."""
    high = Weekly(monday(50), (Decimal(104),) * 60)
    said(harness, Step.STATISTICS, monday(50), [100] * 60, low=high, high=high)
    measure(harness)
    shipped = figures(harness, "statistics")
    assert (shipped["service_level"], shipped["protection_weeks"]) == (0.9, 4)
    with acting_for(harness.owner_id):
        agree_terms(
            supplier=Organisation.objects.get(pk=harness.counterparty_id).bpn,
            terms={"service_level": "0.99", "protection_weeks": 6},
        )
    measure(harness)
    agreed = figures(harness, "statistics")
    assert (agreed["service_level"], agreed["protection_weeks"]) == (0.99, 6)
    assert agreed["wape"] == pytest.approx(0, abs=1e-9)
    assert shipped["wape"] > 0
    assert agreed["coverage"] > shipped["coverage"]  # 104 at 90 % is 107 at 99 %, above 105
    assert agreed["bias"] == shipped["bias"]


def test_zero_and_naive_stand_beside_every_step(harness: DemandSeries) -> None:
    measure(harness)
    assert figures(harness, "zero")["bias"] == -1
    assert figures(harness, "naive")["msse"] is not None
    with acting_for(harness.owner_id):
        assert set(AccuracyFigure.objects.values_list("step", flat=True)) == {"zero", "naive"}


def test_commits_and_releases_are_judged_and_nervousness_is_told(harness: DemandSeries) -> None:
    release(harness, *[100] * 60, first_week=monday(50), published_at=at(monday(50)))
    release(harness, *[120] * 60, first_week=monday(20), published_at=at(monday(20), -3))
    measure(harness)
    found = figures(harness, "release")
    # of 26 weeks judged 7 were told as 100 before, 19 as 120; one of them changed by 20
    assert found["nervousness"] == pytest.approx(20 / 2_980, abs=1e-6)
    with acting_for(harness.counterparty_id):
        row = AccuracyFigure.objects.get(step="release", lag_weeks=1)
        assert row.measures["bias"] == pytest.approx(found["bias"])


def test_the_supplier_sees_no_step_inside_its_customer_and_rivals_see_nothing(
    cast: Cast, harness: DemandSeries
) -> None:
    said(harness, Step.STATISTICS, monday(50), [110] * 60)
    release(harness, *[100] * 60, first_week=monday(50), published_at=at(monday(50)))
    measure(harness)
    with acting_for(cast.brasov):
        seen = set(AccuracyFigure.objects.values_list("step", flat=True))
        assert seen == {"release", "zero", "naive"}
    for outsider in (cast.porto, cast.kestrel, cast.silesia):
        with acting_for(outsider):
            assert not AccuracyFigure.objects.exists()
            assert not BullwhipFigure.objects.exists()


def test_measuring_again_replaces_the_rows(harness: DemandSeries) -> None:
    said(harness, Step.STATISTICS, monday(50), [110] * 60)
    measure(harness)
    with acting_for(harness.owner_id):
        before = AccuracyFigure.objects.count(), BullwhipFigure.objects.count()
        measure_all()
        assert (AccuracyFigure.objects.count(), BullwhipFigure.objects.count()) == before


def test_losses_of_the_chain_are_taken_on_the_same_weeks(harness: DemandSeries) -> None:
    said(harness, Step.STATISTICS, monday(50), [130] * 60)
    said(harness, Step.PLANNER, monday(20), [110] * 30)
    measure(harness)
    first, second = figures(harness, "statistics"), figures(harness, "planner")
    assert first["loss"] > second["loss"]
    assert first["msse"] != first["loss"]  # 26 weeks against the 20 that both speak of


def test_bullwhip_of_the_worked_example(harness: DemandSeries) -> None:
    happened(harness, Actual.Kind.CALLED, [100, 125, 80, 110, 85, 100] * 10)
    measure(harness)
    with acting_for(harness.owner_id):
        found = BullwhipFigure.objects.get()
    # WE-8's ratio of the variances, 270 : 50, over the 52 newest of 60 weeks
    assert found.ratio == pytest.approx(5.4, rel=0.03)
    assert (found.verdict, found.weeks) == ("amplified", 52)


def test_too_short_and_never_changing_have_no_ratio(cast: Cast) -> None:
    short = a_series(cast.avalon, cast.brasov, "AM-1", theirs="")
    flat = a_series(cast.avalon, cast.brasov, "AM-2", theirs="")
    happened(short, Actual.Kind.CONSUMED, SWING)
    happened(short, Actual.Kind.CALLED, SWING)
    happened(flat, Actual.Kind.CONSUMED, [100] * 30)
    happened(flat, Actual.Kind.CALLED, SWING * 5)
    with acting_for(cast.avalon):
        measure_all()
        verdicts = dict(BullwhipFigure.objects.values_list("part_number", "verdict"))
        assert verdicts == {"AM-1": "too_short", "AM-2": "not_defined"}
        assert not BullwhipFigure.objects.exclude(ratio=None).exists()


def test_a_week_without_consumption_is_one_in_which_nothing_was_used(cast: Cast) -> None:
    lumpy = a_series(cast.avalon, cast.brasov, "AM-1", theirs="")
    happened(lumpy, Actual.Kind.CONSUMED, [0, 50] * 20)
    with acting_for(cast.avalon):
        Actual.objects.filter(quantity=0).delete()  # nobody tells of nothing
        said(lumpy, Step.STATISTICS, monday(39), [25] * 50)
        measure_all()
    assert figures(lumpy, "statistics")["bias"] == pytest.approx(0)


def test_an_accepted_signal_is_worth_the_error_it_takes_away(harness: DemandSeries) -> None:
    said(harness, Step.STATISTICS, monday(10), [80] * 20)
    with acting_for(harness.owner_id):
        proposed, _is_new = propose_signal(
            Signal(
                kind="orders",
                title="Orders on hand",
                source="Sales",
                observed_on=monday(10),
                effect_low=10,
                effect_likely=25,
                effect_high=30,
                valid_from=monday(10),
                valid_to=monday(-5),
            )
        )
        accept_signal(proposed.pk)
        DemandVersion.objects.filter(step=Step.SIGNAL).update(created_at=at(monday(10)))
        measure_all()
        worth = MarketSignal.objects.get().added_value
    assert worth is not None
    assert worth["skill"] > 80  # 80 → 100, around which consumption swings
    assert (worth["series"], worth["weeks"]) == (1, 10)


def test_a_signal_whose_weeks_are_to_come_has_no_worth_yet(harness: DemandSeries) -> None:
    said(harness, Step.STATISTICS, monday(1), [80] * 20)
    with acting_for(harness.owner_id):
        proposed, _is_new = propose_signal(
            Signal(
                kind="launch",
                title="Launch",
                source="Sales",
                observed_on=monday(1),
                effect_low=1,
                effect_likely=2,
                effect_high=3,
                valid_from=monday(-2),
                valid_to=monday(-5),
            )
        )
        accept_signal(proposed.pk)
        measure_all()
        assert MarketSignal.objects.get().added_value is None


def test_overrides_are_scored_against_what_the_planner_saw(harness: DemandSeries) -> None:
    said(harness, Step.STATISTICS, monday(10), [150] * 20)
    better, worse = monday(8), monday(7)
    quantities = [150, 150, 101, 300, *[150] * 16]
    reasons = {better.isoformat(): "promotion ends", worse.isoformat(): "a hunch"}
    said(harness, Step.PLANNER, monday(10), quantities, reasons=reasons)
    measure(harness)
    found = figures(harness, "override", lag=0)
    assert (found["cells"], found["better"]) == (2, 1)
    assert found["skill"] < 0  # the hunch cost more than the other gained


def test_the_page_tells_both_sides_and_exports(
    cast: Cast, client_for: ClientFor, harness: DemandSeries
) -> None:
    client = client_for(cast.avalon)
    address = "/t/avalon/forecasts/accuracy/"
    assert "Nothing is measured yet" in client.get(address).content.decode()
    said(harness, Step.STATISTICS, monday(50), [130] * 60)
    said(harness, Step.PLANNER, monday(45), [110] * 60)
    release(harness, *[100] * 60, first_week=monday(50), published_at=at(monday(50)))
    happened(harness, Actual.Kind.CALLED, [100, 125, 80, 110, 85, 100] * 10)
    measure(harness)
    page = client.get(address).content.decode()
    for text in ("Release", "Always zero", "What each step added", "AM-700", "Amplified"):
        assert text in page
    for query in ("?lag=13&step=commit", "?sort=bias&part=am", "?partner=X&sort=nonsense"):
        assert client.get(address + query).status_code == 200
    lines = client.get(address + "?export=csv").content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("part,site,customer,supplier,step")
    assert lines[1].startswith("AM-700,MUC,Avalon,Brasov,release,4,26")
    swings = client.get(address + "?export=csv&what=bullwhip").content.decode("utf-8-sig")
    assert "amplified" in swings
    supplier = client_for(cast.brasov).get("/t/brasov/forecasts/accuracy/").content.decode()
    assert "By customer" in supplier
    assert "AM-700" in supplier
    assert "What each step added" not in supplier
    rival = client_for(cast.porto).get("/t/porto/forecasts/accuracy/").content.decode()
    assert "AM-700" not in rival


@pytest.mark.parametrize(("slug", "most"), [("avalon", 35), ("brasov", 33)])
def test_more_measured_parts_cost_the_page_no_more_statements(
    cast: Cast, client_for: ClientFor, slug: str, most: int
) -> None:
    client = client_for(getattr(cast, slug))
    address = f"/t/{slug}/forecasts/accuracy/"
    counts = []
    for first, last in ((0, 2), (2, 8)):
        for number in range(first, last):
            each = a_series(cast.avalon, cast.brasov, f"AM-{number:03}", theirs=f"BH-{number:03}")
            happened(each, Actual.Kind.CONSUMED, SWING * 10)
            happened(each, Actual.Kind.CALLED, [100, 125, 80, 110, 85, 100] * 10)
            said(each, Step.STATISTICS, monday(50), [130] * 60)
            said(each, Step.PLANNER, monday(45), [110] * 60)
            release(each, *[100] * 60, first_week=monday(50), published_at=at(monday(50)))
            measure(each)
        client.get(address)  # what a process reads once
        with CaptureQueriesContext(connection) as seen:
            page = client.get(address).content.decode()
        assert f"AM-{last - 1:03}" in page
        counts.append(len(seen))
    assert counts[1] <= counts[0], [each["sql"][:160] for each in seen.captured_queries]
    assert counts[0] <= most


def test_the_interface_shows_what_the_grant_opens(cast: Cast, harness: DemandSeries) -> None:
    release(harness, *[100] * 60, first_week=monday(50), published_at=at(monday(50)))
    measure(harness)
    erp = machine(cast.avalon)
    items = erp.get("accuracy-figures?step=release&lag_weeks=4").json()["items"]
    assert [each["part_number"] for each in items] == ["AM-700"]
    assert items[0]["supplier"] == cast.brasov.bpn
    assert erp.get("bullwhip-figures?part_number=AM").json()["items"][0]["verdict"] == "too_short"
    assert erp.get("accuracy-figures?lag_weeks=2").status_code == 400
    with acting_for(cast.avalon):
        Grant.objects.filter(viewer=cast.brasov, topic="forecasting.demand").update(
            fields=["step", "measures"]
        )
    theirs = machine(cast.brasov)
    hidden = theirs.get("accuracy-figures?step=release").json()["items"]
    assert {each["part_number"] for each in hidden} == {""}
    assert hidden[0]["measures"]["bias"] is not None
    assert theirs.get("accuracy-figures?part_number=AM").json()["items"] == []
    assert machine(cast.porto).get("accuracy-figures").json()["items"] == []


def test_figures_are_measured_once_in_each_ones_own_night(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 22:30 UTC in May the night has begun in Bucharest, and not yet in Berlin."""
    with acting_for(cast.brasov):
        Organisation.objects.filter(pk=cast.brasov.pk).update(timezone="Europe/Bucharest")
    late = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: late)
    for _look in range(2):
        new_night.run()
    assert measured_by() == [cast.brasov.pk]
    monkeypatch.setattr(timezone, "now", lambda: late + timedelta(hours=1))
    new_night.run()
    assert measured_by() == sorted(each.pk for each in cast.everybody())


def measured_by() -> list[int]:
    """Return the organisations that were told to measure, each as often as it was told."""
    told = Errand.objects.filter(name=MEASURE).values_list("organisation_id", flat=True)
    return sorted(told)
