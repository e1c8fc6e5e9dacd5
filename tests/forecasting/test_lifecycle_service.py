"""FC-26: parts that follow others, begin, run out or are withdrawn, and what a run makes of it."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from collab.jobs.models import Job
from collab.masterdata.models import BomLine, Part
from collab.masterdata.refusals import Refused, VersionConflict
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for
from forecasting.models import (
    DemandHistory,
    DemandSeries,
    DemandVersion,
    LifeCycle,
    SeriesForecast,
    Succession,
)
from forecasting.services.lifecycle import (
    Prior,
    forget_phase,
    let_follow,
    set_phase,
    unfollow,
)
from forecasting.services.runs import start_forecast
from forecasting.services.versions import versions_from_run
from tests.conftest import ClientFor
from tests.forecasting.test_runs import do
from tests.harness.cast import Cast
from tests.harness.clock import today_here
from tests.integration.machines import machine

MONTHS = 24


def months_ago(count: int) -> date:
    today = today_here()
    place = today.year * 12 + today.month - 1 - count
    return date(place // 12, place % 12 + 1, 1)


def series(cast: Cast, number: str, *figures: int | None) -> DemandSeries:
    """Open Avalon's series of a part from Brasov; the last figure is that of the last month."""
    part = Part.objects.create(
        number=number,
        compare_key=compare_key(number),
        name=number,
        kind="component",
        base_unit="H87",
    )
    row = DemandSeries.objects.create(counterparty=cast.brasov, part=part, part_number=number)
    DemandHistory.objects.bulk_create(
        DemandHistory(
            owner_id=row.owner_id,
            series=row,
            period=months_ago(len(figures) - place),
            quantity=figure,
        )
        for place, figure in enumerate(figures)
        if figure is not None
    )
    return row


def forecast(cast: Cast) -> UUID:
    with acting_for(cast.avalon):
        run = start_forecast()
    do(run)
    with acting_for(cast.avalon):
        assert Job.objects.get(pk=run.job_id).state == "done"
    return run.pk


def found(cast: Cast, run_id: UUID, row: DemandSeries) -> SeriesForecast:
    with acting_for(cast.avalon):
        return SeriesForecast.objects.get(run_id=run_id, series=row)


def test_a_successor_owns_the_past_and_the_old_part_is_missing_not_zero(cast: Cast) -> None:
    with acting_for(cast.avalon):
        old = series(cast, "AM-1", *[100] * (MONTHS - 1), None)
        new = series(cast, "AM-2", 210)
        let_follow(old="AM-1", new="AM-2", factor=2, effective_on=months_ago(1))
    run = forecast(cast)
    assert found(cast, run, new).mean[0] == pytest.approx(200, rel=0.1)  # 2 for each old one
    assert found(cast, run, old).demand_class == "withdrawn"
    with acting_for(cast.avalon):
        versions_from_run(run)
        version = DemandVersion.objects.get(series=old)
        assert set(version.quantities) == {None}


def test_a_succession_to_come_takes_over_in_the_horizon(cast: Cast) -> None:
    with acting_for(cast.avalon):
        old, new = series(cast, "AM-1", *[100] * MONTHS), series(cast, "AM-2", *[0] * MONTHS)
        let_follow(old="AM-1", new="AM-2", effective_on=months_ago(-3))
    run = forecast(cast)
    before, after = found(cast, run, old).mean, found(cast, run, new).mean
    assert before[0] == pytest.approx(100, rel=0.1)
    assert before[3:] == [0.0] * len(before[3:])
    assert after[3] == pytest.approx(100, rel=0.1)
    assert after[0] == pytest.approx(0, abs=1)


