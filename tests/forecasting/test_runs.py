"""A forecast run: history in, daily demand out, coverage of the supplier follows."""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from collab.events.leases import begin
from collab.events.models import Errand
from collab.events.relay import work_off
from collab.jobs.models import Job
from collab.jobs.run import JobRun
from collab.masterdata.models import Part
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from forecasting import queries
from forecasting.daily import SiteCalendar, next_period, spread
from forecasting.engine.command import main
from forecasting.engine.reader import UnreadableDemand
from forecasting.jobs import run_forecast
from forecasting.models import DailyDemand, DemandHistory, DemandSeries, ForecastRun
from forecasting.services import load_history, start_forecast
from inventory.models import Coverage
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.harness.clock import today_here
from tests.harness.servers import ROOT
from tests.inventory.conftest import OWN, THEIRS, Goods

MONTHS = 30


def months_before(today: date, count: int) -> list[str]:
    found, month = [], today.replace(day=1)
    for _ in range(count):
        month = (month - timedelta(days=1)).replace(day=1)
        found.append(f"{month:%Y-%m}")
    return found[::-1]


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A steady history of the story's part up to last month."""
    lines = ["series,period,quantity"]
    periods = months_before(today_here(), MONTHS)
    lines += [f"{THEIRS},{period},{200 + 10 * (place % 3)}" for place, period in enumerate(periods)]
    path = tmp_path / "demand.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def do(run: ForecastRun) -> None:
    """Do the run's job in this process, as the worker would."""
    errand = Errand.objects.get(subject_id=run.job_id)
    start = begin(errand.pk)
    assert start is not None
    with acting_for(run.owner_id):
        Job.objects.update(state=Job.State.RUNNING)
        job = JobRun(Job.objects.get(pk=run.job_id), start)
    run_forecast(job)


def test_a_run_becomes_daily_demand_and_the_suppliers_coverage(
    goods: Goods,
    cast: Cast,
    history: Path,
) -> None:
    goods.agree(3)
    goods.count(33)
    with acting_for(cast.avalon):
        loaded = load_history(history, frequency="M")
        assert (loaded.series, loaded.buckets) == (1, MONTHS)
        run = start_forecast(horizon=6)
    do(run)
    with acting_for(cast.avalon):
        row = queries.forecast_run(run.pk)
        assert row is not None
        assert row.finished_at is not None
        assert set(row.accuracy) == {"buckets", "forecast", "zero", "naive"}
        assert row.accuracy["forecast"]["wql"] < row.accuracy["zero"]["wql"]
        (result,) = queries.results_of(run.pk, limit=10)
        assert result.series.part_number == THEIRS
        assert 200 <= result.mean[0] <= 220
        days = DailyDemand.objects.filter(run_id=run.pk)
        assert days.exists()
        assert not days.filter(on__lt=today_here()).exists()
        assert not days.filter(on__iso_week_day__gt=5, quantity__gt=0).exists()
        assert Job.objects.get(pk=run.job_id).state == Job.State.DONE
    work_off()
    with acting_for(cast.brasov):
        coverage = Coverage.objects.get()
        assert coverage.days_of_supply is not None
        assert Decimal(3) < coverage.days_of_supply < Decimal(7)
        assert not ForecastRun.objects.exists()
        assert DailyDemand.objects.filter(part_number=THEIRS).exists()
    with acting_for(cast.porto):
        assert not DailyDemand.objects.exists()


def test_a_second_run_replaces_the_first_and_leaves_releases(
    goods: Goods,
    cast: Cast,
    history: Path,
) -> None:
    today = today_here()
    with acting_for(cast.avalon):
        load_history(history, frequency="M")
        series = DemandSeries.objects.get()
        DailyDemand.objects.create(
            counterparty=cast.brasov, series=series, part_number=THEIRS,
            on=today + timedelta(days=20), quantity=Decimal(5), source="release",
        )  # fmt: skip
        first = start_forecast(horizon=6)
    do(first)
    with acting_for(cast.avalon):
        Job.objects.update(state=Job.State.DONE)
        second = start_forecast(horizon=6)
    do(second)
    with acting_for(cast.avalon):
        assert not DailyDemand.objects.filter(run_id=first.pk).exists()
        kept = DailyDemand.objects.get(source="release")
        assert kept.quantity == 5
        after = DailyDemand.objects.filter(run_id=second.pk).order_by("on").first()
        assert after is not None
        assert after.on > kept.on


def test_history_is_loaded_whole_or_not_at_all(
    goods: Goods,
    cast: Cast,
    tmp_path: Path,
) -> None:
    path = tmp_path / "demand.csv"
    path.write_text(f"series,period,quantity\n{THEIRS},2026-01,5\nunknown,2026-01,5\n")
    with acting_for(cast.avalon):
        with pytest.raises(Refused, match="unknown"):
            load_history(path, frequency="M")
        path.write_text(f"series,period,quantity\n{THEIRS},2026-01,5\n{THEIRS},2026-13,5\n")
        with pytest.raises(UnreadableDemand, match=":3"):
            load_history(path, frequency="M")
        assert not DemandHistory.objects.exists()
        path.write_text(f"series,period,quantity\n{THEIRS},2026-01,5\n")
        load_history(path, frequency="M")
        path.write_text(f"series,period,quantity\n{THEIRS},2026-01,7\n{THEIRS},2026-02,\n")
        load_history(path, frequency="M")
        assert [each.quantity for each in DemandHistory.objects.all()] == [7]