def test_a_new_part_leans_on_its_programme(cast: Cast) -> None:
    with acting_for(cast.avalon):
        series(cast, "AM-1", *[100] * MONTHS)
        new = series(cast, "AM-2")
        programme = Part.objects.create(
            number="X1", compare_key="X1", name="X1", kind="programme", base_unit="H87"
        )
        BomLine.objects.create(
            parent=programme,
            component=new.part,
            quantity=4,
            unit="H87",
            take_rate=Decimal("0.5"),
        )
        set_phase(
            part_number="AM-2",
            phase="new",
            from_on=months_ago(-1),
            prior=Prior(programme="X1", volume=1000),
        )
    run = forecast(cast)
    result = found(cast, run, new)
    assert result.mean[0] == 0  # before its first day
    assert result.mean[1:4] == [2000.0] * 3  # 1,000 vehicles x 4 x half of them
    assert (result.demand_class, result.method) == ("new", "programme-prior")


def test_a_part_that_runs_out_decays_and_ends(cast: Cast) -> None:
    fading = [round(1000 * 0.8**place) for place in range(MONTHS)]
    with acting_for(cast.avalon):
        series(cast, "AM-1", *[100] * MONTHS)
        ending = series(cast, "AM-2", *fading)
        set_phase(
            part_number="AM-2",
            phase="run_out",
            from_on=months_ago(MONTHS),
            until_on=months_ago(-6),
        )
    run = forecast(cast)
    result = found(cast, run, ending)
    assert result.method == "run-out-decay"
    assert result.mean[1] == pytest.approx(0.8 * result.mean[0], rel=0.05)
    assert result.mean[7:] == [0.0] * len(result.mean[7:])


def test_a_withdrawn_part_has_no_figures(cast: Cast) -> None:
    with acting_for(cast.avalon):
        gone = series(cast, "AM-1", *[100] * MONTHS)
        series(cast, "AM-2", *[100] * MONTHS)
        set_phase(part_number="AM-1", phase="withdrawn", from_on=months_ago(1))
    run = forecast(cast)
    with acting_for(cast.avalon):
        versions_from_run(run)
        assert set(DemandVersion.objects.get(series=gone).quantities) == {None}
        assert set(DemandVersion.objects.get(series__part_number="AM-2").quantities) != {None}


def test_a_ring_is_refused_with_its_path(cast: Cast) -> None:
    with acting_for(cast.avalon):
        for number in ("AM-1", "AM-2", "AM-3"):
            series(cast, number)
        let_follow(old="AM-1", new="AM-2", effective_on=date(2026, 1, 1))
        let_follow(old="AM-2", new="AM-3", effective_on=date(2026, 6, 1))
        with pytest.raises(Refused, match="AM-1"):
            let_follow(old="AM-3", new="AM-1", effective_on=date(2026, 9, 1))
        with pytest.raises(Refused, match="another part"):
            let_follow(old="AM-1", new="AM-1", effective_on=date(2026, 9, 1))
        assert Succession.objects.count() == 2


def test_the_same_pair_again_changes_it_and_twice_is_once(cast: Cast) -> None:
    with acting_for(cast.avalon):
        for number in ("AM-1", "AM-2"):
            series(cast, number)
        day = date(2026, 1, 1)
        first, is_new = let_follow(old="AM-1", new="AM-2", effective_on=day)
        again, is_again = let_follow(old="AM-1", new="AM-2", effective_on=day)
        assert (is_new, is_again, again.version) == (True, False, 1)
        changed, _is_new = let_follow(old="AM-1", new="AM-2", effective_on=day, factor=2)
        assert (changed.pk, changed.version, changed.factor) == (first.pk, 2, 2)
        with pytest.raises(VersionConflict):
            let_follow(old="AM-1", new="AM-2", effective_on=day, factor=3, version=1)
        unfollow(first.pk)
        assert not Succession.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phase": "asleep"}, "phase"),
        ({"phase": "run_out"}, "until_on"),
        ({"phase": "run_out", "until_on": date(2025, 1, 1)}, "until_on"),
        ({"phase": "new"}, "volume"),
        ({"phase": "new", "prior": Prior(volume=10)}, "usage"),
        ({"phase": "new", "prior": Prior(volume=-1, usage=1)}, "volume"),
        ({"phase": "new", "prior": Prior(volume=1, usage=1, take_rate=2)}, "take_rate"),
        ({"phase": "new", "prior": Prior(volume=1, programme="NOBODY")}, "programme"),
        ({"part_number": "NOBODY"}, "part_number"),
    ],
)
def test_what_does_not_hold_together_is_refused_by_field(
    cast: Cast, changes: dict[str, object], field: str
) -> None:
    told: dict[str, object] = {
        "part_number": "AM-1",
        "phase": "withdrawn",
        "from_on": date(2026, 1, 1),
    }
    with acting_for(cast.avalon):
        series(cast, "AM-1")
        with pytest.raises(Refused) as refused:
            set_phase(**{**told, **changes})  # type: ignore[arg-type]
        assert refused.value.field == field
        assert not LifeCycle.objects.exists()


def test_nobody_else_sees_or_changes_a_life_cycle(cast: Cast) -> None:
    with acting_for(cast.avalon):
        series(cast, "AM-1")
        row, _is_new = set_phase(part_number="AM-1", phase="withdrawn", from_on=date(2026, 1, 1))
    for other in (cast.brasov, cast.porto, cast.kestrel):
        with acting_for(other):
            assert not LifeCycle.objects.exists()
            with pytest.raises(LifeCycle.DoesNotExist):
                forget_phase(row.pk)


def test_the_page_takes_shows_the_last_time_buy_and_exports(
    cast: Cast, client_for: ClientFor
) -> None:
    client = client_for(cast.avalon)
    address = "/t/avalon/forecasts/lifecycle/"
    assert "No part follows another" in client.get(address).content.decode()
    with acting_for(cast.avalon):
        series(cast, "AM-1", *[round(1000 * 0.8**place) for place in range(MONTHS)])
        series(cast, "AM-2")
    typed = {"old": "AM-1", "new": "AM-2", "factor": "1", "effective_on": "2027-01-01"}
    assert client.post(address + "successions", {**typed, "new": "AM-1"}).status_code == 422
    assert client.post(address + "successions", typed).status_code == 302
    phase = {"part_number": "AM-1", "phase": "run_out", "from_on": str(months_ago(MONTHS))}
    assert client.post(address + "phases", phase).status_code == 422  # no end
    phase["until_on"] = str(months_ago(-9))
    assert client.post(address + "phases", phase).status_code == 302
    page = client.get(address).content.decode()
    assert "AM-1 → AM-2" in page
    assert "Last-time buy" in page
    lines = client.get(address + "?export=csv&what=phases").content.decode("utf-8-sig")
    _head, line = lines.splitlines()
    assert line.startswith("AM-1,run_out,")
    expected, _half, _nine, most = map(float, line.split(",")[4:8])
    assert expected < most
    assert client_for(cast.avalon, role="viewer").post(address + "phases", phase).status_code == 403
    with acting_for(cast.avalon):
        key = Succession.objects.get().pk
    foreign = client_for(cast.brasov).post(f"/t/brasov/forecasts/lifecycle/successions/{key}/end")
    assert foreign.status_code == 404


def test_the_interface_states_phases_and_takes_them_back(cast: Cast) -> None:
    erp = machine(cast.avalon)
    with acting_for(cast.avalon):
        for number in ("AM-1", "AM-2"):
            series(cast, number)
    body = {"old": "AM-1", "new": "AM-2", "effective_on": "2027-01-01"}
    first = erp.post("part-successions", body)
    assert first.status_code == 201
    assert erp.post("part-successions", body).status_code == 200
    ring = {"old": "AM-2", "new": "AM-1", "effective_on": "2027-01-01"}
    assert erp.post("part-successions", ring).status_code == 400
    new = {
        "part_number": "AM-2", "phase": "new", "from_on": "2027-01-01",
        "prior": {"volume": "1000", "usage": "2"},
    }  # fmt: skip
    stated = erp.post("part-phases", new)
    assert stated.json()["prior"]["volume"] == "1000.000000"
    rival = machine(cast.kestrel)
    key = stated.json()["id"]
    assert rival.get(f"part-phases/{key}").status_code == 404
    assert rival.get("part-phases").json()["items"] == []
    tag = erp.get(f"part-phases/{key}")["ETag"]
    assert erp.call("DELETE", f"part-phases/{key}", **{"If-Match": tag}).status_code == 204