def test_a_system_hands_in_history_whole_or_not_at_all(
    goods: Goods, cast: Cast, client_for: ClientFor
) -> None:
    planner = client_for(cast.avalon)

    def send(*rows: tuple[str, str, str], client: Client = planner) -> Any:
        names = ("series", "period", "quantity")
        body = {"frequency": "W", "rows": [dict(zip(names, row, strict=True)) for row in rows]}
        return client.post("/api/v1/demand-history", body, content_type="application/json")

    done = send((THEIRS, "2026-W40", "5.5"), (THEIRS, "2026-W42", "7"), (THEIRS, "2026-W41", ""))
    assert done.json() == {
        "series": 1, "buckets": 2, "first_period": "2026-09-28", "last_period": "2026-10-12",
    }  # fmt: skip
    assert send((THEIRS, "2026-W40", "5.5"), (THEIRS, "2026-W42", "7")).status_code == 200
    for wrong, field in (
        ((THEIRS, "2026-W43", "-1"), "rows.1"),
        ((THEIRS, "2026-W43", "NaN"), "rows.1"),
        ((THEIRS, "2026-W54", "1"), "rows.1"),
        (("unknown", "2026-W43", "1"), "rows.series"),
    ):
        refused = send((THEIRS, "2026-W40", "9"), wrong)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    with acting_for(cast.avalon):
        known = DemandHistory.objects.order_by("period").values_list("quantity", flat=True)
        assert list(known) == [Decimal("5.5"), Decimal(7)]
    stranger = client_for(cast.kestrel)
    assert send((THEIRS, "2026-W40", "1"), client=stranger).status_code == 422
    clerk = client_for(cast.avalon, role="clerk")
    assert send((THEIRS, "2026-W40", "1"), client=clerk).status_code == 403


def test_nothing_to_forecast_is_said(cast: Cast) -> None:
    with acting_for(cast.kestrel), pytest.raises(Refused, match="active demand series"):
        start_forecast()


def test_a_shut_down_asks_for_nothing() -> None:
    import numpy as np

    first = date(2026, 8, 1)
    august = frozenset(first + timedelta(days=day) for day in range(31))
    days, quantity = spread(
        np.array([[210.0, 210.0]]),
        frequency="M",
        first_period=first,
        calendar=SiteCalendar(holidays=august),
    )
    by_day = dict(zip(days, quantity[0], strict=True))
    assert sum(value for day, value in by_day.items() if day.month == 8) == 0
    assert sum(value for day, value in by_day.items() if day.month == 9) > 180
    _days, weekly = spread(
        np.array([[50.0]]), frequency="W", first_period=date(2026, 8, 3), calendar=SiteCalendar()
    )
    assert weekly[0].tolist() == [10.0] * 5 + [0.0] * 2


def test_periods_follow_each_other() -> None:
    assert next_period(date(2026, 12, 1), "M") == date(2027, 1, 1)
    assert next_period(date(2026, 11, 1), "M") == date(2026, 12, 1)
    assert next_period(date(2026, 12, 28), "W") == date(2027, 1, 4)


def test_the_pages_open(
    goods: Goods,
    cast: Cast,
    history: Path,
    client_for: ClientFor,
) -> None:
    planner = client_for(cast.avalon)
    with history.open("rb") as file:
        sent = planner.post("/t/avalon/forecasts/history", {"file": file, "frequency": "M"})
    assert sent.status_code == 302
    started = planner.post("/t/avalon/forecasts/start", {"frequency": "M"})
    assert started.status_code == 302
    with acting_for(cast.avalon):
        run = ForecastRun.objects.get()
    do(run)
    for address in ("/t/avalon/forecasts/", started["Location"]):
        page = planner.get(address)
        assert page.status_code == 200, address
    assert THEIRS.encode() in page.content
    other = client_for(cast.brasov)
    assert other.get(f"/t/brasov/forecasts/{run.pk}/").status_code == 404


def test_the_engine_command(history: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    options = ["--demand", str(history), "--horizon", "3", "--freq", "M"]
    options += ["--quantiles", "0.5,0.90"]
    done = subprocess.run(
        [sys.executable, "manage.py", "engine", "forecast", *options, "--json", str(target)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=100,
        env={**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    series = json.loads(target.read_text())["series"][THEIRS]
    assert list(series["quantiles"]) == ["0.5", "0.90"]
    assert len(series["mean"]) == 3


def test_without_a_target_json_alone_is_printed(
    history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--demand", str(history), "--horizon", "3", "--freq", "M"]) == 0
    assert len(json.loads(capsys.readouterr().out)["series"][THEIRS]["quantiles"]) == 11


@pytest.mark.parametrize("change", [["--horizon", "0"], ["--freq", "Y"], ["--quantiles", "2"]])
def test_a_wrong_option_is_one_line_and_code_2(
    history: Path, change: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--demand", str(history), "--horizon", "3", "--freq", "M", *change]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("error: ")
    assert told.err.count("\n") == 1


def test_a_broken_file_names_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "demand.csv"
    path.write_text("series,period,quantity\na,2026-01,x\n")
    assert main(["--demand", str(path), "--horizon", "3", "--freq", "M"]) == 2
    assert "(demand.csv:2)" in capsys.readouterr().err


def test_parts_of_others_are_not_mine(goods: Goods, cast: Cast) -> None:
    with acting_for(cast.avalon):
        assert not Part.objects.filter(number=OWN).exists()
